from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from speckhal.contract.clock import VirtualClock
from speckhal_mock import samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.nodes.stream import node_behind

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_mock.emulation.board import EmulatedBoard

POLL_S = 1e-5
LATENCY_S = 1e-3


@pytest.fixture
def ends(rig_2f: SimpleNamespace) -> SimpleNamespace:
    """A source to a board and a sink from it, and ways to use them."""
    sink = samna.graph.sink_from(rig_2f.model.get_source_node())
    source = samna.graph.source_to(rig_2f.model.get_sink_node())
    return SimpleNamespace(
        rig=rig_2f,
        clock=rig_2f.clock,
        sink=sink,
        ask=lambda *addresses: source.write(rig_2f.reads(addresses)),
        silent=samna.graph.sink_from(rig_2f.model.get_source_node()),
    )


def addresses(events: list[Any]) -> list[int]:
    return [event.address for event in events]


def test_get_events_never_waits_and_drains(ends: SimpleNamespace) -> None:
    ends.ask(3, 1)
    assert ends.sink.get_events() == []
    ends.clock.sleep_s(LATENCY_S)
    assert addresses(ends.sink.get_events()) == [3, 1]
    assert ends.sink.get_events() == []


def test_every_look_costs_time(ends: SimpleNamespace) -> None:
    calls: list[Callable[[], object]] = [
        ends.sink.get_events,
        ends.sink.is_empty,
        ends.sink.clear_events,
        lambda: ends.sink.get_n_events(0),
        lambda: ends.sink.get_events_blocking(0),
    ]
    for count, call in enumerate(calls, start=1):
        call()
        assert ends.clock.now_s() == pytest.approx(count * POLL_S)


def test_a_look_at_two_boards_of_one_clock_costs_as_much_as_at_one(
    plug: Callable[..., EmulatedBoard], clock: VirtualClock, speck2f: SimpleNamespace
) -> None:
    sink, graph = speck2f.sink(), samna.graph.EventFilterGraph()
    for address in (1, 2):
        plug("Speck2fDevKit", address, poll_s=address * 0.1, graph_start_s=address * 0.1)
        model = samna.device.open_device("Speck2fDevKit").get_model()
        graph.sequential([model.get_source_node(), sink])

    graph.start()
    assert clock.now_s() == 0.2
    sink.is_empty()
    assert clock.now_s() == 0.4
    graph.stop()


def test_a_loop_that_polls_gets_its_answer(ends: SimpleNamespace) -> None:
    ends.ask(0)
    looks = 0
    while ends.sink.is_empty():
        looks += 1

    assert looks == LATENCY_S / POLL_S - 1


def test_blocking_waits_until_something_is_there(ends: SimpleNamespace) -> None:
    ends.ask(0, 1)
    asked_s = ends.clock.now_s()

    assert addresses(ends.sink.get_events_blocking()) == [0, 1]
    assert ends.clock.now_s() == asked_s + LATENCY_S


def test_blocking_gives_up_after_its_time(ends: SimpleNamespace) -> None:
    assert ends.sink.get_events_blocking(250) == []
    assert ends.clock.now_s() == pytest.approx(0.25 + POLL_S)
    assert ends.sink.get_events_blocking(timeout=250) == []
    assert ends.clock.now_s() == pytest.approx(0.5 + 2 * POLL_S)


def test_blocking_does_not_wait_past_its_time_for_what_comes_later(
    make_rig: Callable[..., SimpleNamespace], speck2f: SimpleNamespace
) -> None:
    rig = make_rig(speck2f, read_latency_s=0.1)
    sink = samna.graph.sink_from(rig.model.get_source_node())
    samna.graph.source_to(rig.model.get_sink_node()).write(rig.reads())

    assert sink.get_events_blocking(timeout=60) == []
    assert len(sink.get_events_blocking(timeout=60)) == 4


def test_waiting_for_ever_for_nothing_is_an_error(ends: SimpleNamespace) -> None:
    ends.rig.io.set_slow_clk(True)
    for wait in (ends.sink.get_events_blocking, lambda: ends.sink.get_n_events(1)):
        with pytest.raises(RuntimeError, match="this would never return"):
            wait()


def test_waiting_for_ever_on_nothing_at_all_is_an_error(speck2f: SimpleNamespace) -> None:
    with pytest.raises(RuntimeError, match="this would never return"):
        speck2f.sink().get_events_blocking()


def test_a_sink_without_a_board_has_no_time_to_wait(speck2f: SimpleNamespace) -> None:
    assert speck2f.sink().get_events_blocking(timeout=1000) == []


