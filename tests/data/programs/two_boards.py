"""A Speck2e and a Speck2f leak side by side, each at a rate of its own."""

import time

import samna

BOARDS = {"Speck2fDevKit": (samna.speck2f, 10), "Speck2eDevKit": (samna.speck2e, 20)}


class Bench:
    """One board with its graph."""

    def __init__(self, info):
        chip, rate_hz = BOARDS[info.device_type_name]
        self.name, self.event = info.device_type_name, chip.event
        self.kit = samna.device.open_device(info)
        self.requests = samna.graph.source_to(self.kit.get_model_sink_node())
        self.answers = samna.graph.sink_from(self.kit.get_model_source_node())
        configuration = chip.configuration.SpeckConfiguration()
        core = configuration.cnn_layers[4]
        core.biases, core.leak_enable, core.threshold_low = [-1], True, -1000
        self.kit.get_model().apply_configuration(configuration)
        self.kit.get_io_module().set_slow_clk_rate(rate_hz)

    def switch(self, on):
        self.kit.get_io_module().set_slow_clk(on)

    def read(self):
        self.requests.write([self.event.ReadNeuronValue(layer=4, address=0)])
        (answer,) = self.answers.get_n_events(1, 1000)
        return answer.neuron_state


infos = [info for info in samna.device.get_unopened_devices() if info.device_type_name in BOARDS]
benches = [Bench(info) for info in infos]
print(len(samna.device.get_opened_devices()), "open,", len(samna.device.get_unopened_devices()))
for bench in benches:
    bench.switch(True)
time.sleep(10)
for bench in benches:
    bench.switch(False)
for bench in benches:
    print(bench.name, bench.read())
    samna.device.close_device(bench.kit)
