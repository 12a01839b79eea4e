"""What each rate of the slow clock makes of the leaks that are wanted: its error and its ripple.

At a rate f, a channel that is to lose l chip units in a second gets the bias -rint(l / f), which is
off by at most f / (2 l) of it, or the nearest that the chip has and that is not 0. All layers share
the rate.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from speckhal.contract.facts import Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.deployment import DeployedLayer

Floats: TypeAlias = npt.NDArray[np.float64]
Rates: TypeAlias = npt.NDArray[np.int64]

_HALF: Final = 0.5  # of a chip unit; up to here a bias rounds to 0, which is even


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

    @functools.cached_property
    def may_not_stop(self) -> npt.NDArray[np.bool_]:
        """Which channels need a bias other than 0, (channels,).

        All that are to leak; of those of a dt, the ones with a bias at one tick per step.
        """
        per_tick = self.per_s if self.dt_rate_hz is None else self.per_s / self.dt_rate_hz
        least = 0.0 if self.dt_rate_hz is None else _HALF
        return np.asarray(np.abs(per_tick) > least)

    def biases_at(self, rate_hz: int) -> npt.NDArray[np.int64]:
        """The best biases at a rate, (channels,): those whose leak is nearest to the wanted one."""
        nearest = -np.rint(self.per_s / rate_hz)
        stopped = self.may_not_stop & (nearest == 0)
        nearest = np.where(stopped, -np.sign(self.per_s), nearest)
        within = np.clip(nearest, self.bias_range.lowest, self.bias_range.highest)
        return within.astype(np.int64)

    def in_steps_of(self, max_ripple: float) -> Demand:
        """The demand with biases of at most this part of the threshold, and of 1 at least."""
        most = max(int(max_ripple * self.layer.threshold_high * (1 + 1e-12)), 1)
        lowest, highest = self.bias_range.lowest, self.bias_range.highest
        return attrs.evolve(self, bias_range=Range(max(lowest, -most), min(highest, most)))

    def most(self, *, falls: bool) -> int:
        """The size of the largest bias in a direction."""
        return -self.bias_range.lowest if falls else self.bias_range.highest


def limit_errors(demands: Sequence[Demand], rates_hz: Rates) -> Floats:
    """The largest relative error that a limit to the biases makes at each rate, (rates,).

    It is 0 where every channel has the nearest whole number as its bias. The limits are what the
    chip can have, which weighs most on the fastest channel, and 1, which does on the slowest.
    """
    worst = np.zeros(len(rates_hz))
    for demand in demands:
        for falls, fastest in ((True, demand.per_s.max()), (False, -demand.per_s.min())):
            most = demand.most(falls=falls)
            if fastest > 0:
                short = (fastest - most * rates_hz) / fastest
                worst = np.maximum(worst, np.where(np.rint(fastest / rates_hz) > most, short, 0))
        if demand.may_not_stop.any():
            slowest = np.abs(demand.per_s[demand.may_not_stop]).min()
            beyond = rates_hz / slowest - 1
            worst = np.maximum(worst, np.where(np.rint(slowest / rates_hz) < 1, beyond, 0))
    return worst


def ripples(demands: Sequence[Demand], rates_hz: Rates) -> Floats:
    """The largest step that a tick makes at each rate, in thresholds, (rates,)."""
    ripple = np.zeros(len(rates_hz))
    for demand in demands:
        least = 1 if demand.may_not_stop.any() else 0
        for falls, fastest in ((True, demand.per_s.max()), (False, -demand.per_s.min())):
            if fastest > 0:
                step = np.clip(np.rint(fastest / rates_hz), 0, demand.most(falls=falls))
                ripple = np.maximum(ripple, np.maximum(step, least) / demand.layer.threshold_high)
    return ripple


def errors(demands: Sequence[Demand], rates_hz: Rates) -> Floats:
    """The largest relative error of any channel at each rate, (rates,).

    A channel that meets a limit to the biases is off by more than rounding makes it, so the worst
    of these is looked at by itself. Of the others, those of one bias lie between two neighbouring
    edges (b - 1/2) f and (b + 1/2) f, and the slowest or the fastest of them is the worst. So only
    two of each bias are looked at, from the slowest on, and at each rate only until no faster
    channel can be worse.
    """
    wanted = np.unique(np.abs(np.concatenate([demand.per_s for demand in demands])))
    wanted = wanted[wanted > 0]
    worst = limit_errors(demands, rates_hz)
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
