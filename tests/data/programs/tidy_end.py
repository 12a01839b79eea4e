"""Closes its board at exit and on a signal, and counts ticks of a stepped clock in between."""

import atexit
import signal
import sys

import samna

kit = samna.device.open_device("Speck2eTestBoard:0")


@atexit.register
def close():
    kit.get_io_module().set_slow_clk(False)
    samna.device.close_device(kit)
    print("closed")


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
configuration = samna.speck2e.configuration.SpeckConfiguration()
core = configuration.cnn_layers[7]
core.biases, core.leak_enable, core.threshold_low = [-4], True, -200
requests = samna.graph.source_to(kit.get_model_sink_node())
answers = samna.graph.sink_from(kit.get_model_source_node())
kit.get_model().apply_configuration(configuration)
for _ in range(3):
    kit.get_io_module().pulse_slow_clk()
requests.write([samna.speck2e.event.ReadNeuronValue(layer=7, address=0)])
print([answer.neuron_state for answer in answers.get_events_blocking(100)])
signal.raise_signal(signal.SIGTERM)
