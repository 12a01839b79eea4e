"""What is said where a record cannot be written, or not any more."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from speckhal.contract.errors import InputError
from speckhal.runs.record_layout import kept_problem
from speckhal.system.error_text import cause_of
from speckhal.system.paths import unusable, why

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from speckhal.contract.address import Shape

Failure: TypeAlias = OSError | RuntimeError | ValueError

FAILURES: Final = (OSError, RuntimeError, ValueError)
"""What HDF5 raises where a disk is full or fails."""


def not_made(path: Path, error: Failure) -> InputError:
    """The refusal of a record that cannot be made there."""
    asked = "Asked to record to"
    if isinstance(error, BlockingIOError):
        return InputError(
            f"{asked} {path}, and HDF5 could not lock that file, which records do without.",
            hint="Unset HDF5_USE_FILE_LOCKING where it is set to TRUE or BEST_EFFORT.",
        )
    if isinstance(error, OSError) and error.errno is not None:
        return unusable(path, asked, error)
    return InputError(f"{asked} {path}, and {why_not(error)}.", hint="Give another place.")


def cut_short(path: Path, partial: Path, error: Failure) -> InputError:
    """The error of a record that cannot be written any further."""
    return InputError(
        f"Could not record any more to {path}: {why_not(error)}.",
        hint=f"What was recorded until then is in {partial}.",
    )


def over(path: Path, asked: str, state: str) -> InputError:
    """The refusal of what an open record takes, where it is finished or not open yet."""
    return InputError(
        f"Asked {asked} {path}, and that record is {state}.",
        hint="Make a writer with another path: with RecordWriter(header, path) as writer: ...",
    )


def no_layer(layer: int, layers: Sequence[int]) -> InputError:
    """The refusal of a reading of another layer than those that are recorded."""
    return InputError(
        f"Asked to record a reading of layer {layer}, which this record is not for.",
        hint=f"It takes these layers: {', '.join(map(str, layers))}.",
    )


def unfit_values(
    layer: int, kind: np.dtype[Any], shape: tuple[int, ...], expected: Shape
) -> InputError:
    """The refusal of membrane potentials that are no int16, or not one for each neuron.

    Args:
        layer: its index.
        kind: of the values.
        shape: of the values of one reading.
        expected: (channels, height, width) of the layer.
    """
    return InputError(
        f"Asked to record a reading of layer {layer} that is {kind} of shape {shape}.",
        hint=f"Readings of this layer are int16 of shape {expected}.",
    )


def write_no_more(file: Any) -> None:
    """Let whatever HDF5 still has for an `h5py.File` go nowhere, after a write that failed.

    It would try again as it closes the file, mark as closed what it could not make as long as it
    says, and crash where the process ends. So the file stays like one whose process was killed.
    """
    with Path(os.devnull).open("r+b", buffering=0) as nowhere:
        os.dup2(nowhere.fileno(), file.id.get_vfd_handle())


def why_not(error: Failure) -> str:
    """What went wrong, as a part of a sentence. HDF5 puts the system's number into its text."""
    said = str(error)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS):
        if f"errno = {number}," in said:
            return why(OSError(number, os.strerror(number)))
    return why(error) if isinstance(error, OSError) and error.errno else f"HDF5 says: {said}"


def problem_of(error: BaseException) -> str:
    """What ended a run, as its kind and text on one line: as a record has it."""
    return kept_problem(cause_of(error))
