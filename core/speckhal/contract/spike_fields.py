"""Fields of other programs' events as columns of numbers, each looked at before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt


def whole_values(values: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Values of one field as whole numbers.

    Raises:
        InputError: one is not whole, no number, or too large.
    """
    if np.issubdtype(values.dtype, np.bool_):
        return values.astype(np.int64)
    if np.issubdtype(values.dtype, np.floating):
        whole: npt.NDArray[Any] = np.rint(values)
        if not np.array_equal(whole, values):
            has = "fractions" if np.isfinite(values).all() else "what is no number"
            raise InputError(
                f"Asked for spikes of an array whose field {name} has {has}.",
                hint="Times are in microseconds: round or convert them first.",
            )
        values = as_int64(whole, f"an array whose field {name} is")
    return values


def as_int64(whole: npt.NDArray[Any], what: str) -> npt.NDArray[np.int64]:
    """Whole numbers of floats as integers.

    Raises:
        InputError: one is too large for that.
    """
    most = float(np.abs(whole).max(initial=0))
    if not most < 2.0**63:
        raise InputError(f"Asked for spikes of {what} {most:g}.", hint="Give less than 2**63.")
    return whole.astype(np.int64)


def nir_columns(data: object, sample: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
    """Neurons and times in seconds of one sample of a `nir.EventData`, (events,) each.

    Raises:
        InputError: it has no such attributes, or no such sample.
    """
    given: Any = data  # its type is not imported
    problem = "idx and time of one length"
    try:
        idx = np.asarray(given.idx)[sample]
        time_s = np.asarray(given.time, np.float64)[sample]
        if idx.ndim == 1 and idx.shape == time_s.shape and idx.dtype.kind in "iuf":
            return whole_values(idx, "idx"), time_s
    except AttributeError:
        problem = "idx and time"
    except (IndexError, TypeError, ValueError, OverflowError, RuntimeError) as error:
        problem = f"such events: {error}"
    raise InputError(
        f"Asked for spikes of sample {sample!r} of a {type(data).__name__}, which has no "
        f"{problem}.",
        hint="Give a nir.EventData. A nir.TimeGriddedData is a raster: "
        "Spikes.from_raster(data.data[sample], ...).",
    )
