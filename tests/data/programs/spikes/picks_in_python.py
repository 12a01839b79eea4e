"""A filter of the script's own, a crop, a branch for one core, counts of each class, decimation."""

import time
from collections import Counter

import samna
from samna.speck2f.event import Spike

kit = samna.device.open_device("Speck2fDevKit:0")
config = samna.speck2f.configuration.SpeckConfiguration()
for core in (3, 4):
    cnn = config.cnn_layers[core]
    cnn.dimensions.input_shape.size = cnn.dimensions.output_shape.size = {"x": 8, "y": 8}
    cnn.weights = [[[[10]]]]
    cnn.biases = [0]
    cnn.neurons_initial_value = [[[0] * 8] * 8]
    cnn.threshold_high = 10
    cnn.monitor_enable = True
config.cnn_layers[3].destinations[0].enable = True
config.cnn_layers[3].destinations[0].layer = 4
config.cnn_layers[4].output_decimator_enable = True
config.cnn_layers[4].output_decimator_interval = 1
kit.get_model().apply_configuration(config)

graph = samna.graph.EventFilterGraph()
chip_out = kit.get_model_source_node()
sinks = [samna.BasicSinkNode_speck2f_event_output_event() for _ in range(3)]
_, custom, _ = graph.sequential([chip_out, "Speck2fCustomFilterNode", sinks[0]])
_, crop, _ = graph.sequential([chip_out, "Speck2fSpikeEventCrop", sinks[1]])
_, select, _ = graph.sequential([chip_out, samna.graph.JitMemberSelect(), sinks[2]])
source, _ = graph.sequential(
    [samna.graph.JitSource(samna.speck2f.event.InputEvent), kit.get_model_sink_node()]
)
custom.set_filter_function(lambda events: [e for e in events if e.x == e.y])
crop.set_roi(2, 2, 3, 3)
select.set_white_list([4], "layer")
print(graph.start(), graph.has_node(custom))
kit.get_stop_watch().start()
places = [(x, y) for y in range(8) for x in range(8)]
source.write([Spike(layer=3, x=x, y=y, timestamp=100 * n) for n, (x, y) in enumerate(places)])
time.sleep(0.5)
own, region, last = (sink.get_events() for sink in sinks)
print(Counter((e.layer, e.x == e.y) for e in own))
print(sorted((e.x, e.y) for e in region if e.layer == 3))
print(len(last), {e.layer for e in last})
print(graph.stop())
samna.device.close_device(kit)
