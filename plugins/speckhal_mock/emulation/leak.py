"""Any number of slow-clock ticks at one price, and how many pass before a neuron fires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.leak_laws import laws, ticks_to_reach
from speckhal_mock.emulation.leak_rule import V_MIN, tick

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.emulation.leak_rule import Integers, LeakRule


def advance(
    v: npt.ArrayLike, bias: npt.ArrayLike, ticks: int, rule: LeakRule
) -> tuple[npt.NDArray[np.int16], Integers]:
    """Membrane potentials after `ticks` ticks, and how often each neuron fired.

    The cost does not depend on the number of ticks, with one exception: neurons that these take
    out of the 16-bit range, to wrap around or, with a soft reset, to a threshold within one bias of
    the top, cost its logarithm.

    Args:
        v: membrane potentials before, within 16 bits, of any shape.
        bias: what each tick adds to each neuron, of the same shape.
        ticks: how many ticks; 0 or more.
        rule: thresholds and resets.
    """
    before, added = np.asarray(v, dtype=np.int64), np.asarray(bias, dtype=np.int64)
    if ticks == 0:
        return before.astype(np.int16), np.zeros_like(before)
    after, fired = tick(before, added, rule)
    spikes = fired.astype(np.int64)
    if ticks > 1:
        for chosen, law in laws(after, added, ticks - 1, rule):
            if chosen.any():
                after[chosen], more = law(after[chosen], added[chosen], ticks - 1, rule)
                spikes[chosen] += more
    return after.astype(np.int16), spikes


def quiet_ticks(v: npt.ArrayLike, bias: npt.ArrayLike, rule: LeakRule) -> int | None:
    """How many ticks surely pass before one in which a neuron fires; None: none ever does.

    It is exact, except that neurons which may wrap around count as about to fire.
    """
    before, added = np.asarray(v, dtype=np.int64), np.asarray(bias, dtype=np.int64)
    compared = rule.compares(added)
    if not compared.any():
        return None
    if rule.overflow == "wrap":
        lowest = np.minimum(before, rule.threshold_low) + added
        if (compared & ((added > 0) | (lowest < V_MIN))).any():
            return 0
    after, fired = tick(before, added, rule)
    if fired.any():
        return 0
    rising = compared & (added > 0)
    if not rising.any():
        return None
    return int(ticks_to_reach(rule.threshold_high, after[rising], added[rising]).min())
