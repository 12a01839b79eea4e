"""Whoever waits for a sensor that sees much does not stop at each of its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from speckhal_mock.emulation.clock import EmulationClock

MS = 1_000_000


class Seen:
    """A sensor that sees events at a rate, a sink for them, and how often somebody waited."""

    def __init__(self, rig: SimpleNamespace, patch: pytest.MonkeyPatch) -> None:
        self.clock: EmulationClock = rig.clock
        self.waits = 0
        configuration = rig.chip.configuration.SpeckConfiguration()
        configuration.dvs_layer.raw_monitor_enable = True
        self.sink: Any = samna.graph.sink_from(rig.model.get_source_node())
        rig.handle.get_stop_watch().start()
        rig.model.apply_configuration(configuration)
        self.began_ns = int(self.clock.now_ns())
        wait_until_ns = self.clock.wait_until_ns

        def counting(moment: int) -> None:
            self.waits += 1
            wait_until_ns(moment)

        patch.setattr(type(self.clock), "wait_until_ns", lambda _, moment: counting(moment))

    def elapsed_ns(self) -> int:
        return int(self.clock.now_ns()) - self.began_ns


@pytest.fixture
def looking(
    speck2f: SimpleNamespace,
    make_rig: Callable[..., SimpleNamespace],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[int], Seen]:
    """Opens a board whose sensor sees as many events a second."""
    return lambda rate_hz: Seen(make_rig(speck2f, dvs_event_rate_hz=rate_hz), monkeypatch)


def test_many_events_of_the_sensor_come_in_steps_of_a_millisecond(
    looking: Callable[[int], Seen],
) -> None:
    seen = looking(20_000)

    events = seen.sink.get_n_events(200, timeout=100)

    stamps = [event.timestamp - events[0].timestamp for event in events]
    assert stamps == [50 * number for number in range(200)], "the oldest, each of them"
    assert 10 * MS <= seen.elapsed_ns() <= 11 * MS + 20_000
    assert seen.waits <= 12
    (later, *_) = seen.sink.get_n_events(1, timeout=100)
    assert later.timestamp == events[-1].timestamp + 50, "none is lost"


def test_a_host_that_waits_for_any_event_gets_what_comes_within_a_millisecond(
    looking: Callable[[int], Seen],
) -> None:
    seen = looking(20_000)

    batches = [len(seen.sink.get_events_blocking(timeout=100)) for _ in range(10)]

    assert min(batches) >= 1
    assert sum(batches) == pytest.approx(20 * seen.elapsed_ns() / MS, abs=1)
    assert seen.waits <= 10


def test_a_time_out_is_kept_to_where_the_sensor_sees_much(looking: Callable[[int], Seen]) -> None:
    seen = looking(1_000_000)

    assert 2_500 <= len(seen.sink.get_n_events(100_000, timeout=3)) <= 3_100
    assert 3 * MS <= seen.elapsed_ns() <= 3 * MS + 20_000


def test_a_single_event_of_the_sensor_is_there_at_its_moment(
    looking: Callable[[int], Seen],
) -> None:
    seen = looking(200)

    (event,) = seen.sink.get_events_blocking(timeout=100)

    assert seen.elapsed_ns() == pytest.approx(5 * MS, abs=1)
    assert seen.waits == 1
    assert event.timestamp > 0
