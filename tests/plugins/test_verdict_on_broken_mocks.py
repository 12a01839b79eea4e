"""The verdict of a leak on mocks that are broken on purpose: none of them passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from torch import nn

import speckhal
from speckhal import ClockDrive

if TYPE_CHECKING:
    from speckhal.leak.verdict import Verdict

MakeNetwork = Callable[..., nn.Sequential]
Judge = Callable[..., "Verdict"]


@pytest.fixture
def verdict_on(make_network: MakeNetwork) -> Judge:
    """The verdict on 40 ticks of -13, from 127 to the lower threshold and beyond."""

    def verdict(breakage: str | None, *, stepped: bool) -> Verdict:
        options = {} if breakage is None else {"breakage": breakage}
        with speckhal.open_device("mock", **options) as device:
            leak = (
                device.leak_config(drive=ClockDrive.STEPPED)
                if stepped
                else device.leak_config(rate_hz=1)
            )
            layer = device.deploy(make_network(), input_shape=(1, 2, 2), leak=leak).layer(0)
            trace = (
                speckhal.measure_leak(device, ticks=40)
                if stepped
                else speckhal.measure_leak(device, every_s=1, for_s=40)
            )
        return speckhal.judge(trace, layer)

    return verdict


@pytest.mark.parametrize("stepped", [False, True])
def test_a_mock_that_is_not_broken_agrees(verdict_on: Judge, *, stepped: bool) -> None:
    assert verdict_on(None, stepped=stepped).agrees


@pytest.mark.parametrize("stepped", [False, True])
@pytest.mark.parametrize(
    ("breakage", "said"),
    [
        ("no-clamp", "a neuron went from -120 to -133"),
        ("clamp-one-late", "a neuron went from -120 to -128"),
        ("clamp-one-early", "leak stopped at -126, and should stop at threshold_low -127."),
        ("clamp-at-zero", "leak stopped at -1, and should stop at threshold_low -127."),
    ],
)
def test_a_lower_threshold_that_does_not_hold_is_named(
    verdict_on: Judge, breakage: str, said: str, *, stepped: bool
) -> None:
    (problem,) = verdict_on(breakage, stepped=stepped).problems

    assert said in problem


@pytest.mark.parametrize("breakage", ["time-stands-still", "readings-undated"])
def test_time_that_does_not_pass_is_told_and_stepping_does_not_need_it(
    verdict_on: Judge, breakage: str
) -> None:
    (channel,) = verdict_on(breakage, stepped=False).channels

    assert channel.measured_step is None
    assert "so the board's time did not pass. Step the clock instead" in (channel.problem or "")
    assert verdict_on(breakage, stepped=True).agrees
