"""Reads whole batches with get_n_events and the three idioms of the stop watch."""

import time

import samna
from samna.speck2f.event import ReadNeuronValue, Spike

kit = samna.device.open_device("Speck2fModuleDevKit:0")
config = samna.speck2f.configuration.SpeckConfiguration()
cnn = config.cnn_layers[4]
cnn.weights, cnn.threshold_high, cnn.threshold_low = [[[[50]]]], 100, -100
cnn.monitor_enable = True
kit.get_model().apply_configuration(config)
time.sleep(0.2)
sink = samna.graph.sink_from(kit.get_model().get_source_node())
source = samna.graph.source_to(kit.get_model().get_sink_node())
watch = kit.get_stop_watch()


def train():
    return [Spike(layer=4, timestamp=1000 * n) for n in range(1, 11)]


watch.reset()
watch.start()
source.write(train())
events = sink.get_n_events(n=512, timeout=100)
print("A", [e.timestamp for e in events])
watch.stop()

watch.set_enable_value(True)
watch.reset()
source.write(train())
print("B", len(sink.get_n_events(3, timeout=1000)), len(sink.get_n_events(3, timeout=1000)))

watch.start()
time.sleep(5)
watch.reset()
source.write(train())
time.sleep(0.02)
print("C", [e.timestamp for e in sink.get_events()])
watch.stop()

source.write([Spike(layer=4, timestamp=0), Spike(layer=4, timestamp=10)])
time.sleep(0.1)
source.write([ReadNeuronValue(layer=4, address=0)])
time.sleep(0.1)
answers = sink.get_events()
print("stopped", [type(e).__name__ for e in answers], answers[-1].neuron_state)
watch.start()
time.sleep(0.1)
print("started", [type(e).__name__ for e in sink.get_events()])
samna.device.close_device(kit)
