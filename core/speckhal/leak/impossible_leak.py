"""Why no rate of the clock gives the leaks that are wanted, and what comes nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.leak.clock_rates import Demand
    from speckhal.leak.rate_limits import RateLimits


@attrs.frozen(eq=False)
class _Channel:
    """The slowest or the fastest leak of all.

    Attributes:
        demand: of its layer.
        channel: its number.
        most: the size of the largest bias in its direction.
    """

    demand: Demand
    channel: int
    most: int

    @property
    def per_s(self) -> float:
        """What it is to lose in a second, in chip units."""
        return float(self.demand.per_s[self.channel])

    @property
    def fastest_hz(self) -> float:
        """Above this rate its bias rounds to 0."""
        return 2 * abs(self.per_s)

    @property
    def slowest_hz(self) -> float:
        """Below this rate its bias is more than the chip can have."""
        return abs(self.per_s) / (self.most + 0.5)

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


def impossible(demands: Sequence[Demand], limits: RateLimits, chip: str) -> ConfigurationError:
    """The error for leaks that no rate within the limits can give.

    Args:
        demands: of the layers.
        limits: to the rate.
        chip: its name.
    """
    channels = list(_extremes(demands))
    slow = min(
        (one for one in channels if one.demand.dt_rate_hz is None),
        key=lambda one: one.fastest_hz,
        default=channels[0],
    )
    fast = max(channels, key=lambda one: one.slowest_hz)
    if np.rint(abs(fast.per_s) / limits.highest) > fast.most:
        nearest = fast.thresholds(fast.at(fast.most, limits.highest))
        return ConfigurationError(
            f"Asked for a leak of {fast.name}, and the most that a {chip} does there is "
            f"{nearest}: {fast.most} per tick ({_why_most(fast)}) at {limits.highest} Hz "
            f"({limits.why_highest}).",
            hint=f"Ask for {nearest} or a slower leak.",
        )
    if slow.demand.dt_rate_hz is None and np.rint(abs(slow.per_s) / limits.lowest) < 1:
        nearest = slow.thresholds(slow.at(1, limits.lowest))
        return ConfigurationError(
            f"Asked for a leak of {slow.name}, and the least that a {chip} does there is "
            f"{nearest}: 1 per tick at {limits.lowest} Hz ({limits.why_lowest}).",
            hint=f"Ask for {nearest}, or for none; or scale the layer's threshold and weights so "
            "that its threshold on the chip is larger.",
        )
    # rounded so that what is offered is possible
    needed_hz, allowed_hz = int(np.ceil(fast.slowest_hz)), max(int(np.ceil(slow.fastest_hz)) - 1, 1)
    faster, slower = slow.at(1, needed_hz), fast.at(fast.most, allowed_hz)
    return ConfigurationError(
        f"Asked for a leak of {slow.name}, which takes a clock of at most {allowed_hz} Hz, and of "
        f"{fast.name}, which takes at least {needed_hz} Hz, as a tick adds at most {fast.most} "
        f"({_why_most(fast)}). One clock ticks for all layers of a {chip}.",
        hint=f"Ask for {slow.thresholds(faster)} or more of the slow one, or for "
        f"{fast.thresholds(slower)} or less of the fast one.",
    )


def _extremes(demands: Sequence[Demand]) -> Iterator[_Channel]:
    """The slowest, the fastest, and the fastest rise, of each layer that leaks."""
    for demand in demands:
        sizes = np.abs(demand.per_s)
        if not demand.leaks:
            continue
        slowest = int(np.argmin(np.where(sizes > 0, sizes, np.inf)))
        for channel in {slowest, int(np.argmax(demand.per_s)), int(np.argmin(demand.per_s))}:
            if demand.per_s[channel] != 0:
                falls = demand.per_s[channel] > 0
                most = -demand.bias_range.lowest if falls else demand.bias_range.highest
                yield _Channel(demand, channel, most)


def _why_most(one: _Channel) -> str:
    layer = one.demand.layer
    if one.most >= layer.threshold_high - layer.threshold_low - (one.per_s < 0):
        return "the way between its thresholds"
    return one.demand.why_bias_range
