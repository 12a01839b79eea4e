"""Readings of two cores go through a graph that selects one of them."""

import time

import samna
import samna.speck2f.event as events
from samna.speck2f.configuration import SpeckConfiguration

board = samna.device.open_device("Speck2fDevKit")
graph = samna.graph.EventFilterGraph()
_, kinds, cores, sink = graph.sequential(
    [
        board.get_model_source_node(),
        "Speck2fOutputEventTypeFilter",
        samna.graph.JitMemberSelect(),
        samna.BasicSinkNode_speck2f_event_output_event(),
    ]
)
kinds.set_desired_type("speck2f::event::NeuronValue")
cores.set_white_list([5], "layer")
source = samna.graph.source_to(board.get_model_sink_node())
graph.start()
configuration = SpeckConfiguration()
for index, value in ((3, 33), (5, 55)):
    configuration.cnn_layers[index].neurons_initial_value = [[[value]]]
    configuration.cnn_layers[index].threshold_high = 100
valid, why = samna.speck2f.validate_configuration(configuration)
print(valid, repr(why))
board.get_model().apply_configuration(configuration)
source.write([events.ReadNeuronValue(layer=index, address=0) for index in (3, 5)])
time.sleep(0.1)
print([(event.layer, event.neuron_state) for event in sink.get_events()])
graph.stop()
