"""When the slow clock ticks: how fast, when first, and what writing a rate does to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from speckhal.contract.clock import NS_PER_S
from speckhal.contract.errors import DeviceFailed
from speckhal_characterise import ticks
from speckhal_characterise.rates import Rates
from speckhal_characterise.results import COUNTED, finding, number, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

REFERENCE_HZ: Final = 10_000
"""The fastest rate that the vendor calls typical: it shows the clock's error the soonest."""

SLOW_HZ: Final = 20
"""A period of 50 ms, against which the milliseconds of a command are short."""

_GAP_HZ: Final = 1000
"""The rate at which sinabs' order of commands is said to cost ticks."""

_BLURRED: Final = 0.25
"""Part of a period by which counts may contradict each other, as commands vary by some percent."""

_GOLDEN: Final = (math.sqrt(5) - 1) / 2


def measure_default_rate(bench: Workbench) -> Iterator[Result]:
    """The rate that the clock has before anyone sets it."""
    if not bench.is_fresh:
        bench.reopen()
    ticks.set_up(bench)
    rate = ticks.present_rate(bench, 4.0)
    how = (
        "On a board that was just opened, ticks were counted over a long run and a short one of "
        f"the clock, without setting its rate: {rate.hz:.2f} Hz"
    )
    if not rate.is_whole:
        yield unsettled(
            "default_rate_hz", f"{how}, and the clock may be faster than that: {ticks.LOST}."
        )
        return
    try:
        set_hz = Rates(bench).near(REFERENCE_HZ)
    except DeviceFailed:
        yield number(
            "default_rate_hz",
            round(rate.hz),
            f"{how}; no rate could be set that would show how far the clock is off.",
            give_or_take=rate.uncertainty_hz,
            unit="Hz, if its clock is right",
        )
        return
    reference = ticks.present_rate(bench, 6.0)
    pace, slack = reference.hz / set_hz, reference.uncertainty_hz / set_hz
    if abs(pace - 1) <= slack:
        pace = 1.0
    bound_hz = rate.uncertainty_hz + rate.hz * slack
    how += f", by a clock that ticks at {reference.hz:.2f} Hz when it is set to {set_hz}."
    value = round(rate.hz / pace)
    if bound_hz < 0.5:  # rates are whole numbers
        yield finding("default_rate_hz", value, how, uncertainty="exact: a whole number")
    else:
        yield number("default_rate_hz", value, how, give_or_take=bound_hz, unit="Hz")


def measure_first_tick(bench: Workbench) -> Iterator[Result]:
    """When the first tick comes after the clock was switched on."""
    rate_hz = Rates(bench).near_or_present(SLOW_HZ)
    phase = first_phase(bench, rate_hz)
    if phase is None:
        yield unsettled("first_tick", _no_phase(rate_hz))
        return
    known = {0.0: "after_period", 1.0: "at_once"}.get(phase)
    yield finding(
        "first_tick",
        known or f"after {1 - phase:.2f} periods",
        f"The clock ran at {rate_hz} Hz for several times that end in different parts of a "
        f"period; the counts fit a first tick {1 - phase:.2f} periods after switching on.",
        uncertainty=f"± {bench.command_s() * rate_hz:.2g} periods"
        if bench.command_s() * rate_hz < _BLURRED
        else "certain if each command works equally late",
    )


def first_phase(bench: Workbench, rate_hz: int) -> float | None:
    """How much of a period is over when the clock is switched on: n = floor(rate * t + phase).

    None if no phase fits, since a tick was missed or the clock is not that regular.
    """
    least, most = -math.inf, math.inf
    for trial in range(6 if bench.quick or rate_hz < SLOW_HZ / 2 else 20):
        seen = ticks.run(bench, (1 + trial * _GOLDEN % 1) / rate_hz)
        if not seen.is_whole:
            return None
        left = seen.ticks - rate_hz * seen.duration_s
        least, most = max(least, left), min(most, left + 1)
    if least - most > _BLURRED:
        return None
    # 0 or 1 where it is as good as that, as commands blur it by some percent
    phase = (least + most) / 2
    return float(round(phase)) if abs(phase - round(phase)) < _BLURRED else phase


def measure_rate_restarts(bench: Workbench) -> Iterator[Result]:
    """Whether writing a rate to the running clock cuts the period short."""
    rate_hz = Rates(bench).near(SLOW_HZ)
    phase = first_phase(bench, rate_hz)
    if phase is None:
        yield unsettled("rate_restarts_period", _no_phase(rate_hz))
        return
    trials = 3 if bench.quick or rate_hz < SLOW_HZ / 2 else 10
    votes = 0
    fits = True
    for _ in range(trials):
        ticks.rewind(bench)
        command_s = bench.command_s()
        on = bench.start()
        bench.sleep_s(_rest_of(command_s, rate_hz))
        again = bench.set_rate(rate_hz)
        bench.sleep_s(_rest_of(command_s, rate_hz))
        off = bench.stop()
        before = rate_hz * (again.begun_ns - on.begun_ns) / NS_PER_S
        after = rate_hz * (off.begun_ns - again.begun_ns) / NS_PER_S
        restarted = math.floor(before + phase) + math.floor(after)
        undisturbed = math.floor(before + after + phase)
        seen, is_whole = ticks.counted(bench)
        votes += abs(seen - restarted) < abs(seen - undisturbed)
        fits &= is_whole and seen in {restarted, undisturbed} and restarted != undisturbed
    if 0 < votes < trials or not fits:
        yield unsettled(
            "rate_restarts_period",
            f"Of {trials} times that {rate_hz} Hz was written again in the middle of a period, "
            f"{votes} looked as if that restarts it"
            f"{'' if fits else ', and some counts fit neither'}.",
        )
        return
    yield finding(
        "rate_restarts_period",
        votes == trials,
        f"{rate_hz} Hz was written again to the running clock 0.6 of a period after a tick, and "
        f"the clock was stopped 0.6 of a period later, {trials} times.",
        uncertainty=f"{trials} of {trials} trials agree",
    )


