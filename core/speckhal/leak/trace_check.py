"""Refuses traces that nothing can be said of: broken, too short, or of another layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace

_A_YEAR_S = 366 * 86400.0

FROM_TWO_ON: Final = "a leak shows from two readings on"


def refuse_unfit(trace: Trace, layer: DeployedLayer | None, asked: str) -> None:
    """Refuse a trace that cannot be compared with a layer.

    Args:
        trace: as it was given.
        layer: as deployed; None where nothing is expected.
        asked: what was asked for, such as "judge".

    Raises:
        InputError: its arrays are broken, it is of another layer, or it has a single reading.
    """
    flaw = flaw_of(trace)
    if flaw is not None:
        raise InputError(
            f"Asked to {asked} a trace {flaw}.", hint="Take it as measure_leak(device) gives it."
        )
    if layer is not None and (trace.layer != layer.index or trace.shape != layer.shape):
        raise InputError(
            f"Asked to {asked} a trace of layer {trace.layer}, of shape {trace.shape}, by layer "
            f"{layer.index}, of shape {layer.shape}.",
            hint="Take the layer that was measured, from what deploy() gave before.",
        )
    if len(trace) < 2:
        readings = "a single reading" if len(trace) else "no reading"
        raise InputError(
            f"Asked to {asked} a trace of {readings}, and {FROM_TWO_ON}.",
            hint="Measure for longer, or read more often.",
        )


def last_too_long(trace: Trace, *, since_s: float = 0.0) -> bool:
    """Whether times or durations are beyond a year, or no numbers: no leak was watched as long.

    Args:
        trace: as it was given.
        since_s: the moment that its times are counted from.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        passed_s = trace.time_s.astype(np.float64) - since_s
    times_s = np.concatenate([passed_s, trace.duration_s])
    return not bool((np.abs(times_s) < _A_YEAR_S).all())


def stood_still(trace: Trace) -> str | None:
    """Where the times of readings do not grow, as a sentence; None where they do."""
    with np.errstate(over="ignore", invalid="ignore"):
        passed = np.diff(trace.time_s) > 0
    if passed.all():
        return None
    late = int((~passed).argmax()) + 1
    return (
        f"A reading at {trace.time_s[late - 1]:.3f} s was followed by one at "
        f"{trace.time_s[late]:.3f} s, so the board's time did not pass."
    )


def flaw_of(trace: Trace) -> str | None:
    """What is wrong with the arrays of a trace, as the end of a sentence."""
    for name, dimensions, kinds in (
        ("v_mem", 4, "iu"),
        ("time_s", 1, "iuf"),
        ("duration_s", 1, "iuf"),
        *([] if trace.ticks is None else [("ticks", 1, "iu")]),
    ):
        array = getattr(trace, name)
        if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
            return f"whose {name} is a {type(array).__name__}, and not an array of numpy"
        if array.ndim != dimensions or array.dtype.kind not in kinds:
            return f"whose {name} is {array.dtype} in {array.ndim} dimensions"
        if len(array) != len(trace.v_mem):
            return f"of {len(trace.v_mem)} samples whose {name} has {len(array)}"
    if not ((trace.duration_s >= 0) & np.isfinite(trace.duration_s)).all():
        return "of readings whose duration_s is no length of time"
    backwards = trace.ticks is not None and (np.diff(trace.ticks) < 0).any()
    return "whose ticks run backwards" if backwards else None
