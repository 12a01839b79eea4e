"""Where the rate of a layer comes from, if other layers count the same clock, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.leak.verification.said_of_clocks import interval
from speckhal.leak.verification.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.leak.verification.allowed_rates import AllowedByOthers
    from speckhal.leak.verification.clock_polygon import RateInterval


def said_of_others(layer: int, rates: RateInterval, allowed: AllowedByOthers | None) -> str:
    """What the layer counts alone and what the others allow, in brackets.

    A layer that counts a smaller most, which does not hold for this one, is named with the reason:
    else each layer's line would contradict the next.

    Args:
        layer: index of the network layer.
        rates: of the clock, by all layers.
        allowed: by the others; None where no other layer counts the clock.

    Returns:
        An empty text where the rates are what the layer counts alone.
    """
    if allowed is None:
        return ""
    missing = [
        other
        for other, counted in zip(allowed.layers, allowed.counted, strict=True)
        if counted.most_hz < rates.most_hz and _short(counted.most_hz) != _short(rates.most_hz)
    ]
    own = interval(allowed.own)
    if own == interval(rates) and not missing:
        return ""
    allow = "allow" if len(allowed.layers) > 1 else "allows"
    others = f"{_named(allowed.layers)} {allow} {interval(allowed.rates)}"
    said = f"layer {layer} alone: {own}; {others}"
    if missing:
        cores = f"the core{'s' if len(missing) > 1 else ''} of {_named(missing)}"
        said += f", as {cores} may have missed a tick"
    return f" ({said.replace(' ticks/s', '')})"


def _short(rate_hz: float) -> str:
    """A rate as sentences have it."""
    return f"{rate_hz:.4g}"


def _named(layers: Sequence[int]) -> str:
    """Layers as a sentence has them: "layers 0, 1 and 2"."""
    numbers = sorted(layers)
    return f"layer{'s' if len(numbers) > 1 else ''} {listed([str(one) for one in numbers])}"
