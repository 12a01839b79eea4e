"""Filters of samna's graphs with all their calls, as a script with types writes them.

Prints what filters let pass, and comes to those for a camera and a screen last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import samna

if TYPE_CHECKING:
    from samna.iris import NodeInterface

SPIKE = "speck2f::event::Spike"


def spikes_of_core_3() -> list[samna.speck2f.event.OutputEvent]:
    """What passes an event type filter and a member select."""
    graph = samna.graph.EventFilterGraph()
    source = samna.BasicSourceNode_speck2f_event_output_event()
    sink = samna.BasicSinkNode_speck2f_event_output_event()
    _, kind, select, _ = graph.sequential(
        [source, "Speck2fOutputEventTypeFilter", "Speck2fOutputMemberSelect", sink]
    )
    kind.set_desired_type(SPIKE)
    kind.set_rejected_type(kind.get_available_types()[-1])
    select.set_white_list([3], attrName="layer")
    print(kind.get_desired_type(), kind.get_rejected_type(), graph.has_node(select))

    graph.start()
    event = samna.speck2f.event
    source.write([event.Spike(layer=2), event.Spike(layer=3), event.NeuronValue(layer=3)])
    graph.stop()
    return sink.get_events()


def by_place_in_a_list() -> None:
    """Nodes got by their place, as the plain list that the vendor's page gives."""
    graph = samna.graph.EventFilterGraph()
    made = graph.sequential(
        [
            samna.BasicSourceNode_speck2f_event_output_event(),
            samna.graph.JitMemberSelect(),
            samna.BasicSinkNode_speck2f_event_output_event(),
        ]
    )
    made[1].set_white_list([1], "layer")
    graph.start()
    made[0].write([samna.speck2f.event.Spike(layer=1)])
    print(len(made[-1].get_events()))
    graph.stop()
    nodes: list[NodeInterface] = made
    print(all(graph.has_node(node) for node in nodes))


def by_name(graph: samna.graph.EventFilterGraph) -> None:
    """One filter made by its name, with the methods of that filter only."""
    kind = graph.add_filter_node("Speck2fInputEventTypeFilter")
    kind.set_desired_type(kind.get_available_types()[0])
    graph.add_filter_node("Speck2fInputMemberSelect").set_white_list([1, 2], "layer")


def of_the_camera(graph: samna.graph.EventFilterGraph) -> None:
    """Filters of what a sensor sees."""
    crop, fewer, smaller, image, noise = graph.sequential(
        [
            "DvsEventCrop",
            "DvsEventDecimate",
            "DvsEventRescale",
            "Speck2fDvsImageReconstructFilter",
            "Speck2fBackgroundNoiseRater",
        ]
    )
    crop.set_roi(0, 0, 63, 63)
    fewer.set_decimation_fraction(4, 1)
    width, height = samna.graph.nodes.detail.rescaling_coefficient(128, 128, 64, 64)
    smaller.set_rescaling_coefficients(width, height)
    smaller.reset()
    image.set_filter_size(3)
    image.set_event_contribution(0.04)
    image.set_decay_contribution(0.9)
    image.set_potentials(0.0, 0.3, 0.0)
    image.set_synchronous_decay(True)
    image.set_frame_rate(25)
    image.reset()
    noise.setup(128, 128)
    print(noise.get_result(), noise.get_result_per_polarity())
    print(noise.get_raw_result(), noise.get_raw_result_per_polarity())
    noise.reset()


def of_the_screen(graph: samna.graph.EventFilterGraph) -> None:
    """Filters of what a screen shows."""
    collection, count, streamer, receiver = graph.sequential(
        [
            "Speck2fSpikeCollectionNode",
            "Speck2fSpikeCountNode",
            "VizEventStreamer",
            "VizEventReceiver",
        ]
    )
    collection.set_interval_milli_sec(500)
    count.set_feature_count(collection.get_interval_milli_sec() // count.get_feature_count())
    receiver.set_receiver_endpoint("tcp://127.0.0.1:40000")
    streamer.set_streamer_endpoint("tcp://0.0.0.0:40000")
    streamer.wait_for_receiver_count()
    streamer.wait_for_receiver_count(1, 1000)
    receiver.wait_for_connect(1000)
    receiver.reconnect()
    print(receiver.is_connected(), streamer.is_receiver_connected(receiver.get_id()))
    print(streamer.get_connected_receiver_count())


if __name__ == "__main__":
    print(*spikes_of_core_3())
    by_place_in_a_list()
    filters = samna.graph.EventFilterGraph()
    by_name(filters)
    of_the_camera(filters)
    of_the_screen(filters)
