"""What is found of spikes on boards that are slow, or that do not show what is looked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from speckhal.contract.characterise import Comparison
from speckhal.contract.facts import Range
from speckhal_characterise.workbench import Workbench

Measure = Callable[..., Any]


@pytest.mark.parametrize("operations_per_s", [3_000_000, 50_000_000])
@pytest.mark.parametrize("sweep", ["at_once", "interleaved"])
def test_ticks_that_take_time_are_found_at_any_speed_and_whether_they_make_spikes_or_not(
    measure: Measure, operations_per_s: int, sweep: str
) -> None:
    result = measure(
        "tick-sweep",
        leak_sweep=sweep,
        core_operations_per_s=operations_per_s,
        spike_on_tick=operations_per_s == 3_000_000,
        event_s=2.5e-6,
    ).results["leak_sweep"]
    assert result.value == sweep


def test_a_clock_that_ticks_too_seldom_or_never_leaves_it_open(measure: Measure) -> None:
    seldom = measure("tick-sweep", accepted_rate_hz=Range(1, 1)).results["leak_sweep"]
    assert seldom.verdict is Comparison.NOT_SETTLED
    never = measure("tick-sweep", max_updates_per_s=10_000).results["leak_sweep"]
    assert never.verdict is Comparison.NOT_SETTLED
    assert "ticks made no neurons of core 2 fire" in never.how


def test_a_board_that_sends_no_spikes_leaves_the_order_of_cores_open(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workbench, "fired", lambda *_: [])
    result = measure("arbitration").results["arbitration"]
    assert result.verdict is Comparison.NOT_SETTLED
    assert "did not make two neurons fire" in result.how


def test_a_core_that_takes_nothing_leaves_its_queue_open(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workbench, "launch", lambda *_: None)
    result = measure("queue-depth").results["queue_depth"]
    assert result.verdict is Comparison.NOT_SETTLED
    assert "0 were taken" in result.how


def test_a_queue_longer_than_what_was_sent_has_no_end_that_is_known(measure: Measure) -> None:
    result = measure("queue-depth", queue_depth=5000).results["queue_depth"]
    assert result.value is None
    assert result.uncertainty == "299 or more can wait"


@pytest.mark.parametrize("choice", ["fifo", "by_core", "shuffled"])
def test_the_order_of_cores_is_found_where_cores_take_no_time(
    measure: Measure, choice: str
) -> None:
    quick = dict.fromkeys(("core_operations_per_s", "core_0_operations_per_s"))
    result = measure("arbitration", arbitration=choice, event_s=0.0, **quick).results
    assert result["arbitration"].value == choice


@pytest.mark.parametrize("choice", ["overtakes", "after_input", "after_queue"])
@pytest.mark.parametrize(
    ("board", "is_seen"),
    [
        ({"read_latency_s": 0.04}, True),
        ({"core_operations_per_s": 200_000_000}, True),
        ({"core_operations_per_s": None, "event_s": 0.0}, False),
        ({"read_latency_s": 0.45}, False),
        ({"read_latency_s": 1.5}, False),
    ],
)
def test_what_reads_overtake_is_found_or_left_open_where_nothing_waits_long_enough(
    measure: Measure, choice: str, board: dict[str, Any], *, is_seen: bool
) -> None:
    result = measure("request-order", request_vs_spikes=choice, **board)
    found = result.results["request_vs_spikes"]
    assert found.value in {choice, None}
    assert (found.value is not None) == is_seen
