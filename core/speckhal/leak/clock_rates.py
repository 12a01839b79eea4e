"""What each rate of the slow clock makes of the leaks that are wanted: its error and its ripple.

At a rate f, a channel that is to lose l chip units in a second gets the bias -rint(l / f), which is
off by at most f / (2 l) of it. All layers share the rate.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.facts import Range

Floats: TypeAlias = npt.NDArray[np.float64]
Rates: TypeAlias = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Demand:
    """What is wanted of one layer.

    Attributes:
        layer: as a chip would have it.
        text: the leak as it was asked for.
        per_s: what each channel is to lose in a second, in chip units, (channels,).
        bias_range: what a tick can add: at most the way from one threshold to the other.
        why_bias_range: what limits the biases, in a few words.
        dt_rate_hz: ticks per second that the leak was made for; None where it is for any. The
            biases of a trained network may then round to 0.
    """

    layer: DeployedLayer
    text: str
    per_s: Floats
    bias_range: Range
    why_bias_range: str = ""
    dt_rate_hz: float | None = None

    @property
    def leaks(self) -> bool:
        """Whether any channel is to leak."""
        return bool(self.per_s.any())

    @property
    def neurons(self) -> int:
        """Neurons that a tick updates; those of a core that does not leak are left alone."""
        return math.prod(self.layer.shape) if self.leaks else 0

    def biases_at(self, rate_hz: int) -> npt.NDArray[np.int64]:
        """The best biases at a rate, (channels,): those whose leak is nearest to the wanted one."""
        return -np.rint(self.per_s / rate_hz).astype(np.int64)


def feasible(demands: Sequence[Demand], rates_hz: Rates) -> npt.NDArray[np.bool_]:
    """At which rates every channel gets a bias that the chip can have, and that is not 0."""
    possible = np.ones(len(rates_hz), np.bool_)
    for demand in demands:
        fastest, fastest_rise = float(demand.per_s.max()), float(-demand.per_s.min())
        possible &= np.rint(fastest / rates_hz) <= -demand.bias_range.lowest
        possible &= np.rint(fastest_rise / rates_hz) <= demand.bias_range.highest
        if demand.leaks and demand.dt_rate_hz is None:
            slowest = float(np.abs(demand.per_s[demand.per_s != 0]).min())
            possible &= np.rint(slowest / rates_hz) >= 1
    return possible


def ripples(demands: Sequence[Demand], rates_hz: Rates) -> Floats:
    """The largest step that a tick makes at each rate, in thresholds, (rates,)."""
    ripple = np.zeros(len(rates_hz))
    for demand in demands:
        step = np.rint(np.abs(demand.per_s).max() / rates_hz)
        ripple = np.maximum(ripple, step / demand.layer.threshold_high)
    return ripple


def errors(demands: Sequence[Demand], rates_hz: Rates) -> Floats:
    """The largest relative error of any channel at each rate, (rates,).

    Channels of one bias lie between two neighbouring edges (b - 1/2) f and (b + 1/2) f, and the
    slowest or the fastest of them is the worst. So only two of each bias are looked at, from the
    slowest on, and at each rate only until no faster channel can be worse.
    """
    wanted = np.unique(np.abs(np.concatenate([demand.per_s for demand in demands])))
    wanted = wanted[wanted > 0]
    worst = np.zeros(len(rates_hz))
    if not len(wanted):
        return worst
    active = np.arange(len(rates_hz))
    place = np.zeros(len(rates_hz), np.intp)  # of the slowest channel that was not looked at
    while len(active):
        rates = rates_hz[active].astype(np.float64)
        slowest = wanted[place]
        bias = np.rint(slowest / rates)
        after = np.searchsorted(wanted, (bias + 0.5) * rates, side="right")
        after = np.maximum(after, place + 1)  # whatever the rounding of an edge
        fastest = wanted[after - 1]
        for one in (slowest, fastest):
            nearest = np.rint(one / rates) * rates
            worst[active] = np.maximum(worst[active], np.abs(nearest - one) / one)
        goes_on = after < len(wanted)
        ahead = wanted[np.minimum(after, len(wanted) - 1)]
        goes_on &= rates / (2 * ahead) > worst[active]
        active, place = active[goes_on], after[goes_on]
    return worst
