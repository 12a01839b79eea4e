"""What a leak plan holds of one layer and of one rate, and how parts of one are written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.leak.planning.clock_rates import Floats


def _whole(biases: npt.ArrayLike) -> npt.NDArray[np.int64]:
    return np.asarray(biases, np.int64)


_SAME: Final = attrs.cmp_using(eq=np.array_equal)


@attrs.frozen
class PlannedLayer:
    """One layer of a plan. A leak is in thresholds per second, and positive where it falls.

    Attributes:
        index: of the network layer.
        shape: (channels, height, width) of its neurons.
        scale: chip units per unit of the network.
        threshold_high: a neuron fires at or above this, in chip units.
        threshold_low: a membrane potential never falls below this, in chip units.
        wanted: the leak as it was asked for.
        wanted_per_s: what each channel is to lose in a second, in thresholds, (channels,).
        biases: what each channel's neurons gain at a tick, (channels,). They fit the chip's 16
            bits, and are int64, so that what is computed with them does not overflow.
        rate_hz: ticks per second.
    """

    index: int
    shape: Shape
    scale: float
    threshold_high: int
    threshold_low: int
    wanted: str
    wanted_per_s: Floats = attrs.field(eq=_SAME, hash=False)
    biases: npt.NDArray[np.int64] = attrs.field(converter=_whole, eq=_SAME, hash=False)
    rate_hz: int

    @property
    def obtained_per_s(self) -> Floats:
        """What each channel will lose in a second, in thresholds, (channels,)."""
        return -self.biases * self.rate_hz / self.threshold_high + 0.0

    @property
    def errors(self) -> Floats:
        """Obtained over wanted, minus one, (channels,); inf of one that was not wanted."""
        obtained, wanted = self.obtained_per_s, self.wanted_per_s
        errors = np.full(len(wanted), np.inf)
        errors[obtained == wanted] = 0.0
        np.divide(obtained - wanted, wanted, out=errors, where=wanted != 0)
        return errors

    @property
    def ripples(self) -> Floats:
        """The size of one tick's step, in thresholds, (channels,)."""
        return np.abs(self.biases) / self.threshold_high

    @property
    def ticks_to_floor(self) -> Floats:
        """Ticks from the upper threshold down to the floor, (channels,); inf without a fall."""
        falls = -self.biases.astype(np.float64)
        way = float(self.threshold_high - self.threshold_low)
        ticks = np.full(len(falls), np.inf)
        np.divide(way, falls, out=ticks, where=falls > 0)
        whole: Floats = np.ceil(ticks)
        return whole

    @property
    def updates_per_s(self) -> int:
        """Updates of neurons that its core makes in a second."""
        return math.prod(self.shape) * self.rate_hz if self.biases.any() else 0

    def as_json(self) -> dict[str, object]:
        """The layer as plain data; what has no finite number is None."""
        return {
            "layer": self.index,
            "shape": list(self.shape),
            "scale": self.scale,
            "threshold_high": self.threshold_high,
            "threshold_low": self.threshold_low,
            "wanted": self.wanted,
            "wanted_per_s": self.wanted_per_s.tolist(),
            "obtained_per_s": self.obtained_per_s.tolist(),
            "errors": _finite(self.errors),
            "ripples": self.ripples.tolist(),
            "biases": self.biases.tolist(),
            "seconds_to_floor": _finite(self.ticks_to_floor / self.rate_hz),
        }


@attrs.frozen
class TradeOff:
    """One rate that could be chosen.

    Attributes:
        rate_hz: ticks per second.
        error: the largest of any channel, relative.
        ripple: the largest step of a tick, in thresholds.
        updates_per_s: of the busiest core.
        is_chosen: whether it is the plan's.
    """

    rate_hz: int
    error: float
    ripple: float
    updates_per_s: int
    is_chosen: bool


def percent(part: float) -> str:
    """A part of one, as a percentage of about three digits."""
    if not math.isfinite(part):
        return "inf"
    return "0 %" if abs(part) < 5e-7 else f"{part * 100:.3g} %"


def _finite(values: Floats) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]
