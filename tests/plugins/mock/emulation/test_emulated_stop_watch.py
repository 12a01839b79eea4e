"""The counter that stamps what leaves the chip."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from speckhal.contract.clock import VirtualClock
from speckhal_mock.emulation.counters import EmulatedStopWatch

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def watch(clock: VirtualClock) -> EmulatedStopWatch:
    @contextmanager
    def change() -> Iterator[int]:
        yield clock.now_ns()

    return EmulatedStopWatch(clock, change)


def test_it_shows_zero_until_it_is_started(clock: VirtualClock, watch: EmulatedStopWatch) -> None:
    clock.sleep_s(1)
    assert watch.now_us() == 0
    watch.start()
    assert watch.now_us() == 0


def test_it_counts_whole_microseconds(clock: VirtualClock, watch: EmulatedStopWatch) -> None:
    watch.start()
    clock.advance_ns(1999)
    assert watch.now_us() == 1


def test_it_keeps_its_value_while_it_is_stopped(
    clock: VirtualClock, watch: EmulatedStopWatch
) -> None:
    watch.start()
    clock.sleep_s(1)
    watch.stop()
    clock.sleep_s(1)
    assert watch.now_us() == 1_000_000


def test_starting_it_sets_it_to_zero_unless_told_otherwise(
    clock: VirtualClock, watch: EmulatedStopWatch
) -> None:
    watch.start()
    clock.sleep_s(1)
    watch.stop()
    clock.sleep_s(1)
    watch.start(reset=False)
    clock.sleep_s(1)
    assert watch.now_us() == 2_000_000
    watch.start()
    clock.sleep_s(1)
    assert watch.now_us() == 1_000_000


def test_starting_it_again_without_reset_changes_nothing(
    clock: VirtualClock, watch: EmulatedStopWatch
) -> None:
    watch.start()
    clock.sleep_s(1)
    watch.start(reset=False)
    clock.sleep_s(1)
    assert watch.now_us() == 2_000_000


def test_a_reset_lets_it_run_on_from_zero(clock: VirtualClock, watch: EmulatedStopWatch) -> None:
    watch.start()
    clock.sleep_s(1)
    watch.reset()
    clock.sleep_s(0.5)
    assert watch.now_us() == 500_000


def test_a_reset_does_not_start_it(clock: VirtualClock, watch: EmulatedStopWatch) -> None:
    watch.reset()
    clock.sleep_s(1)
    assert watch.now_us() == 0


def test_it_starts_over_after_32_bits(clock: VirtualClock, watch: EmulatedStopWatch) -> None:
    watch.start()
    clock.advance_ns((2**32 - 1) * 1000)
    assert watch.now_us() == 2**32 - 1
    clock.advance_ns(1000)
    assert watch.now_us() == 0
