"""A program that measures power gets estimates at its rate, in the board's time."""

from __future__ import annotations

import itertools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from speckhal_mock import samna
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.power import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

pytestmark = pytest.mark.filterwarnings("ignore:.*whose power is an estimate:UserWarning")


def test_each_sample_is_one_event_for_each_supply_at_the_rate_asked_for(
    rig: SimpleNamespace,
) -> None:
    monitor = rig.handle.get_power_monitor()
    sink = samna.graph.sink_from(monitor.get_source_node())
    assert monitor.start_auto_power_measurement(100) == 100.0
    rig.clock.sleep_s(5)
    events: Any = sink.get_events()

    assert len(events) == 2500
    assert [event.channel for event in events[:6]] == [0, 1, 2, 3, 4, 0]
    stamps = [event.timestamp for event in events[::5]]
    assert {later - earlier for earlier, later in itertools.pairwise(stamps)} == {10_000}
    energy_j = sum(event.value for event in events) / 100
    assert 5e-3 < energy_j < 7e-3, "a kit rests at little more than 1 mW"
    monitor.stop_auto_power_measurement()
    rig.clock.sleep_s(1)
    assert sink.get_events() == []


def test_work_that_the_board_counts_is_added(rig: SimpleNamespace) -> None:
    monitor, done = rig.handle.get_power_monitor(), [0]
    rig.board._meter.work = lambda: Work(operations=done[0])
    sink: Any = samna.graph.sink_from(monitor.get_source_node())
    totals = []
    monitor.start_auto_power_measurement(10)
    for operations in (0, 10**6, 0):
        done[0] += operations
        rig.clock.sleep_s(0.1)
        totals.append(sum(event.value for event in sink.get_events()))
    assert totals[0] == totals[2]
    assert totals[1] - totals[0] == pytest.approx(10**6 * 50e-12 * 10)


def test_spikes_of_a_network_take_energy_and_are_counted_interval_by_interval(
    rig_2f: SimpleNamespace,
) -> None:
    configuration: Any = samna.speck2f.configuration.SpeckConfiguration()
    core, rng = configuration.cnn_layers[3], np.random.default_rng(5)
    size = {"x": 4, "y": 4}
    core.dimensions = {
        "input_shape": {"feature_count": 1, "size": size},
        "output_shape": {"feature_count": 2, "size": size},
        "kernel_size": 3,
        "padding": {"x": 1, "y": 1},
    }
    core.weights = rng.integers(5, 40, (2, 1, 3, 3)).tolist()
    core.biases, core.neurons_initial_value = [0, 0], np.zeros((2, 4, 4), dtype=int).tolist()
    core.threshold_high, core.threshold_low, core.monitor_enable = 60, -60, True
    rig_2f.model.apply_configuration(configuration)
    outlet, monitor = rig_2f.handle.get_model_source_node(), rig_2f.handle.get_power_monitor()
    graph, spike = samna.graph.EventFilterGraph(), samna.speck2f.event.Spike
    spikes: Any = samna.graph.sink_from(outlet)
    power: Any = samna.graph.sink_from(monitor.get_source_node())
    made: list[Any] = graph.sequential(
        [
            outlet,
            samna.graph.JitSpikeCollection(spike),
            samna.graph.JitSpikeCount(samna.ui.Event),
            samna.graph.JitSink(),
        ]
    )
    made[1].set_interval_milli_sec(50)
    made[2].set_feature_count(2)
    graph.start()
    rig_2f.handle.get_stop_watch().start()
    monitor.start_auto_power_measurement(100)
    inputs = [
        spike(3, 0, y, x, 1000 * at) for at, (y, x) in enumerate(rng.integers(0, 4, (400, 2)))
    ]
    samna.graph.source_to(rig_2f.handle.get_model_sink_node()).write(inputs)
    rig_2f.clock.sleep_s(0.6)

    energy_j = sum(event.value for event in power.get_events()) / 100
    operations = rig_2f.board.activity()[3].operations
    assert operations > 400 * 2 * 4
    assert energy_j == pytest.approx(0.6 * 1170.2e-6 + operations * 50e-12, rel=1e-9)
    sent = [event for event in spikes.get_events() if isinstance(event, spike)]
    begin_us = sent[0].timestamp
    for event in made[3].get_events():
        features = [
            one.feature
            for one in sent
            if (one.timestamp - begin_us) // 50_000 == event.speckhal_interval
        ]
        assert event.speckhal_counts == (features.count(0), features.count(1))
    assert event.speckhal_interval >= 10
    assert sum(event.speckhal_counts) == 0, "intervals end where no spikes come"


