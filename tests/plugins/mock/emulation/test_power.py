"""Power is an estimate: what rests takes what is given, and work adds energy, whoever asks when."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal.contract.clock import NS_PER_S
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.power import PowerMeter, PowerSample, Work

IDLE_W = (1e-3, 2e-3, 3e-3, 4e-3, 5e-3)
PER_OPERATION_J, PER_SPIKE_J = 2e-9, 3e-6


def meter(chip: str = "speck2f", **options: object) -> tuple[PowerMeter, list[PowerSample]]:
    """A meter that begins at moment 0, and what it delivered."""
    made = PowerMeter(chip, EmulationOptions(**options), 0)  # type: ignore[arg-type]
    delivered: list[PowerSample] = []
    made.deliver = delivered.extend
    return made, delivered


def run_to(measuring: PowerMeter, moment: int) -> None:
    while (due := measuring.next_ns()) is not None and due <= moment:
        measuring.take_next()


@settings(max_examples=30)
@given(
    rate_hz=st.floats(0.5, 100),
    burst=st.integers(1, 5),
    work=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 100)), min_size=20, max_size=20),
)
def test_power_integrated_is_the_energy_at_rest_and_that_of_the_work(
    rate_hz: float, burst: int, work: list[tuple[int, int]]
) -> None:
    measuring, delivered = meter(
        idle_power_w=IDLE_W,
        power_burst=burst,
        energy_per_operation_j=PER_OPERATION_J,
        energy_per_spike_j=PER_SPIKE_J,
    )
    done = iter(itertools.accumulate(work, lambda a, b: (a[0] + b[0], a[1] + b[1])))
    now = [Work()]
    measuring.work = lambda: now[-1]
    measuring.start(0, rate_hz)
    for _ in work:
        now.append(Work(*next(done)))
        measuring.take_next()
    measuring.stop()

    moments = [sample.moment for sample in delivered]
    np.testing.assert_allclose(moments, np.arange(1, 21) / rate_hz * NS_PER_S, rtol=1e-12, atol=1)
    periods_s = np.diff([0, *moments]) / NS_PER_S
    energy_j = sum(
        sample.watts * period_s for sample, period_s in zip(delivered, periods_s, strict=True)
    )
    added_j = now[-1].operations * PER_OPERATION_J + now[-1].spikes * PER_SPIKE_J
    expected_j = np.array(IDLE_W) * moments[-1] / NS_PER_S
    expected_j[1:3] += added_j / 2
    np.testing.assert_allclose(energy_j, expected_j, rtol=1e-9)


@pytest.mark.parametrize(("chip", "total_uw"), [("speck2f", 1170.2), ("speck2e", 1319.1)])
def test_a_board_at_rest_takes_what_was_published_of_one(chip: str, total_uw: float) -> None:
    measuring, delivered = meter(chip)
    measuring.start(0, 100)
    run_to(measuring, NS_PER_S)

    assert len(delivered) == 100
    assert sum(delivered[-1].watts) * 1e6 == pytest.approx(total_uw)


def test_a_burst_arrives_when_it_is_full_or_the_measurement_stops() -> None:
    measuring, delivered = meter(power_burst=4)
    measuring.start(0, 10)
    assert measuring.next_delivery_ns() == 4 * NS_PER_S // 10
    run_to(measuring, NS_PER_S // 2)
    assert len(delivered) == 4
    assert measuring.next_delivery_ns() == 8 * NS_PER_S // 10
    measuring.stop()
    assert len(delivered) == 5
    assert measuring.next_delivery_ns() is measuring.next_ns() is None


def test_an_offset_is_one_of_the_board_and_within_the_accuracy() -> None:
    offsets = []
    for seed in (1, 1, 2):
        measuring, delivered = meter(idle_power_w=IDLE_W, power_offset_seed=seed)
        measuring.start(0, 100)
        run_to(measuring, NS_PER_S // 10)
        first, *rest = [sample.watts - IDLE_W for sample in delivered]
        assert all(np.array_equal(first, other) for other in rest)
        assert (np.abs(first) <= 50e-6 * np.array([2.5, 1.2, 1.2, 1.2, 1.2])).all()
        offsets.append(first)
    assert np.array_equal(offsets[0], offsets[1])
    assert not np.array_equal(offsets[0], offsets[2])


def test_two_measurements_at_one_moment_show_the_same_rest() -> None:
    measuring, delivered = meter(idle_power_w=IDLE_W)
    measuring.take_one(5)
    measuring.take_one(5)
    assert [sample.watts.tolist() for sample in delivered] == [list(IDLE_W)] * 2
