"""Rates of a clock that the other layers of a run allow, beside what a layer counts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from speckhal.leak.verification.clock_polygon import RateInterval


@attrs.frozen
class AllowedByOthers:
    """What the other layers of a run, which count the same clock, say of its rate to one layer.

    Attributes:
        own: rates that explain what the layer itself counts, if its core missed no tick.
        layers: the others, in the order of the run.
        rates: that all of them allow, wherever the core of one may have missed a tick.
        counted: of each of them, the rates that explain what it counts by itself.
    """

    own: RateInterval
    layers: tuple[int, ...]
    rates: RateInterval
    counted: tuple[RateInterval, ...]
