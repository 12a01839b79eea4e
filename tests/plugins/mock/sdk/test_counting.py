"""Spikes are collected over intervals of the board's time, counted, and the busiest is picked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal_mock import samna
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace


def chain(source: Any, *, readout: bool = False, interval_ms: int | None = 100) -> tuple[Any, ...]:
    """A started graph that counts four features, its sink, and the node that counts."""
    count = samna.graph.JitMajorityReadout if readout else samna.graph.JitSpikeCount
    spike = samna.speck2f.event.Spike
    graph = samna.graph.EventFilterGraph()
    made: list[Any] = graph.sequential(
        [
            source,
            samna.graph.JitSpikeCollection(spike),
            count(samna.ui.Event),
            samna.graph.JitSink(),
        ]
    )
    if interval_ms is not None:
        made[1].set_interval_milli_sec(interval_ms)
    made[2].set_feature_count(4)
    graph.start()
    return graph, made[3], made[2]


def spikes(*stamps_and_features: tuple[int, int]) -> list[Any]:
    spike: Any = samna.speck2f.event.Spike
    return [spike(feature=feature, timestamp=stamp) for stamp, feature in stamps_and_features]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 3)), min_size=1, max_size=40),
    st.integers(1, 300),
)
def test_every_spike_is_in_the_interval_of_its_stamp(
    given_: Sequence[tuple[int, int]], interval_ms: int
) -> None:
    ordered = sorted(given_)
    source: Any = samna.BasicSourceNode_speck2f_event_output_event()
    _graph, sink, _ = chain(source, interval_ms=interval_ms)
    last = (ordered[-1][0] + interval_ms * 1000, 0)  # ends all intervals before it

    source.write(spikes(*ordered, last))

    events = sink.get_events()
    stamps = np.array([stamp for stamp, _ in ordered])
    features = np.array([feature for _, feature in ordered])
    numbers = (stamps - stamps[0]) // (interval_ms * 1000)
    assert [event.speckhal_interval for event in events] == list(range(numbers[-1] + 1))
    for event in events:
        counts = np.bincount(features[numbers == event.speckhal_interval], minlength=4)
        assert event.speckhal_counts == tuple(counts)


@pytest.mark.parametrize("watch_runs", [True, False])
def test_intervals_are_those_of_the_board_and_end_by_themselves(
    rig_2f: SimpleNamespace,
    watch_runs: bool,  # noqa: FBT001  # pytest gives it by name
) -> None:
    _graph, sink, _ = chain(rig_2f.handle.get_model_source_node())
    if watch_runs:
        rig_2f.handle.get_stop_watch().start()
    board, one = rig_2f.board, np.array([1])
    for pause_s in (0.05, 0.05, 0.1):
        stamp = np.array([board.stop_watch.now_us()])
        board.outputs.spikes(one - 1, one, one, one, stamp)
        rig_2f.clock.sleep_s(pause_s)
    events = sink.get_events()
    assert [event.speckhal_counts for event in events] == [(0, 2, 0, 0), (0, 1, 0, 0)]
    rig_2f.clock.sleep_s(0.1)
    assert [event.speckhal_counts for event in sink.get_events()] == [(0, 0, 0, 0)]
    assert sink.get_events_blocking()[0].speckhal_interval == 3


@pytest.mark.parametrize(
    ("features", "picked"),
    [((1, 1, 2), 1), ((1, 2), 9), ((3, 1, 3, 1), 1), ((0,) * 5, 9), ((7, 7, 7), 9)],
)
def test_the_busiest_feature_is_picked_within_the_limits(
    features: Sequence[int], picked: int
) -> None:
    source: Any = samna.BasicSourceNode_speck2f_event_output_event()
    _graph, sink, readout = chain(source, readout=True)
    readout.set_threshold_low(2)
    readout.set_threshold_high(4)
    readout.set_default_feature(9)

    source.write(spikes(*((0, feature) for feature in features), (100_000, 0)))

    (event,) = sink.get_events()
    assert event.speckhal_feature == picked
    assert len(event.speckhal_counts) == 4


def test_what_samnas_events_have_is_not_invented() -> None:
    source: Any = samna.BasicSourceNode_speck2f_event_output_event()
    _graph, sink, _ = chain(source)
    source.write(spikes((0, 1), (100_000, 1)))
    (event,) = sink.get_events()
    assert issubclass(type(event), samna.ui.Event)
    with pytest.raises(NotEmulatedError, match=r"'feature' is not emulated.*: speckhal_interval"):
        _ = event.feature
    assert not hasattr(event, "feature")


def test_before_an_interval_is_set_spikes_are_dropped_with_a_word() -> None:
    source: Any = samna.BasicSourceNode_speck2f_event_output_event()
    _graph, sink, _ = chain(source, interval_ms=None)
    with pytest.warns(EmulationWarning, match="before set_interval_milli_sec was called"):
        source.write(spikes((0, 1), (10**6, 1)))
    source.write(spikes((0, 1), (10**6, 1)))
    assert sink.get_events() == []


def test_other_events_and_other_spikes_are_not_collected() -> None:
    source: Any = samna.BasicSourceNode_speck2f_event_output_event()
    _graph, sink, _ = chain(source)
    source.write([samna.speck2f.event.NeuronValue(), *spikes((0, 1), (0, 7), (100_000, 1))])
    assert [event.speckhal_counts for event in sink.get_events()] == [(0, 1, 0, 0)]


def test_settings_that_mean_nothing_are_refused() -> None:
    node: Any = samna.graph.EventFilterGraph().sequential(["Speck2fSpikeCollectionNode"])[0]
    with pytest.raises(TypeError, match="milliseconds above 0"):
        node.set_interval_milli_sec(0)
    assert node.get_interval_milli_sec() == 0
    with pytest.raises(TypeError, match="JitSpikeCollection takes a type of spikes"):
        samna.graph.JitSpikeCollection(3)
    with pytest.raises(NotEmulatedError, match="type of these is not known"):
        samna.graph.sink_from(node)
