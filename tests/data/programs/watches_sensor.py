"""Waits for events of the sensor, with a progress line, until it has waited long enough."""

import time

import samna

kit = samna.device.open_device("Speck2fModuleDevKit")
configuration = samna.speck2f.configuration.SpeckConfiguration()
configuration.dvs_layer.monitor_enable = True
kit.get_stop_watch().reset()
kit.get_stop_watch().start()
graph = samna.graph.EventFilterGraph()
_, select, sink = graph.sequential(
    [
        kit.get_model_source_node(),
        "Speck2fOutputMemberSelect",
        samna.BasicSinkNode_speck2f_event_output_event(),
    ]
)
select.set_white_list([13], "layer")
graph.start()
kit.get_model().apply_configuration(configuration)
deadline, polls = time.time() + 60, 0
while time.time() < deadline:
    events = sink.get_events_blocking(1000)
    polls += 1
print(len(events), polls in (59, 60))
graph.stop()
