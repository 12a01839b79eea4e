"""Why no rate of the clock gives the leaks that are wanted, and what comes nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.leak.planning.clock_rates import Demand
    from speckhal.leak.planning.rate_limits import RateLimits


@attrs.frozen(eq=False)
class _Channel:
    """The slowest or the fastest leak of all.

    Attributes:
        demand: of its layer.
        channel: its number.
        most: the size of the largest bias in its direction.
        max_error: that it may have, relative, where a limit makes it.
    """

    demand: Demand
    channel: int
    most: int
    max_error: float

    @property
    def per_s(self) -> float:
        """What it is to lose in a second, in chip units."""
        return float(self.demand.per_s[self.channel])

    @property
    def fastest_hz(self) -> float:
        """Above this rate its bias rounds to 0, and 1 is too much by more than it may be."""
        return abs(self.per_s) * max(2.0, 1 + self.max_error)

    @property
    def slowest_hz(self) -> float:
        """Below this rate the largest bias is too little by more than it may be."""
        return abs(self.per_s) * min(1 / (self.most + 0.5), max(1 - self.max_error, 0) / self.most)

    @property
    def name(self) -> str:
        """Where it is, and what is asked of it."""
        index = self.demand.layer.index
        return f"{self.thresholds(self.per_s)} of layer {index}, channel {self.channel}"

    def thresholds(self, per_s: float) -> str:
        """A leak in chip units per second, in words."""
        return f"{per_s / self.demand.layer.threshold_high:.6g} thresholds per s"

    def at(self, bias: int, rate_hz: float) -> float:
        """The leak of a bias of that size, in its direction, in chip units per second."""
        return float(np.copysign(bias * rate_hz, self.per_s))


def impossible(
    demands: Sequence[Demand], limits: RateLimits, chip: str, max_error: float
) -> ConfigurationError:
    """The error for leaks that no rate within the limits can give.

    Args:
        demands: of the layers.
        limits: to the rate.
        chip: its name.
        max_error: that a limit may make, relative.
    """
    channels = list(_extremes(demands, max_error))
    slow = min(
        (one for one in channels if one.demand.may_not_stop[one.channel]),
        key=lambda one: one.fastest_hz,
        default=None,
    )
    fast = max(channels, key=lambda one: one.slowest_hz)
    if slow is None or fast.slowest_hz > limits.highest:
        nearest = fast.thresholds(fast.at(fast.most, limits.highest))
        return ConfigurationError(
            f"Asked for a leak of {fast.name}, and the most that a {chip} does there is "
            f"{nearest}: {fast.most} per tick ({_why_most(fast)}) at {limits.highest} Hz "
            f"({limits.why_highest}).",
            hint=f"Ask for {nearest} or a slower leak.",
        )
    if slow.fastest_hz <= limits.lowest:
        nearest = slow.thresholds(slow.at(1, limits.lowest))
        if slow.demand.dt_rate_hz is not None:
            return _too_long_a_step(slow, limits, chip)
        return ConfigurationError(
            f"Asked for a leak of {slow.name}, and the least that a {chip} does there is "
            f"{nearest}: 1 per tick at {limits.lowest} Hz ({limits.why_lowest}).",
            hint=f"Ask for {nearest}, or for none; or scale the layer's threshold and weights so "
            "that its threshold on the chip is larger.",
        )
    # rounded so that what is offered is possible
    needed_hz = max(int(np.ceil(fast.slowest_hz)), limits.lowest)
    allowed_hz = max(int(np.ceil(slow.fastest_hz)) - 1, limits.lowest)
    faster, slower = slow.at(1, needed_hz), fast.at(fast.most, allowed_hz)
    return ConfigurationError(
        f"Asked for a leak of {slow.name}, which takes a clock of at most {allowed_hz} Hz, and of "
        f"{fast.name}, which takes at least {needed_hz} Hz, as a tick adds at most {fast.most} "
        f"({_why_most(fast)}). One clock ticks for all layers of a {chip}.",
        hint=f"Ask for {slow.thresholds(faster)} or more of the slow one, or for "
        f"{fast.thresholds(slower)} or less of the fast one.",
    )


def _too_long_a_step(slow: _Channel, limits: RateLimits, chip: str) -> ConfigurationError:
    step_s = 1 / (slow.demand.dt_rate_hz or 1)
    return ConfigurationError(
        f"Asked for one tick per step of {step_s:g} s, and a {chip} ticks at {limits.lowest} Hz or "
        f"faster here ({limits.why_lowest}), at which {slow.name} is less than half of the "
        "smallest bias.",
        hint=f'Ask for "dt {1 / limits.lowest:g} s" or a shorter step.',
    )


def _extremes(demands: Sequence[Demand], max_error: float) -> Iterator[_Channel]:
    """The slowest, the fastest, and the fastest rise, of each layer that leaks."""
    for demand in demands:
        sizes = np.abs(demand.per_s)
        if not demand.leaks:
            continue
        leaking = demand.may_not_stop if demand.may_not_stop.any() else sizes > 0
        slowest = int(np.argmin(np.where(leaking, sizes, np.inf)))
        for channel in {slowest, int(np.argmax(demand.per_s)), int(np.argmin(demand.per_s))}:
            if demand.per_s[channel] != 0:
                most = demand.most(falls=bool(demand.per_s[channel] > 0))
                yield _Channel(demand, channel, most, max_error)


def _why_most(one: _Channel) -> str:
    layer = one.demand.layer
    if one.most >= layer.threshold_high - layer.threshold_low - (one.per_s < 0):
        return "the way between its thresholds"
    return one.demand.why_bias_range
