"""By which linear leak a chip comes closest to a LIF neuron's exponential one.

A leaky integrate-and-fire neuron decays as v' = -v / tau. A chip's neuron loses the same L in each
second, down to its floor. No L is the same at every potential, so that a criterion decides:
L = k threshold / tau, with a k for each criterion.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen
class Criterion:
    """In what a linear leak is to be like an exponential one.

    Attributes:
        name: as it is typed.
        k: leak in thresholds per time constant.
        meaning: what is the same for both.
    """

    name: str
    k: float
    meaning: str


_ALL: Final = (
    Criterion("slope", 1.0, "slope at the threshold, and the least steady drive that fires"),
    Criterion("half-life", 0.5 / math.log(2), "time from the threshold to half of it"),
    Criterion("1/e", 1 - math.exp(-1), "time from the threshold to 1/e of it"),
    Criterion("least-squares", 0.5584869926766558, "decay curve, by its mean squared error"),
    Criterion("area", 0.5, "area under the decay from the threshold"),
    Criterion("minimax", 0.5148331014047478, "decay curve, by its largest error"),
)

CRITERIA: Final[Mapping[str, Criterion]] = {one.name: one for one in _ALL}
"""The criteria by name, for a decay from the threshold down to 0.

The decay curves are exp(-s) and max(0, 1 - k s), with s the time in time constants. k of
"least-squares" is where the integral of their squared difference is least, k of "minimax" where
1 - k + k ln k = exp(-1 / k), which then is the largest error: 0.143 of the threshold.
"""


def at_mean(v: float) -> Criterion:
    """The criterion "the same leak at a mean potential".

    Args:
        v: the mean potential, in thresholds.

    Raises:
        InputError: the mean potential is not above 0.
    """
    if not (math.isfinite(v) and v > 0):
        raise InputError(
            f"Asked for the leak at a mean potential of {v:g} thresholds, and only above 0 an "
            "exponential leak takes something away.",
            hint="Give one above 0, such as 0.5.",
        )
    return Criterion(f"mean {v:g}", v, f"leak at {v:g} thresholds")


def criterion(name: str) -> Criterion:
    """The criterion of that name, of `CRITERIA` or "mean V" with V in thresholds.

    A blank may stand for a hyphen, as in "half life".

    Raises:
        InputError: no criterion has that name.
    """
    words = str(name).lower().replace("_", " ").split()
    if "-".join(words) in CRITERIA:
        return CRITERIA["-".join(words)]
    word, _, value = " ".join(words).partition(" ")
    if word == "mean":
        try:
            return at_mean(float(value))
        except ValueError:
            pass
    raise InputError(
        f"Asked for a time constant by the criterion {name!r}, which is not one.",
        hint=f"Use one of {', '.join(CRITERIA)}, or mean V with V in thresholds.",
    )
