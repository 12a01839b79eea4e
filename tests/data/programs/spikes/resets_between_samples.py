"""Every way in which people clear neurons between samples, with and without it."""

import time

import numpy as np
import samna
from samna.speck2f.event import ReadNeuronValue, Spike, WriteNeuronValue

kit = samna.device.open_device("Speck2fDevKit", samna.speck2fBoards.DevKitDefaultConfig())
model = kit.get_model()
config = samna.speck2f.configuration.SpeckConfiguration()
cnn = config.cnn_layers[0]
cnn.dimensions.input_shape.size.x = cnn.dimensions.input_shape.size.y = 16
cnn.dimensions.output_shape.size.x = cnn.dimensions.output_shape.size.y = 16
cnn.dimensions.output_shape.feature_count = 4
cnn.weights = np.full((4, 1, 1, 1), 60, np.int8)
cnn.biases = np.zeros(4, np.int16)
cnn.neurons_initial_value = np.zeros((4, 16, 16), np.int16)
cnn.threshold_high, cnn.threshold_low = 100, -1
cnn.monitor_enable = True
sink = samna.graph.sink_from(model.get_source_node())
source = samna.graph.source_to(model.get_sink_node())
model.apply_configuration(config)
watch = kit.get_stop_watch()


def sample():
    sink.clear_events()
    watch.reset()
    watch.start()
    source.write([Spike(layer=0, x=n % 16, y=n // 16, timestamp=n) for n in range(256)])
    time.sleep(0.1)
    return len(sink.get_events())


print("without", [sample() for _ in range(5)])
model.apply_configuration(config)
print("applied", [sample(), sample()])
model.reset()
print("reset", [sample(), sample()])
source.write([WriteNeuronValue(layer=0, address=word, neuron_state=0) for word in range(65536)])
time.sleep(1)
print("written", [sample(), sample()])
kit.reset_model(True)
time.sleep(1)
model.apply_configuration(config)
print("reset the chip", [sample(), sample()])
copy = model.get_configuration()
copy.cnn_layers[0].neurons_initial_value = np.full((4, 16, 16), 50, np.int16)
copy.cnn_layers[0].return_to_zero = True
model.apply_configuration(copy)
print("from 50", [sample(), sample(), sample()], cnn.return_to_zero)
source.write([ReadNeuronValue(layer=0, address=word) for word in range(1024)])
time.sleep(0.1)
print({answer.neuron_state for answer in sink.get_events()})
samna.device.close_device(kit)
