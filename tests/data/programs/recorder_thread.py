"""A thread polls the sink and keeps what it finds, while the main thread asks and waits."""

import threading
import time

import samna

kit = samna.device.open_device("Speck2fModuleDevKit:0")
event = samna.speck2f.event
configuration = samna.speck2f.configuration.SpeckConfiguration()
core = configuration.cnn_layers[2]
core.biases, core.leak_enable = [-3], True
core.threshold_low, core.threshold_high = -30000, 30000
core.neurons_initial_value = [[[500]]]

requests = samna.graph.source_to(kit.get_model_sink_node())
answers = samna.graph.sink_from(kit.get_model_source_node())
io = kit.get_io_module()
io.set_slow_clk_rate(10)
kit.get_model().apply_configuration(configuration)

recorded, done = [], threading.Event()


def record():
    while not done.is_set():
        recorded.extend(answers.get_events())
        time.sleep(0.1)


recorder = threading.Thread(target=record, daemon=True)
recorder.start()
io.set_slow_clk(True)
for _ in range(5):
    time.sleep(1)
    requests.write([event.ReadNeuronValue(layer=2, address=0)])
time.sleep(0.5)
io.set_slow_clk(False)
done.set()
recorder.join()
steps = [first.neuron_state - then.neuron_state for first, then in zip(recorded, recorded[1:])]
print(len(recorded), "readings, about 30 apart:", all(abs(step - 30) <= 3 for step in steps))
samna.device.close_device(kit)
