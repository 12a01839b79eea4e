from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING, Any

import pytest

from python_process import run_python
from speckhal_mock import samna
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.samna.graph import EventFilterGraph, source_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace


def spikes(outputs: SimpleNamespace, *cores: int) -> list[object]:
    return [outputs.event.Spike(layer=core, feature=core + 10) for core in cores]


def test_a_sequence_gives_one_node_for_each_element(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    elements = [
        outputs.source,
        f"{outputs.name}OutputEventTypeFilter",
        samna.graph.JitMemberSelect(),
        outputs.sink,
    ]

    nodes = graph.sequential(elements)

    assert len(nodes) == 4
    assert nodes[0] is outputs.source
    assert nodes[3] is outputs.sink
    assert all(isinstance(node, samna.iris.NodeInterface) for node in nodes)
    assert graph.sequential([]) == []
    assert len(graph.sequential([f"{outputs.name}OutputMemberSelect"])) == 1


def test_events_pass_only_while_the_graph_runs(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    graph.sequential([outputs.source, outputs.sink])
    with pytest.raises(RuntimeError, match=r"to write 2 events .* Start the graph first"):
        outputs.source.write(spikes(outputs, 1, 2))
    graph.start()
    outputs.source.write(spikes(outputs, 3))
    graph.stop()
    with pytest.raises(RuntimeError, match="Start the graph first"):
        outputs.source.write(spikes(outputs, 4))

    assert outputs.sink.get_events() == spikes(outputs, 3)


def test_writing_nothing_needs_no_graph(outputs: SimpleNamespace) -> None:
    outputs.source.write([])


def test_starting_and_stopping_tell_whether_that_is_new(graph: EventFilterGraph) -> None:
    assert [graph.stop(), graph.start(), graph.start()] == [False, True, False]
    assert [graph.stop(), graph.stop(), graph.start()] == [True, False, True]


def test_known_nodes_make_branches_and_merges(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    name = f"{outputs.name}OutputMemberSelect"
    first: Any
    second: Any
    _, first, _ = graph.sequential([outputs.source, name, outputs.sink])
    _, second, _ = graph.sequential([outputs.source, name, outputs.sink])
    graph.sequential([first, outputs.other])
    first.set_white_list([1], "layer")
    second.set_white_list([2], "layer")
    graph.start()

    outputs.source.write(spikes(outputs, 1, 2, 3))

    assert outputs.sink.get_events() == spikes(outputs, 1, 2)
    assert outputs.other.get_events() == spikes(outputs, 1)


def test_connecting_twice_doubles_nothing(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    for _ in range(2):
        graph.sequential([outputs.source, outputs.sink])
    graph.start()
    outputs.source.write(spikes(outputs, 1))

    assert outputs.sink.get_events() == spikes(outputs, 1)


def test_nodes_can_be_connected_while_the_graph_runs(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    graph.start()
    graph.sequential([outputs.source, outputs.sink])
    outputs.source.write(spikes(outputs, 1))

    assert outputs.sink.get_events() == spikes(outputs, 1)


def test_nodes_of_different_events_cannot_be_connected(graph: EventFilterGraph) -> None:
    source = samna.BasicSourceNode_speck2f_event_output_event()
    wrong = samna.BasicSinkNode_speck2e_event_output_event()

    with pytest.raises(RuntimeError, match=r"speck2f::event::OutputEvent, .* speck2e::event::Out"):
        graph.sequential([source, "Speck2fOutputMemberSelect", wrong])
    with pytest.raises(RuntimeError, match="gives no events"):
        graph.sequential([wrong, wrong])
    with pytest.raises(RuntimeError, match="takes none"):
        graph.sequential([source, source])
    assert not graph.has_node(source)


@pytest.mark.parametrize("order", [[1, 0], [0, 1, 0], [1, 2, 0], [0, 0]])
def test_a_ring_is_refused(graph: EventFilterGraph, order: list[int]) -> None:
    name = "Speck2fOutputMemberSelect"
    source, sink = (
        samna.BasicSourceNode_speck2f_event_output_event(),
        samna.BasicSinkNode_speck2f_event_output_event(),
    )
    nodes = graph.sequential([name, name])
    (third,) = samna.graph.EventFilterGraph().sequential([name])
    nodes.append(third)

    with pytest.raises(RuntimeError, match="close a ring"):
        graph.sequential([nodes[place] for place in order])

    assert not graph.has_node(third)
    graph.sequential([third, nodes[0]])
    graph.sequential([source, *nodes[:2], sink])
    graph.start()
    spike = samna.speck2f.event.Spike()
    source.write([spike])
    assert sink.get_events() == [spike]


def test_what_fell_due_before_a_change_goes_the_old_way(
    graph: EventFilterGraph, rig: SimpleNamespace
) -> None:
    source = source_to(rig.model.get_sink_node())
    sinks = [rig.chip.sink() for _ in range(3)]
    outlet = rig.model.get_source_node()
    graph.start()

    def ask(address: int) -> None:
        source.write(rig.reads([address]))
        rig.clock.sleep_s(1)

    ask(0)
    for sink in sinks:
        graph.sequential([outlet, sink])
    ask(1)
    with pytest.warns(DeprecationWarning, match="disconnect"):
        graph.disconnect(outlet, sinks[0])
    ask(2)
    with pytest.warns(DeprecationWarning, match="remove"):
        graph.remove(sinks[1])
    ask(3)

    assert [[event.address for event in sink.get_events()] for sink in sinks] == [
        [1],
        [1, 2],
        [1, 2, 3],
    ]


def test_a_graph_with_a_board_that_stands_still_can_be_stopped(
    graph: EventFilterGraph, rig: SimpleNamespace
) -> None:
    configuration = rig.configuration(core=0, bias=127)
    ring = configuration.cnn_layers[0].destinations[0]
    ring.enable, ring.layer, ring.feature_shift = True, 0, 1  # which core 0 has no channel for
    rig.model.apply_configuration(configuration)
    graph.sequential([rig.model.get_source_node(), rig.chip.sink()])
    graph.start()
    rig.io.set_slow_clk(True)
    rig.clock.sleep_s(1)

    with pytest.raises(NotEmulatedError):
        graph.stop()

    assert graph.stop() is False
    rig.model.apply_configuration(rig.configuration())


def test_a_graph_whose_board_was_heard_to_stand_still_stops_without_another_word(
    graph: EventFilterGraph, rig: SimpleNamespace
) -> None:
    configuration = rig.configuration(core=0, bias=127)
    ring = configuration.cnn_layers[0].destinations[0]
    ring.enable, ring.layer, ring.feature_shift = True, 0, 1  # which core 0 has no channel for
    rig.model.apply_configuration(configuration)
    sink = rig.chip.sink()
    graph.sequential([rig.model.get_source_node(), sink])
    graph.start()
    rig.io.set_slow_clk(True)
    rig.clock.sleep_s(1)
    with pytest.raises(NotEmulatedError):
        sink.get_events()

    assert graph.stop() is True


def test_a_sequence_is_a_list_of_nodes_and_names(graph: EventFilterGraph) -> None:
    for wrong in (3, "Speck2fOutputMemberSelect", [3], [None]):
        with pytest.raises(TypeError, match="sequential takes a list"):
            graph.sequential(wrong)


def test_a_graph_knows_its_nodes(graph: EventFilterGraph, outputs: SimpleNamespace) -> None:
    _, made, _ = graph.sequential([outputs.source, samna.graph.JitMemberSelect(), outputs.sink])

    assert all(map(graph.has_node, (outputs.source, made, outputs.sink)))
    assert not graph.has_node(outputs.other)
    with pytest.raises(TypeError, match="has_node takes a node"):
        graph.has_node("Speck2fOutputMemberSelect")


def test_the_four_old_methods_work_and_are_deprecated(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    graph.start()
    with pytest.warns(DeprecationWarning, match="add_filter_node is deprecated") as caught:
        made = graph.add_filter_node(f"{outputs.name}OutputMemberSelect")
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="connect is deprecated"):
        connected = [
            graph.connect(outputs.source, made),
            graph.connect(made, outputs.sink),
            graph.connect(made, outputs.sink),
            graph.connect(outputs.sink, made),
        ]
    assert connected == [True, True, False, False]
    outputs.source.write(spikes(outputs, 1))
    with pytest.warns(DeprecationWarning, match="disconnect is deprecated"):
        disconnected = [graph.disconnect(made, outputs.sink) for _ in range(2)]
    assert disconnected == [True, False]
    outputs.source.write(spikes(outputs, 2))
    with pytest.warns(DeprecationWarning, match="remove is deprecated"):
        removed = [graph.remove(made) for _ in range(2)]
    assert removed == [True, False]
    assert not graph.has_node(made)
    with pytest.raises(RuntimeError, match="Start the graph first"):
        outputs.source.write(spikes(outputs, 3))
    assert outputs.sink.get_events() == spikes(outputs, 1)


def test_starting_costs_time_once_on_each_clock(
    graph: EventFilterGraph, make_rig: Callable[..., SimpleNamespace], chip: SimpleNamespace
) -> None:
    rig = make_rig(chip, graph_start_s=0.3)
    graph.sequential([rig.chip.source(), rig.model.get_sink_node()])
    graph.sequential([rig.model.get_source_node(), rig.chip.sink()])

    graph.start()

    assert rig.clock.now_s() == 0.3
    graph.start()
    graph.stop()
    assert rig.clock.now_s() == 0.3


def test_what_fell_due_before_a_start_is_lost_and_before_a_stop_arrives(
    graph: EventFilterGraph, rig: SimpleNamespace
) -> None:
    sink, source = rig.chip.sink(), source_to(rig.model.get_sink_node())
    graph.sequential([rig.model.get_source_node(), sink])
    source.write(rig.reads([0]))
    rig.clock.sleep_s(1)
    graph.start()
    source.write(rig.reads([1]))
    rig.clock.sleep_s(1)
    graph.stop()
    source.write(rig.reads([2]))
    rig.clock.sleep_s(1)

    assert [event.address for event in sink.get_events()] == [1]


def test_time_passes_for_who_polls_a_stopped_graph(
    graph: EventFilterGraph, rig: SimpleNamespace
) -> None:
    sink = rig.chip.sink()
    graph.sequential([rig.model.get_source_node(), sink])

    sink.get_events()

    assert rig.clock.now_s() > 0


def test_a_graph_that_goes_while_it_runs_is_complained_of(
    outputs: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    graph = EventFilterGraph()
    graph.sequential([outputs.source, outputs.sink])
    graph.start()
    del graph
    gc.collect()

    assert caplog.record_tuples == [
        (
            "samna.graph",
            logging.WARNING,
            "Graph is destroyed while running! Stop it before dropping it.",
        )
    ]
    with pytest.raises(RuntimeError, match="Start the graph first"):
        outputs.source.write(spikes(outputs, 1))


def test_a_graph_that_never_started_is_complained_of(caplog: pytest.LogCaptureFixture) -> None:
    graph = EventFilterGraph()
    del graph
    gc.collect()

    assert [record.message for record in caplog.records] == [
        "Graph is destroyed without any start!"
    ]


def test_a_script_may_end_with_its_graphs_running() -> None:
    script = (
        "from speckhal_mock import samna\n"
        "graph = samna.graph.EventFilterGraph()\n"
        "graph.start()\n"
        "other = samna.graph.EventFilterGraph()\n"
    )

    done = run_python("-c", script)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_graph_that_was_stopped_goes_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    graph = EventFilterGraph()
    graph.start()
    graph.stop()
    del graph
    gc.collect()

    assert caplog.records == []
