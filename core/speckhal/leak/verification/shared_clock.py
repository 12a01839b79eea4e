"""Layers of one run share one clock: what one of them shows of it holds for all.

Both chips have one slow clock for all cores. So its rate lies in the interval of each layer whose
core missed no tick, and a tick that one layer misses while another counts it was lost by a core,
not by the clock. A core that may have missed one says only how fast the clock is at least.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.verification.allowed_rates import AllowedByOthers
from speckhal.leak.verification.clock_polygon import RateInterval, Windows, rates_that_explain
from speckhal.leak.verification.evidence import near
from speckhal.leak.verification.hidden_losses import hidden_losses
from speckhal.leak.verification.other_clocks import other_clocks
from speckhal.leak.verification.said_of_clocks import interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.leak.verification.evidence import LayerEvidence

_ROUNDING = 1e-9


def with_one_clock(layers: Sequence[LayerEvidence]) -> list[LayerEvidence]:
    """The same evidence, each layer with what the others show of the clock.

    A layer that by itself shows another rate than the deployed one, or a lost tick, says nothing of
    the others.

    Args:
        layers: each by itself, in the order of the run.
    """
    found = list(layers)
    for rate_hz in {one.rate_hz for one in layers if one.rate_hz is not None}:
        sound = [at for at, one in enumerate(layers) if _counts(one, rate_hz)]
        if len(sound) < 2:
            continue
        known = {at: rates for at in sound if (rates := layers[at].rates) is not None}
        slowest = max(known, key=lambda at: known[at].least_hz)
        fastest = min(known, key=lambda at: known[at].most_hz)
        least_hz = known[slowest].least_hz
        clash = None
        if least_hz > known[fastest].most_hz * (1 + _ROUNDING):
            clash = " and ".join(
                f"layer {layers[at].trace.layer} counts {interval(known[at])}"
                for at in sorted((slowest, fastest))
            )
            clash = f"{clash[0].upper()}{clash[1:]}, and all layers share one clock."
        surely = {at: RateInterval(known[at].least_hz, _at_most_hz(layers[at])) for at in sound}
        possible = {
            at: (surely[at], *(rates for _, rates in other_clocks(layers[at]))) for at in sound
        }
        for at in sound:
            others = [one for one in sound if one != at]
            allowed = RateInterval(
                max(surely[one].least_hz for one in others),
                min(surely[one].most_hz for one in others),
            )
            most_hz = min(known[at].most_hz, allowed.most_hz)
            rates = known[at] if clash else RateInterval(least_hz, max(least_hz, most_hz))
            found[at] = attrs.evolve(
                layers[at],
                rates=rates,
                allowed_by=AllowedByOthers(
                    own=known[at],
                    layers=tuple(layers[one].trace.layer for one in others),
                    rates=allowed,
                    counted=tuple(known[one] for one in others),
                ),
                rates_of_others=tuple(possible[one] for one in others),
                clash=clash,
            )
    return [attrs.evolve(one, beside=_beside(one, found)) for one in found]


def _counts(one: LayerEvidence, rate_hz: int) -> bool:
    """Whether a layer counts the ticks of a clock of about that rate."""
    return (
        one.rate_hz == rate_hz
        and one.rates is not None
        and one.jump is None
        and not one.is_inferred
        and one.rates.meets(*near(rate_hz))
    )


def _at_most_hz(one: LayerEvidence) -> float:
    """How fast the clock can be, wherever the core of a layer may have lost a tick of it.

    It is at least as fast as the core counts, lost ticks or not. How fast it can be shows where
    none can be lost: from one hidden loss to the next.
    """
    if one.consensus is None:
        return math.inf
    ticks = one.consensus.ticks
    windows = one.windows.until(len(ticks))
    hidden = np.flatnonzero(hidden_losses(ticks, windows, 0.0, np.inf))
    most_hz = math.inf
    for first, end in zip([0, *(hidden + 1)], [*(hidden + 1), len(ticks)], strict=True):
        part = slice(first, end)
        between = Windows(windows.earliest_s[part], windows.latest_s[part], windows.jitter_s)
        rates = rates_that_explain(ticks[part], between) if end - first > 1 else None
        most_hz = min(most_hz, math.inf if rates is None else rates.most_hz)
    return most_hz


def _beside(one: LayerEvidence, layers: Sequence[LayerEvidence]) -> str | None:
    """What the other layers show of the tick that this one lost, as a sentence."""
    at = one.miscounted
    if at is not None and _is_short(one, at):
        counting = [other.trace.layer for other in layers if _counts_ticks_to(other, one, at)]
        if not counting:
            return None
        many = len(counting) > 1
        return (
            f"{_layers(counting)} count{'' if many else 's'} all of them: the core of layer "
            f"{one.trace.layer} lost it, not the clock."
        )
    lost_s = _lost_between(one)
    if lost_s is None:
        return None
    counted = [other.trace.layer for other in layers if _counts_it(other, lost_s)]
    shared = [
        other.trace.layer
        for other in layers
        if other is not one
        and (theirs := _lost_between(other)) is not None
        and theirs[0] < lost_s[1]
        and lost_s[0] < theirs[1]
    ]
    if counted:
        return (
            f"{_layers(counted)}, read at the same time, missed none: the core of layer "
            f"{one.trace.layer} lost it, not the clock."
        )
    if shared:
        return f"{_layers(shared)} lost one at the same time: it was the clock's."
    return None


def _is_short(one: LayerEvidence, at: int) -> bool:
    """Whether the neurons count fewer ticks than were made, rather than more."""
    if one.trace.ticks is None or one.consensus is None:
        return False
    return bool(one.consensus.ticks[at] < one.trace.ticks[at] - one.trace.ticks[0])


def _counts_ticks_to(other: LayerEvidence, one: LayerEvidence, at: int) -> bool:
    """Whether a layer counts every tick, those included that another miscounts first."""
    if other.trace.ticks is None or one.trace.ticks is None or other.consensus is None:
        return False
    last = other.trace.ticks[len(other.consensus.ticks) - 1]
    return other.miscounted is None and bool(last >= one.trace.ticks[at])


def _lost_between(one: LayerEvidence) -> tuple[float, float] | None:
    """Between which moments the one tick was lost that a layer shows."""
    if one.trace.ticks is not None or one.jump is None or one.jump.ticks > 0:
        return None
    return (
        float(one.windows.earliest_s[one.jump.after]),
        float(one.windows.latest_s[min(one.jump.until, len(one.windows) - 1)]),
    )


def _counts_it(other: LayerEvidence, lost_s: tuple[float, float]) -> bool:
    """Whether a layer would show a tick that the clock lost then, and does not."""
    if other.jump is not None or other.rates is None or other.consensus is None:
        return False
    if other.trace.ticks is not None or other.rate_hz is None:
        return False
    hidden = other.hidden_losses
    earliest_s = other.windows.earliest_s[: len(hidden) + 1]
    latest_s = other.windows.latest_s[: len(hidden) + 1]
    near_it = (latest_s[1:] >= lost_s[0]) & (earliest_s[:-1] <= lost_s[1])
    is_covered = latest_s[0] <= lost_s[0] and earliest_s[-1] >= lost_s[1]
    return bool(is_covered and not hidden[near_it].any())


def _layers(several: Sequence[int]) -> str:
    return f"Layer{'s' if len(several) > 1 else ''} {', '.join(map(str, several))}"