def test_a_number_of_events_is_waited_for_and_the_rest_is_kept(ends: SimpleNamespace) -> None:
    ends.ask(0, 1, 2)
    ends.clock.sleep_s(LATENCY_S)
    ends.ask(3, 4)

    assert addresses(ends.sink.get_n_events(4)) == [0, 1, 2, 3]
    assert addresses(ends.sink.get_n_events(n=4, timeout=10)) == [4]
    assert ends.sink.get_n_events(1, 0) == []
    assert ends.sink.get_n_events(0) == []


def test_arguments_of_the_getters_are_integers(ends: SimpleNamespace) -> None:
    with pytest.raises(TypeError, match="get_n_events takes an integer"):
        ends.sink.get_n_events(1.0)
    with pytest.raises(TypeError, match="get_n_events takes a number of events"):
        ends.sink.get_n_events(-1)
    with pytest.raises(TypeError, match="timeout takes an integer"):
        ends.sink.get_n_events(1, timeout=0.5)
    with pytest.raises(TypeError, match="timeout takes an integer"):
        ends.sink.get_events_blocking("10")


def test_clearing_drops_what_has_arrived_and_only_that(ends: SimpleNamespace) -> None:
    ends.ask(0)
    ends.clock.sleep_s(LATENCY_S)
    ends.ask(1)
    ends.sink.clear_events()

    assert addresses(ends.sink.get_events_blocking(100)) == [1]


def test_each_sink_gets_everything(ends: SimpleNamespace) -> None:
    ends.ask(0, 1)
    ends.clock.sleep_s(1)

    assert addresses(ends.silent.get_events()) == [0, 1]
    assert addresses(ends.sink.get_events()) == [0, 1]


def test_a_sink_that_nobody_holds_is_gone_at_once(ends: SimpleNamespace) -> None:
    outlet = node_behind(ends.rig.model.get_source_node())
    gc.disable()
    try:
        del ends.silent
        assert outlet.is_heard
        del ends.sink
        assert not outlet.is_heard
    finally:
        gc.enable()


def test_a_sink_of_two_boards_waits_on_both_clocks(
    plug: Callable[..., EmulatedBoard], speck2f: SimpleNamespace
) -> None:
    clocks = VirtualClock(), VirtualClock()
    sink, graph = speck2f.sink(), samna.graph.EventFilterGraph()
    models = []
    for address, clock in enumerate(clocks, start=1):
        plug("Speck2fDevKit", address, its_clock=clock, read_latency_s=address * 0.1)
        model = samna.device.open_device("Speck2fDevKit").get_model()
        graph.sequential([model.get_source_node(), sink])
        models.append(model)
    clocks[1].sleep_s(100)
    graph.start()
    for number, model in enumerate(models):
        read = speck2f.event.ReadNeuronValue(0, number)
        samna.graph.source_to(model.get_sink_node()).write([read])
    began = [clock.now_s() for clock in clocks]

    assert addresses(sink.get_n_events(2)) == [0, 1]
    assert [clock.now_s() - start for clock, start in zip(clocks, began, strict=True)] == [
        pytest.approx(0.2),
        pytest.approx(0.2),
    ]
    assert sink.get_events_blocking(timeout=300) == []
    assert clocks[0].now_s() - began[0] == pytest.approx(0.5, abs=1e-4)
    graph.stop()


def test_a_failure_inside_the_graph_reaches_the_sink_once(
    rig_2f: SimpleNamespace, speck2f: SimpleNamespace
) -> None:
    event = speck2f.event
    source, sink = samna.BasicSourceNode_speck2f_event_output_event(), speck2f.sink()
    graph = samna.graph.EventFilterGraph()
    _, select, _ = graph.sequential([source, "Speck2fOutputMemberSelect", sink])
    select.set_white_list([3], "layer")  # type: ignore[attr-defined]  # a member select
    graph.start()
    source.write([event.NeuronValue(3)])
    source.write([event.ReadoutValue(1)])

    with pytest.raises(samna.SinkError, match="ReadoutValue has no such member") as failure:
        sink.get_events_blocking()

    assert isinstance(failure.value, RuntimeError)
    assert failure.value.message == str(failure.value)
    assert failure.value.events == [event.NeuronValue(3)]
    assert sink.get_events() == []
    source.write([event.ReadoutValue(1)])
    with pytest.raises(samna.SinkError):
        sink.get_events_blocking()
    source.write([event.ReadoutValue(1)])
    sink.clear_events()
    assert sink.get_events() == []
    graph.stop()
    assert current_bus().is_open(rig_2f.board)
