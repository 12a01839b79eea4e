"""Which rate of the slow clock is chosen, and what the others would trade for it.

A faster clock makes finer steps. It also costs more updates, and with its smaller biases rounding
weighs more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.leak.planning.clock_rates import Floats, Rates

ERROR_AIM: Final = 0.01
"""Of the wanted leak: what a plan stays within, where the chip can, without being asked."""

RIPPLE_AIM: Final = 0.1
"""Of the threshold: what a tick stays within, where the chip can, without being asked."""

_SHOWN_RIPPLES: Final = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)

TOLERANCE: Final = 1e-12
"""Relative; below it a difference is rounding of the arithmetic."""


@attrs.frozen(eq=False)
class Candidates:
    """The rates at which the wanted leaks are possible, ascending, (rates,) each.

    Attributes:
        rates_hz: whole numbers.
        errors: the largest of any channel, relative.
        ripples: the largest step of a tick, in thresholds.
    """

    rates_hz: Rates
    errors: Floats
    ripples: Floats

    def among(self, *, max_error: float | None, max_ripple: float | None) -> Candidates:
        """Those that keep what is given; None is no limit."""
        kept = np.ones(len(self.rates_hz), np.bool_)
        if max_error is not None:
            kept &= self.errors <= max_error * (1 + TOLERANCE)
        if max_ripple is not None:
            kept &= self.ripples <= max_ripple * (1 + TOLERANCE)
        return Candidates(self.rates_hz[kept], self.errors[kept], self.ripples[kept])

    def choose(self, max_error: float, max_ripple: float) -> int:
        """The place of the rate to take.

        1. Of the rates that keep both the error and the ripple, the lowest, which costs least.
        2. Where none keeps both: the one whose larger excess, error over `max_error` or ripple
           over `max_ripple`, is least. Of several, the one whose smaller excess is least too.

        Of equal ones it is the lowest. There must be at least one rate.
        """
        excess = np.maximum(self.errors / max_error, self.ripples / max_ripple)
        least = max(float(excess.min()), 1.0)
        alike = excess <= least * (1 + TOLERANCE)
        # what is kept is no excess: it would only cost more to keep it better
        other = np.maximum(np.minimum(self.errors / max_error, self.ripples / max_ripple), 1.0)
        return self._least(other, alike)

    def trade_offs(self, max_error: float, max_ripple: float) -> list[int]:
        """Places of a sample of rates, ascending: what would be chosen for other ripples.

        None of them is beaten by another rate in error, ripple and cost at once. The one with the
        least error, and the one that is chosen, are among them.
        """
        chosen = self.choose(max_error, max_ripple)
        everywhere = np.ones(len(self.rates_hz), np.bool_)
        places = {chosen, self._least(self.errors, everywhere)}
        for ripple in _SHOWN_RIPPLES:
            smooth = self.ripples <= ripple * (1 + TOLERANCE)
            both = smooth & (self.errors <= max_error * (1 + TOLERANCE))
            if both.any():
                places.add(int(np.argmax(both)))
            elif smooth.any():
                places.add(self._least(self.errors, smooth))
        return sorted(places)

    @staticmethod
    def _least(values: Floats, among: npt.NDArray[np.bool_]) -> int:
        """The first place of the least value."""
        return int(np.argmin(np.where(among, values, np.inf)))
