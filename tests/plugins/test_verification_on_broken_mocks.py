"""Verification of leaks on mocks that are broken on purpose: it names what is wrong, no more."""

from __future__ import annotations

import pytest

import speckhal
from speckhal import Answer, ClockDrive, Verification

LAYERS = [
    speckhal.LayerSpec(
        (2, 2, 2), biases=[-13, -40], threshold_high=8000, threshold_low=-400, initial=1900
    )
]


def verified(breakage: str | None, *, stepped: bool) -> Verification:
    """The verification of 20 s at 10 Hz, or of 200 ticks: each channel comes to its floor."""
    options = {} if breakage is None else {"breakage": breakage}
    with speckhal.open_device("mock", **options) as device:
        leak = device.leak_config(**({"drive": ClockDrive.STEPPED} if stepped else {"rate_hz": 10}))
        device.deploy(LAYERS, input_shape=(1, 2, 2), leak=leak)
        sampling = {"ticks": 200} if stepped else {"every_s": 0.037, "for_s": 20.0}
        return speckhal.verify(speckhal.run_leak(device, **sampling))


@pytest.mark.parametrize("stepped", [False, True])
def test_a_mock_that_is_not_broken_agrees(*, stepped: bool) -> None:
    assert verified(None, stepped=stepped).answer is Answer.AGREES


@pytest.mark.parametrize("stepped", [False, True])
@pytest.mark.parametrize(
    ("breakage", "point", "said"),
    [
        ("wrong-sign", "step", "Channel 0: a tick adds 13, and should add -13."),
        ("step-plus-one", "step", "Channel 1: a tick adds -39, and should add -40."),
        ("one-bias-for-all", "step", "Channel 1: a tick adds -13, and should add -40."),
        ("biases-of-neighbours", "step", "Channel 0: a tick adds -40, and should add -13."),
        ("clamp-at-zero", "clamp", "leak stopped at -1, and should stop at threshold_low -400."),
        ("clamp-one-early", "clamp", "leak stopped at -399, and should stop at threshold_low"),
        ("clamp-one-late", "clamp", "a neuron came to -401, below threshold_low -400."),
        ("no-clamp", "clamp", "below threshold_low -400."),
    ],
)
def test_a_leak_that_is_not_as_deployed_is_named(
    breakage: str, point: str, said: str, *, stepped: bool
) -> None:
    verification = verified(breakage, stepped=stepped)
    wrong = {one.name for one in verification.findings if one.answer is Answer.DISAGREES}
    assert said in verification.finding(point).said
    assert wrong - {"outliers"} == {point}


@pytest.mark.parametrize(
    ("breakage", "point"),
    [
        ("no-leak", "rate"),
        ("step-doubled", "step"),
        ("clock-never-starts", "rate"),
        ("rate-ignored", "rate"),
        ("rate-off-by-a-tenth", "rate"),
        ("reading-ticks", "rate"),
        ("reading-holds-the-clock", "rate"),
        ("readings-torn", "rate"),
    ],
)
def test_a_clock_that_is_not_as_set_is_named(breakage: str, point: str) -> None:
    verification = verified(breakage, stepped=False)
    wrong = [one.name for one in verification.findings if one.answer is Answer.DISAGREES]
    assert wrong == [point]


@pytest.mark.parametrize(
    "breakage",
    ["no-leak", "two-ticks-for-one", "every-tenth-tick-lost", "first-tick-lost", "reading-ticks"],
)
def test_a_tick_on_demand_that_is_not_one_is_found(breakage: str) -> None:
    lost = verified(breakage, stepped=True).finding("lost ticks")
    assert lost.answer is Answer.DISAGREES


@pytest.mark.parametrize("breakage", ["time-stands-still", "readings-undated"])
def test_of_time_that_does_not_pass_no_rate_is_read_and_stepping_does_not_need_it(
    breakage: str,
) -> None:
    verification = verified(breakage, stepped=False)
    assert verification.answer is Answer.CANNOT_TELL
    assert verification.layers[0].rate_hz is None
    for point in ("rate", "lost ticks"):
        finding = verification.finding(point)
        assert finding.answer is Answer.CANNOT_TELL
        assert "so the board's time did not pass. Step the clock instead" in finding.said
    assert verified(breakage, stepped=True).answer is Answer.AGREES
