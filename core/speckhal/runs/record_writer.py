"""Writes a run into one file while it is measured, reading by reading."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.runs.growing_file import GrowingFile
from speckhal.runs.record_layout import PAGE_BYTES, group_of, kept_problem, lay_out
from speckhal.runs.record_place import partial_of, refuse_place
from speckhal.runs.record_series import Series
from speckhal.system.error_text import cause_of
from speckhal.system.paths import unusable, why

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from typing_extensions import Self

    from speckhal.contract.reading import Reading, Trace
    from speckhal.runs.run import Run

_FAILURES = (OSError, RuntimeError, ValueError)
"""What HDF5 raises where a disk is full or fails."""


class RecordWriter:
    """A `LeakSink` that writes every reading into `PATH.partial`, which becomes PATH at the end.

    After each reading the file is complete up to it: if the process is killed, it opens with
    everything but perhaps the reading that was being written. Nothing is kept in memory.

        with RecordWriter(header, "run.h5", layers=[0]) as sink:
            ...  # sink.reading(reading, time_s), sink.started(duration_s)

    Whatever ends the block, Ctrl-C included, is noted as the run's problem, and the file takes its
    name all the same.

    Making one looks at the place and does nothing on disk; `with`, or `open`, makes the file.

    Args:
        header: what is known before the first reading; its traces, problem and `is_partial` are
            left out.
        path: of the record.
        layers: indices of the layers that are read, in that order; None for all that are deployed.
        overwrite: whether a file of that name, and what an earlier run left there when its process
            died, may be replaced.

    Raises:
        InputError: no record can be written there, there is one, or another process writes it.
        LayerNotFound: the deployed network has no such layer.
    """

    def __init__(
        self,
        header: Run,
        path: str | os.PathLike[str],
        *,
        layers: Sequence[int] | None = None,
        overwrite: bool = False,
    ) -> None:
        self.path = Path(path)
        self._header = header
        deployed = header.deployment
        indices = [layer.index for layer in deployed.layers] if layers is None else layers
        self._layers = tuple(deployed.layer(index).index for index in indices)
        refuse_place(self.path, overwrite=overwrite)
        self._place = GrowingFile(self.path, overwrite=overwrite)
        self._file: Any = None
        self._series: dict[int, Series] = {}
        self._unwritten: tuple[int, Reading, float] | None = None
        self._failure: InputError | None = None
        self._has_begun = False
        self._is_whole = False

    def open(self) -> None:
        """Make the file, with no reading in it. What ends this early, Ctrl-C included, leaves none.

        Raises:
            InputError: it cannot be made, or another process began to write there.
        """
        import h5py  # noqa: PLC0415  # slow import

        if self._has_begun:
            raise self._over("to open a record at", "finished" if self._file is None else "open")
        try:
            # pages keep whatever is smaller from being cut in two when the process is killed as
            # it writes; HDF5's own lock would keep out who reads along
            self._file = h5py.File(
                self._place.make(),
                "w",
                libver="latest",
                locking=False,
                fs_strategy="page",
                fs_page_size=PAGE_BYTES,
            )
            lay_out(self._file, self._header, self._layers)
            self._file.swmr_mode = True
            for index in self._layers:
                self._series[index] = Series(self._file[group_of(index)])
            self._place.claim()
            self._has_begun = True
        except BaseException as error:
            self._has_begun = False
            self._close()
            self._place.discard()
            if isinstance(error, _FAILURES):
                raise self._refusal(error) from error
            raise

    @property
    def partial_path(self) -> Path:
        """Where the record is until it is finished."""
        return partial_of(self.path)

    @property
    def has_begun(self) -> bool:
        """Whether the record was opened, be it finished by now or not."""
        return self._has_begun

    def reading(self, reading: Reading, time_s: float) -> None:
        """Write a reading; it is in the file when this returns.

        Raises:
            InputError: the disk is full, or fails. What was written before stays readable.
            LayerNotFound: the layer is not one of those that are recorded.
        """
        self._refuse_if_over()
        if reading.layer not in self._series:
            self._no_layer(reading.layer)
        self._unwritten = self._series[reading.layer].count, reading, time_s
        self._write_out()

    def started(self, duration_s: float) -> None:
        """Write how long it took to start the clock, as the duration of each first reading."""
        self._refuse_if_over()
        try:
            for series in self._series.values():
                series.set_first_duration(duration_s)
        except _FAILURES as error:
            raise self._failed(error) from error

    def write_trace(self, trace: Trace) -> None:
        """Write all readings of a layer at once.

        Raises:
            InputError: the disk is full, or fails; or the layer is not one of those recorded.
        """
        self._refuse_if_over()
        if trace.layer not in self._series:
            self._no_layer(trace.layer)
        try:
            self._series[trace.layer].write(trace)
        except _FAILURES as error:
            raise self._failed(error) from error

    def finish(self, problem: str | None = None) -> None:
        """Close the record, and give it its name. Once it is closed, does nothing.

        An interrupt meanwhile is raised when that is done.

        Args:
            problem: what ended the run early, as its kind and text; None where nothing did. It is
                cut to 4 kB.

        Raises:
            InputError: the disk is full or fails, or the name is taken by now. The record stays
                readable under `partial_path`.
        """
        try:
            self._finish(problem)
        except InputError:
            raise
        except BaseException as interrupt:
            self._finish(problem or problem_of(interrupt))
            raise

    def _finish(self, problem: str | None) -> None:
        """Do what is not done yet of it."""
        if not self._place.is_held:
            return
        try:
            if self._failure is None and not self._is_whole:
                self._write_end(problem)
            self._close()
            if self._failure is None:
                self._place.settle()
        except InputError:
            self._close()
            self._place.release()
            raise
        self._place.release()

    def _write_end(self, problem: str | None) -> None:
        self._write_out()  # what an interrupt kept from being written whole
        try:
            if problem is not None:
                self._file["problem"][0] = np.bytes_(kept_problem(problem).encode())
            self._file["finished"][0] = 1
            self._file.flush()
            self._is_whole = True
        except _FAILURES as error:
            raise self._failed(error) from error

    def __enter__(self) -> Self:
        """The writer itself, with its file open."""
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the record. What ended the block is its problem, and passes."""
        if error is None:
            self.finish()
            return
        with contextlib.suppress(InputError):  # what ended the block comes first
            self.finish(problem_of(error))

    def _write_out(self) -> None:
        if self._unwritten is None:
            return
        at, reading, time_s = self._unwritten
        try:
            self._series[reading.layer].write_at(at, reading, time_s)
        except _FAILURES as error:
            raise self._failed(error) from error
        self._unwritten = None

    def _refuse_if_over(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._file is None:
            raise self._over(
                "to record a reading to", "finished" if self._has_begun else "not open"
            )

    def _over(self, asked: str, state: str) -> InputError:
        return InputError(
            f"Asked {asked} {self.path}, and that record is {state}.",
            hint="Make a writer with another path: with RecordWriter(header, path) as writer: ...",
        )

    def _no_layer(self, layer: int) -> None:
        there = ", ".join(map(str, self._layers))
        raise InputError(
            f"Asked to record a reading of layer {layer}, which this record is not for.",
            hint=f"It takes these layers: {there}.",
        )

    def _failed(self, error: OSError | RuntimeError | ValueError) -> InputError:
        self._failure = InputError(
            f"Could not record any more to {self.path}: {_reason(error)}.",
            hint=f"What was recorded until then is in {self.partial_path}.",
        )
        return self._failure

    def _refusal(self, error: OSError | RuntimeError | ValueError) -> InputError:
        asked = "Asked to record to"
        if isinstance(error, OSError) and error.errno is not None:
            return unusable(self.path, asked, error)
        return InputError(f"{asked} {self.path}, and {_reason(error)}.", hint="Give another place.")

    def _close(self) -> None:
        if self._file is not None:
            # where the disk is full, closing fails like all else; what was flushed is there
            with contextlib.suppress(*_FAILURES):
                self._file.close()
        self._file = None
        self._series = {}


def _reason(error: OSError | RuntimeError | ValueError) -> str:
    """What went wrong, as a part of a sentence. HDF5 puts the system's number into its text."""
    said = str(error)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS):
        if f"errno = {number}," in said:
            return why(OSError(number, os.strerror(number)))
    return why(error) if isinstance(error, OSError) and error.errno else f"HDF5 says: {said}"


def problem_of(error: BaseException) -> str:
    """What ended a run, as its kind and text on one line: as a record has it."""
    return kept_problem(cause_of(error))


def save_run(run: Run, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a run that is complete into a record of its own.

    Args:
        run: with its traces. Whether it came of a partial record is not kept: this one is whole.
        path: of the record.
        overwrite: whether a file of that name may be replaced.

    Raises:
        InputError: no record can be written there, or there is one.
    """
    layers = [trace.layer for trace in run.traces]
    header = attrs.evolve(run, traces=())
    with RecordWriter(header, path, layers=layers, overwrite=overwrite) as writer:
        for trace in run.traces:
            writer.write_trace(trace)
        writer.finish(run.problem)
