"""Where a record is written: its name, the name it grows under, and who may write there.

A record grows as `FILE.partial` and takes its name at the end. Whoever writes it holds a shared
lock on it, which readers do not mind; who wants to write over it asks for the lock alone.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from pathlib import Path
from typing import Final

from speckhal.contract.errors import InputError
from speckhal.runs.other_endings import HDF5
from speckhal.runs.record_locks import is_held
from speckhal.runs.replaceable import is_record, is_replaceable
from speckhal.system.paths import is_same_file, unusable, writable_place

PARTIAL: Final = ".partial"

_ASKED: Final = "Asked to record to"


def partial_of(path: Path) -> Path:
    """What the record of that name is called while it grows: behind links, beside the file."""
    target = Path(os.path.realpath(path))
    return target.with_name(target.name + PARTIAL)


def refuse_place(path: Path, *, overwrite: bool, source: Path | None = None) -> None:
    """Refuse a place where a record cannot be written, before anything is measured.

    Args:
        path: of the record.
        overwrite: whether a record that is there, or that nobody finished, may be replaced.
        source: of the record that is replayed or compared; None where none is.

    Raises:
        InputError: the name ends in `.partial`, or as another kind of file does and no record has
            it; it is no place for a file, or the source; there is a file and `overwrite` is false,
            or it is no record; or what is under the name that it grows under is no record, or a
            link, or one that nobody finished and `overwrite` is false; or a process is writing it.
    """
    if path.suffix == PARTIAL:
        raise InputError(
            f"{_ASKED} {path}, and that ending is of records that nobody finished.",
            hint=f"Give the name that it gets at the end, such as {path.with_suffix('')}.",
        )
    if not _is_record(path):
        HDF5.refuse_others(path, _ASKED)
    writable_place(path, _ASKED)
    if path.exists() and not path.is_file():
        raise InputError(f"{_ASKED} {path}, and that is not a file.", hint="Give another name.")
    partial = partial_of(path)
    if source is not None and any(is_same_file(source, one) for one in (path, partial)):
        raise InputError(
            f"{_ASKED} {path}, and that is the record that is read.", hint="Give another name."
        )
    if path.exists() and not _is_replaceable(path):
        raise InputError(
            f"{_ASKED} {path}, and there is a file of another kind; only records are replaced.",
            hint="Give another name.",
        )
    if not overwrite and path.exists():
        raise InputError(
            f"{_ASKED} {path}, and there is one already.",
            hint="Give another name, or ask to overwrite it: --overwrite, or overwrite=True.",
        )
    _refuse_link(path, partial)
    writable_place(partial, _ASKED)
    if not partial.exists():
        return
    if is_held(partial):
        raise busy_place(path, partial)
    refuse_unlike_record(path, partial)
    if not overwrite:
        raise InputError(
            f"{_ASKED} {path}, and beside it is {partial.name}, of a run that never ended.",
            hint=f"Look at it with: speckhal show {shlex.quote(str(partial))}. Keep it under "
            "another name, or ask to overwrite both: --overwrite, or overwrite=True.",
        )


def refuse_unlike_record(path: Path, partial: Path) -> None:
    """Refuse to grow where there is a file of another kind, which no record takes the place of.

    Args:
        path: of the record.
        partial: under which it grows; nobody else has it open.

    Raises:
        InputError: a file of another kind is there, a link, or one that nobody can read.
    """
    _refuse_link(path, partial)
    if partial.exists() and not (partial.is_file() and _is_replaceable(partial, is_ours=True)):
        raise InputError(
            f"{_ASKED} {path}, which grows as {partial.name}, and that is a file of another kind; "
            "only records are replaced.",
            hint=f"Give another name, or rename {partial}.",
        )


def _refuse_link(path: Path, partial: Path) -> None:
    """Refuse to grow in the place of a link, to nothing too: no record that grew there is one."""
    if os.path.islink(partial):  # noqa: PTH114 - that raises where the name is too long
        raise InputError(
            f"{_ASKED} {path}, which grows as {partial.name}, and that is a link; only "
            "records are replaced.",
            hint=f"Give another name, or remove {partial}.",
        )


def _is_record(path: Path) -> bool:
    """Whether there is one; False where nobody can read what is there, which is said later."""
    with contextlib.suppress(OSError, ValueError):
        return path.is_file() and is_record(path)
    return False


def _is_replaceable(path: Path, *, is_ours: bool = False) -> bool:
    try:
        return is_replaceable(path, is_ours=is_ours)
    except OSError as error:
        raise unusable(path, _ASKED, error) from error


def busy_place(path: Path, partial: Path) -> InputError:
    """The refusal of a place where another run is being recorded."""
    return InputError(
        f"{_ASKED} {path}, and another run is being recorded there at the moment.",
        hint=f"Wait for its end, or give another name. It grows as {partial}.",
    )
