"""Nine cores by hand, of which eight are a ring that keeps itself going; a thread records it."""

import threading
import time

import samna
import samna.speck2f as speck
from samna.speck2f.event import Spike

CORES = [0, 2, 3, 4, 5, 6, 7, 8]

config = speck.configuration.SpeckConfiguration()
for core, after in zip(CORES, CORES[1:] + CORES[:1]):
    cnn = config.cnn_layers[core]
    cnn.dimensions.input_shape.feature_count = 2
    cnn.dimensions.input_shape.size.x = cnn.dimensions.input_shape.size.y = 4
    cnn.dimensions.output_shape.feature_count = 2
    cnn.dimensions.output_shape.size = {"x": 4, "y": 4}
    cnn.dimensions.kernel_size = 1
    cnn.weights = [[[[100]], [[0]]], [[[0]], [[100]]]]
    cnn.biases = [0, 0]
    cnn.neurons_initial_value = [[[0] * 4] * 4] * 2
    cnn.threshold_high = 100
    cnn.threshold_low = -100
    cnn.monitor_enable = core in (0, 5)
    cnn.destinations[0].enable = True
    cnn.destinations[0].layer = after
config.cnn_layers[8].destinations[1].enable = True  # the last one shows what passes to core 1
config.cnn_layers[8].destinations[1].layer = 1
config.cnn_layers[8].destinations[1].pooling = 4
watcher = config.cnn_layers[1]
watcher.dimensions.input_shape = {"feature_count": 2, "size": {"x": 1, "y": 1}}
watcher.weights = [[[[1]], [[1]]]]
watcher.threshold_high = 32767
watcher.threshold_low = -32768

kit = samna.device.open_device("Speck2fDevKit:0", samna.speck2fBoards.DevKitDefaultConfig())
model = kit.get_model()
valid, why = speck.validate_configuration(config)
print(valid, why)
sink = samna.graph.sink_from(kit.get_model_source_node())
source = samna.graph.source_to(kit.get_model_sink_node())
model.apply_configuration(config)
time.sleep(0.5)

rounds, stopped = [], threading.Event()


def record():
    while not stopped.is_set():
        rounds.extend(sink.get_events_blocking(10))


thread = threading.Thread(target=record)
thread.start()
watch = kit.get_stop_watch()
watch.set_enable_value(True)
watch.reset()
source.write([Spike(layer=0, feature=1, x=3, y=2, timestamp=1000)])
time.sleep(0.01)
for cnn in config.cnn_layers:  # cut the ring
    for destination in cnn.destinations:
        destination.enable = False
model.apply_configuration(config)
stopped.set()
thread.join()
print(sorted({(spike.layer, spike.feature, spike.x, spike.y) for spike in rounds}))
stamps = [spike.timestamp for spike in rounds]
print(stamps[0] >= 1000, stamps == sorted(stamps), len(stamps) > 1000)
sink.get_events()
source.write([Spike(layer=0, feature=0, x=0, y=0, timestamp=0)])
time.sleep(0.1)
print([(spike.layer, spike.feature) for spike in sink.get_events()])
samna.device.close_device(kit)
