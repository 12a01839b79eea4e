"""Nothing on the bus is lost, doubled or out of order without being counted: a sample of both.

`benchmarks/spike_schedules.py` plays a thousand schedules, `benchmarks/spike_soak.py` ten million
events.
"""

from __future__ import annotations

import pytest

from spike_schedules import problem
from spike_soaking import Soak


@pytest.mark.parametrize("seed", range(12))
def test_a_schedule_of_the_bus_ends_as_it_must(seed: int) -> None:
    assert problem(seed) == ""


def test_a_full_chip_loses_nothing_in_a_hundred_thousand_events() -> None:
    soak = Soak(seed=1)
    while soak.events < 100_000:
        assert soak.go_on() == []
    dropped = sum(each.dropped for each in soak.board.activity())
    assert dropped > 0
    assert len(soak.seen) == 5
