"""Opens a run that was kept: a record, one that nobody finished, or the arrays of 0.1."""

from __future__ import annotations

import contextlib
import functools
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.runs.own_driver import own_driver
from speckhal.runs.published import PUBLISHED_LEAK, published_leak_path
from speckhal.runs.read_along import read_along
from speckhal.runs.record_checksums import checked_v_mem, is_finished, problem_in
from speckhal.runs.record_damage import UNREADABLE, damage_to, damaged
from speckhal.runs.record_layout import VERSION, header_of
from speckhal.runs.record_locks import is_held
from speckhal.runs.record_names import SPIKES_NAME, VERSION_NAME, group_of
from speckhal.runs.record_place import PARTIAL, partial_of
from speckhal.runs.recorded_trace import RecordedTrace
from speckhal.runs.replaceable import SIGNATURE
from speckhal.runs.text_heaps import refuse_broken_heaps
from speckhal.system.paths import is_path, readable_file

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.reading import VMem
    from speckhal.runs.run import Run

T = TypeVar("T")

_ATTEMPTS: Final = 5
_ASKED: Final = "Asked for the run in"
_WHAT_OPENS: Final = (
    "Give a record, of speckhal leak --record or run_leak(record=), or arrays of leak --save. "
    "Records of spikes are for speckhal show, report, export and compare."
)


def open_run(path: str | os.PathLike[str]) -> Run:
    """The run that a file has.

    It opens records, those also whose process died before the end (`run.is_partial`): give
    `FILE.partial`, or FILE where there is none of that name. It opens the arrays that
    `speckhal leak --save` writes, of which nothing else is known than they say. Nothing in a file
    is ever executed.

    The membrane potentials of a record stay in the file until `trace.v_mem` is used, and are
    compared with their checksums then.

    Args:
        path: of the file; or "published-leak", where no file is called so, for the record at
            `speckhal.published_leak_path()`.

    Raises:
        InputError: there is no such file, it is damaged or something else, or it was written by a
            later version of speckhal. `trace.v_mem` raises it where the file is gone by then, or
            the readings are damaged.
    """
    from speckhal.runs.saved_arrays import run_of_arrays  # noqa: PLC0415

    if not is_path(path):
        raise InputError(f"Asked for a run of {path!r}, which is no path.", hint=_WHAT_OPENS)
    path = file_of_run(path)
    readable_file(path, _ASKED, hint=_WHAT_OPENS)
    with path.open("rb") as file:
        beginning = file.read(len(SIGNATURE))
    if not beginning:
        raise InputError(f"{_ASKED} {path}, and that file is empty.", hint=_WHAT_OPENS)
    if beginning == SIGNATURE:
        return _read(path, functools.partial(_run_of_record, path))
    if zipfile.is_zipfile(path):
        return run_of_arrays(path)
    raise InputError(f"{_ASKED} {path}, and that is not a record.", hint=_WHAT_OPENS)


def file_of_run(path: str | os.PathLike[str]) -> Path:
    """The file that `open_run` reads for that path, be it there or not."""
    given = Path(path)
    with contextlib.suppress(OSError, ValueError):
        if not given.exists() and partial_of(given).is_file():
            return partial_of(given)
        if not given.exists() and str(given) == PUBLISHED_LEAK:
            return published_leak_path()
    return given


def _run_of_record(path: Path) -> Run:
    with _opened(path) as file:
        header, layers = header_of(file)
        # before the readings: a process may be writing more of them
        is_whole = is_finished(file, [group_of(index) for index in layers])
        traces = tuple(_trace(path, file, header, index) for index in layers)
        return attrs.evolve(
            header, traces=traces, problem=problem_in(file), is_partial=not is_whole
        )


