"""Lets the chip's readout count spikes of four classes, each of which drives every fourth pin."""

import time
from collections import Counter

import samna
from samna.speck2f.event import ReadoutPinValue, ReadoutValue, Spike

kit = samna.device.open_device("Speck2fDevKit:0")
config = samna.speck2f.configuration.SpeckConfiguration()
cnn = config.cnn_layers[8]
cnn.dimensions.input_shape.feature_count = 4
cnn.dimensions.output_shape.feature_count = 16
cnn.weights = [[[[100 if out == 4 * into else 0]] for into in range(4)] for out in range(16)]
cnn.biases = [0] * 16
cnn.neurons_initial_value = [[[0]]] * 16
cnn.threshold_high, cnn.threshold_low = 100, -100
cnn.destinations[0].enable = True
cnn.destinations[0].layer = 12
config.readout.enable = True
config.readout.readout_configuration_sel = 3
config.readout.output_mode_sel = 3
config.readout.low_pass_filter_disable = True
config.readout.threshold = 3
config.readout.monitor_enable = True
config.readout.readout_pin_monitor_enable = True
io = kit.get_io_module()
io.set_slow_clk_rate(10)
io.set_slow_clk(True)
kit.get_model().apply_configuration(config)
sink = samna.graph.sink_from(kit.get_model_source_node())
source = samna.graph.source_to(kit.get_model_sink_node())
time.sleep(0.5)
watch = kit.get_stop_watch()
for wanted in range(4):
    sink.get_events()
    watch.reset()
    watch.start()
    source.write([Spike(layer=8, feature=wanted, timestamp=2000 * n) for n in range(500)])
    time.sleep(1)
    events = sink.get_events()
    best = [e.value >> 16 & 15 for e in events if isinstance(e, ReadoutValue)]
    pins = [e.index for e in events if isinstance(e, ReadoutPinValue)]
    print(wanted, Counter(best).most_common(1)[0][0], set(pins), 9 <= len(best) <= 11)
    watch.stop()
    time.sleep(0.5)
samna.device.close_device(kit)
