"""Other steps and rates that explain the same readings: only the product of both shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.leak.verification.clock_polygon import rates_that_explain

if TYPE_CHECKING:
    from speckhal.leak.verification.clock_polygon import RateInterval
    from speckhal.leak.verification.evidence import LayerEvidence

_MOST_FACTOR = 64


def other_clocks(evidence: LayerEvidence) -> list[tuple[float, RateInterval]]:
    """Factors by which all steps may be off, with the rates that make up for it.

    What no rate of another layer of the run allows is left out.
    """
    consensus = evidence.consensus
    if consensus is None or not evidence.is_timed or evidence.rates is None:
        return []
    ticks = consensus.ticks
    windows = evidence.windows.until(len(ticks))
    found: list[tuple[float, RateInterval]] = []
    common = int(np.gcd.reduce(np.diff(ticks)))
    for factor in range(2, min(common, _MOST_FACTOR) + 1):
        if common % factor == 0:
            rates = rates_that_explain(ticks // factor, windows)
            if rates is not None:
                found.append((float(factor), rates))
    divisor = int(np.gcd.reduce([one.step for one in evidence.channels]))
    for factor in range(2, min(abs(divisor), _MOST_FACTOR) + 1):
        if divisor % factor == 0 and common:
            rates = rates_that_explain(ticks * factor, windows)
            if rates is not None:
                found.append((1 / factor, rates))
    return [
        (factor, rates)
        for factor, rates in found
        if all(any(one.meets(rates.least_hz, rates.most_hz) for one in other)
               for other in evidence.rates_of_others)
    ]  # fmt: skip