def measure_gap(bench: Workbench) -> Iterator[Result]:
    """Ticks at the old rate when the clock is switched on before its rate is set."""
    rates = Rates(bench)
    new_hz = rates.near(1)
    old_hz = rates.near(_GAP_HZ)
    counts: list[int] = []
    is_whole = True
    for _ in range(3 if bench.quick else 10):
        bench.set_rate(old_hz)
        ticks.rewind(bench)
        bench.start()
        bench.set_rate(new_hz)
        bench.stop()
        count, is_count_whole = ticks.counted(bench)
        counts.append(count)
        is_whole &= is_count_whole
    least, most = min(counts), max(counts)
    how = (
        f"With the clock at {old_hz} Hz it was switched on, set to {new_hz} Hz and switched off, "
        f"as sinabs orders it, {len(counts)} times"
    )
    if old_hz != _GAP_HZ or new_hz * bench.command_s() >= 1 or not is_whole:
        yield unsettled(
            "ticks_before_rate",
            f"{how}: {least} to {most} ticks. That does not say how many come at {_GAP_HZ} Hz "
            "where none comes after the rate is set.",
        )
        return
    yield finding(
        "ticks_before_rate",
        sorted(counts)[len(counts) // 2],
        f"{how}: the gap between two commands is "
        f"{1e3 * max(least - 1, 0) / old_hz:g} to {1e3 * (most + 1) / old_hz:g} ms.",
        uncertainty=COUNTED if least == most else f"{least} to {most}",
    )


def measure_clock_error(bench: Workbench) -> Iterator[Result]:
    """How far the clock is off the rate that was set."""
    rate_hz = Rates(bench).near(1000)
    rate = ticks.present_rate(bench, 5.0 if bench.quick else 60.0)
    if not rate.is_whole:
        yield unsettled("clock_error_ppm", f"At {rate_hz} Hz {ticks.LOST}.")
        return
    error, uncertainty = (1e6 * part / rate_hz for part in (rate.hz - rate_hz, rate.uncertainty_hz))
    yield number(
        "clock_error_ppm",
        round(error, 1),
        f"A neuron with a bias of -1 counted ticks at {rate_hz} Hz over a long run and a short "
        "one; commands take the same time in both. The bounds are certain, if they do.",
        give_or_take=uncertainty,
        unit="ppm",
    )


def measure_reopen(bench: Workbench) -> Iterator[Result]:
    """Whether the clock keeps its rate when the board is closed.

    Two rates are compared with each other, since the clock may be off: either their difference
    is there after reopening, or it is not.
    """
    used = Rates(bench).two()
    if used is None:  # the one rate may be the default
        yield unsettled("clock_survives_reopen", "The clock could be set to one rate only.")
        return
    found: list[ticks.CountedRate] = []
    for rate_hz in used:
        bench.set_rate(rate_hz)
        bench.reopen()
        ticks.set_up(bench)
        found.append(ticks.present_rate(bench, 4.0))
    first, second = found
    share = (first.hz - second.hz) / (used[0] - used[1])
    blur = (first.uncertainty_hz + second.uncertainty_hz) / abs(used[0] - used[1])
    how = (
        f"The rate was set to {used[0]} Hz, the board closed and opened again, and ticks were "
        f"counted; then the same with {used[1]} Hz: {first.hz:.2f} and {second.hz:.2f} Hz. "
        "Closing stops the clock."
    )
    # both rates can be counted: what cannot be is another one
    survives = share > 0.5 and first.is_whole and second.is_whole
    if survives != (share > 0.5) or abs(share - 0.5) <= blur:
        yield unsettled("clock_survives_reopen", f"{how} The difference is not clear.")
        return
    yield finding("clock_survives_reopen", survives, how)


def _no_phase(rate_hz: int) -> str:
    return (
        f"The clock ran at {rate_hz} Hz for several times that end in different parts of a period, "
        "and no moment of its first tick fits all counts."
    )


def _rest_of(command_s: float, rate_hz: int) -> float:
    """How long to sleep after a command, so that its time and this are 0.6 of a period."""
    periods = command_s * rate_hz
    return (math.ceil(periods - 0.6) + 0.6 - periods) / rate_hz
