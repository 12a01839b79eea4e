"""When the samples of a run were asked for, as their moments show it where nobody noted it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

ROUNDING_S: Final = 1e-6
"""Times that differ by less are the same: sums of floats, and clocks that count microseconds."""

_MOST_LATE: Final = 100
"""Times of sampling that starting the clock may take."""


def shown_sampling(
    moments_s: npt.NDArray[np.float64], ends_s: npt.NDArray[np.float64], starting_s: float
) -> dict[str, float]:
    """`every_s` and `for_s` by which all samples would come, each at its time or a little later.

    Args:
        moments_s: of the samples, after the start of the clock, in seconds; the first is of before.
        ends_s: when the last layer of each had been read.
        starting_s: how long starting the clock took, which makes all later by as many `every_s`.

    Returns:
        Both, or nothing where some sample came later than the next was due, or there is only one.
    """
    last = len(moments_s) - 1
    if last < 1 or not (np.diff(moments_s) > 0).all():
        return {}
    most_late = min(_MOST_LATE, int(starting_s / np.diff(moments_s).min() + ROUNDING_S))
    for late in range(most_late + 1):
        number = np.arange(1, last + 1) + late
        # the last sample is of the end, which may come sooner
        exact = float((moments_s[1:] / number)[: max(1, last - 1)].min())
        for every_s in (round(exact, 6), exact):
            due_s = np.arange(late, late + last + 1, dtype=np.float64) * every_s
            if moments_s[last] < due_s[last] - ROUNDING_S:
                due_s[last] = moments_s[last]
            is_plan = _is_plan(due_s, moments_s, ends_s)
            if every_s > 0 and starting_s // every_s == late and is_plan:
                return {"every_s": every_s, "for_s": float(due_s[last]) - late * every_s}
    return {}


def _is_plan(
    due_s: npt.NDArray[np.float64],
    moments_s: npt.NDArray[np.float64],
    ends_s: npt.NDArray[np.float64],
) -> bool:
    """Whether each sample after the first came when it was due, or later, and before the next.

    The next is not asked for before this one was read.
    """
    came = due_s[1:] <= moments_s[1:] + ROUNDING_S
    is_before_next = moments_s[1:-1] < np.maximum(due_s[2:], ends_s[1:-1]) - ROUNDING_S
    return bool(came.all() and is_before_next.all())
