"""Integrates what the kit draws while a core works, by the period of its samples."""

import time

import samna
from samna.speck2f.event import Spike

kit = samna.device.open_device("Speck2fDevKit:0")
config = samna.speck2f.configuration.SpeckConfiguration()
cnn = config.cnn_layers[3]
cnn.dimensions.input_shape.size = cnn.dimensions.output_shape.size = {"x": 16, "y": 16}
cnn.dimensions.output_shape.feature_count = 16
cnn.dimensions.kernel_size, cnn.dimensions.padding = 3, {"x": 1, "y": 1}
cnn.weights = [[[[10] * 3] * 3]] * 16
cnn.biases = [0] * 16
cnn.neurons_initial_value = [[[0] * 16] * 16] * 16
cnn.threshold_high, cnn.threshold_low = 100, -100
kit.get_model().apply_configuration(config)
source = samna.graph.source_to(kit.get_model_sink_node())
power = kit.get_power_monitor()
sink = samna.graph.sink_from(power.get_source_node())
watch = kit.get_stop_watch()


def energy(spikes):
    sink.get_events()
    watch.reset()
    watch.start()
    power.start_auto_power_measurement(100)
    source.write(spikes)
    time.sleep(1)
    power.stop_auto_power_measurement()
    watch.stop()
    return [
        sum(m.value for m in measured) / 100 for measured in zip(*[iter(sink.get_events())] * 5)
    ]


idle = sum(energy([]))
busy = sum(
    energy([Spike(layer=3, x=n % 16, y=n // 16 % 16, timestamp=200 * n) for n in range(5_000)])
)
print(0.0005 < idle < 0.003, busy > idle)
samna.device.close_device(kit)