def _read(path: Path, read: Callable[[], T]) -> T:
    """What is read of a record; again where it failed and a process is just writing there."""
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(InputError, FileNotFoundError):
            return read()
        if not path.exists() or not is_held(path):
            break
    return read()


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The record as an `h5py.File`; what is wrong with it, in the body too, as a sentence."""
    import h5py  # noqa: PLC0415  # slow import

    try:
        refuse_broken_heaps(path)
        with (
            read_along(path)
            if _is_unfinished(path)
            else h5py.File(path, driver=own_driver(), locking=False)
        ) as file:
            _refuse_other_versions(path, file)
            yield file
    except InputError:
        raise
    except UNREADABLE as error:
        raise _not_opened(path, error) from error


def _not_opened(path: Path, error: BaseException) -> InputError:
    """The refusal of a record that HDF5 did not open or read."""
    if isinstance(error, BlockingIOError) or (
        "already open" in str(error) and _is_unfinished(path)
    ):
        return InputError(
            f"{_ASKED} {path}, and a program has that file open for writing.",
            hint="Close it there, in h5py for example. If that program was killed, copy the record "
            "again from where it was written.",
        )
    return damaged(path, _ASKED, error)


def _refuse_other_versions(path: Path, file: Any) -> None:
    version = file.attrs.get(VERSION_NAME)
    if version is None:
        raise InputError(
            f"{_ASKED} {path}, and that is an HDF5 file of another kind.", hint=_WHAT_OPENS
        )
    if SPIKES_NAME in file.attrs:
        raise InputError(
            f"{_ASKED} {path}, and that record is of spikes, not of a leak.",
            hint="speckhal show, report, export and compare take it; in Python, compare_spikes and "
            "speckhal.open_spike_run.",
        )
    if int(version) > VERSION:
        raise InputError(
            f"{_ASKED} {path}, which a later version of speckhal wrote: its records are of "
            f"version {int(version)}, and this one reads up to {VERSION}.",
            hint="Update it: pip install --upgrade speckhal",
        )


def _is_unfinished(path: Path) -> bool:
    """Whether a process writes it, or was killed as it did, by the flags in its superblock.

    Only such a file is opened for reading along.
    """
    with path.open("rb") as file:
        beginning = file.read(12)
    return len(beginning) == 12 and beginning[8] >= 3 and beginning[11] != 0


def _trace(path: Path, file: Any, header: Run, layer: int) -> RecordedTrace:
    about, shape = header.provenance, header.deployment.layer(layer).shape
    with damage_to(f"the times of the readings of layer {layer}"):
        time_s, ticks, duration_s = _series(file[group_of(layer)], shape)
    is_counted = len(ticks) > 0 and bool((ticks >= 0).all())
    if "ticks" in about.sampling and (ticks < 0).all():
        # of a stepped run, which reads after every tick, on a device that did not count them
        ticks, is_counted = np.arange(len(ticks)), len(ticks) > 0
    return RecordedTrace.stored(
        layer,
        time_s,
        ticks if is_counted else None,
        duration_s,
        shape=shape,
        load=functools.partial(_v_mem, path, about.run_id, layer),
    )


def _series(
    group: Any, shape: Shape
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Time, ticks and duration of each reading of a layer."""
    # what has a time is there whole; a process that was killed may have begun one more
    time_s = np.asarray(group["time_s"][...], np.float64)
    samples = len(time_s)
    ticks = np.asarray(group["ticks"][:samples], np.int64)
    duration_s = np.asarray(group["duration_s"][:samples], np.float64)
    stored = group["v_mem"].shape
    if stored[1:] != shape or min(stored[0], len(ticks), len(duration_s)) < samples:
        raise ValueError("The arrays of the layer do not fit together.")
    if not (np.isfinite(time_s).all() and np.isfinite(duration_s).all()):
        raise ValueError("Not all times are times.")
    return time_s, ticks, duration_s


def _v_mem(path: Path, run_id: str, layer: int, samples: slice) -> VMem:
    """Read membrane potentials of a run that was opened before; its file may be renamed since."""
    if not path.exists() and path.name.endswith(PARTIAL):
        path = path.with_name(path.name.removesuffix(PARTIAL))
    readable_file(path, _ASKED, hint="It was there when the run was opened.")
    return _read(path, functools.partial(_part_of_record, path, run_id, layer, samples))


def _part_of_record(path: Path, run_id: str, layer: int, samples: slice) -> VMem:
    with _opened(path) as file:
        header, _ = header_of(file)
        if header.provenance.run_id != run_id:
            raise InputError(
                f"{_ASKED} {path}, and by now another run has that name.",
                hint="Open it anew.",
            )
        return checked_v_mem(file[group_of(layer)], layer, samples)