def test_a_measurement_can_be_waited_for(rig_2f: SimpleNamespace) -> None:
    monitor = rig_2f.handle.get_power_monitor()
    sink: Any = samna.graph.sink_from(monitor.get_source_node())
    monitor.start_auto_power_measurement(2)
    before = rig_2f.clock.now_s()
    assert len(sink.get_events_blocking()) == 5
    assert rig_2f.clock.now_s() - before == pytest.approx(0.5, abs=1e-3)
    chip: Any = samna.graph.sink_from(rig_2f.handle.get_model_source_node())
    with pytest.raises(RuntimeError, match="nothing is pending"):
        chip.get_events_blocking()  # not even while power is measured


def test_one_measurement_is_taken_when_asked_for(rig_2f: SimpleNamespace) -> None:
    monitor = rig_2f.handle.get_power_monitor()
    sink: Any = samna.BasicSinkNode_unifirm_modules_events_measurement()
    graph = samna.graph.EventFilterGraph()
    graph.sequential([monitor.get_source_node(), sink])
    graph.start()
    assert monitor.single_shot_power_measurement()
    assert [event.channel for event in sink.get_events()] == [0, 1, 2, 3, 4]
    graph.stop()


@pytest.mark.parametrize(("stamps", "expected"), [("own", 700_000), ("stop_watch", 0)])
def test_stamps_are_those_of_the_counter_that_is_assumed(
    make_rig: Callable[..., SimpleNamespace],
    speck2f: SimpleNamespace,
    stamps: str,
    expected: int,
) -> None:
    rig = make_rig(speck2f, power_stamps=stamps)
    monitor = rig.handle.get_power_monitor()
    sink: Any = samna.graph.sink_from(monitor.get_source_node())
    rig.clock.sleep_s(0.7)
    monitor.single_shot_power_measurement()
    assert {event.timestamp for event in sink.get_events()} == {expected}


def test_a_burst_has_the_time_stamp_of_its_last_sample(
    make_rig: Callable[..., SimpleNamespace], speck2f: SimpleNamespace
) -> None:
    rig = make_rig(speck2f, power_burst=10)
    monitor = rig.handle.get_power_monitor()
    sink: Any = samna.graph.sink_from(monitor.get_source_node())
    monitor.start_auto_power_measurement(100)
    rig.clock.sleep_s(0.25)
    events = sink.get_events()
    assert len(events) == 100
    assert len({event.timestamp for event in events}) == 2


def test_more_than_the_board_can_is_measured_at_what_it_can(rig_2f: SimpleNamespace) -> None:
    monitor = rig_2f.handle.get_power_monitor()
    with pytest.warns(EmulationWarning, match="Asked to measure power 1000 times a second"):
        assert monitor.start_auto_power_measurement(1000) == 100.0


@pytest.mark.parametrize("end", ["reset", "close"])
def test_a_board_that_is_reset_or_closed_measures_no_more(
    rig_2f: SimpleNamespace, end: str
) -> None:
    monitor = rig_2f.handle.get_power_monitor()
    sink: Any = samna.graph.sink_from(monitor.get_source_node())
    monitor.start_auto_power_measurement(100)
    if end == "reset":
        rig_2f.handle.reset_board_soft(True)
        assert not monitor.is_auto_power_measurement_active()
    else:
        samna.device.close_device(rig_2f.handle)
        with pytest.raises(RuntimeError, match="closed"):
            monitor.is_auto_power_measurement_active()
    rig_2f.clock.sleep_s(1)
    assert sink.get_events() == []


@pytest.mark.filterwarnings("default")
def test_a_board_says_once_that_its_power_is_an_estimate(rig_2f: SimpleNamespace) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            rig_2f.handle.get_power_monitor().start_auto_power_measurement(1)
    assert [str(warning.message).count("is an estimate") for warning in caught] == [1]
    assert caught[0].filename == __file__
