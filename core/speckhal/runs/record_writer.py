"""Writes a run into one file while it is measured, reading by reading."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.runs.growing_file import GrowingFile
from speckhal.runs.record_checksums import write_end
from speckhal.runs.record_failures import (
    FAILURES,
    cut_short,
    no_layer,
    not_made,
    over,
    problem_of,
    unfit_values,
    write_no_more,
)
from speckhal.runs.record_layout import kept_problem, new_file
from speckhal.runs.record_names import group_of
from speckhal.runs.record_place import partial_of, refuse_place
from speckhal.runs.record_series import Series

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from speckhal.contract.reading import Reading, Trace
    from speckhal.runs.run import Run


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
        overwrite: whether a record of that name, and what an earlier run left there when its
            process died, may be replaced.

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
        self._is_ended = False
        self._is_whole = False

    def open(self) -> None:
        """Make the file, with no reading in it. What ends this early, Ctrl-C included, leaves none.

        Raises:
            InputError: it cannot be made, or another process began to write there.
        """
        if self._has_begun:
            raise over(
                self.path, "to open a record at", "finished" if self._file is None else "open"
            )
        try:
            self._file = new_file(self._place.make(), self._header, self._layers)
            self._file.swmr_mode = True
            for index in self._layers:
                self._series[index] = Series(self._file[group_of(index)])
            self._place.claim()
            self._has_begun = True
        except BaseException as error:
            self._has_begun = False
            self._close()
            self._place.discard()
            if isinstance(error, FAILURES):
                raise not_made(self.path, error) from error
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
            InputError: the disk is full, or fails; or the layer is not one of those that are
                recorded, or has another shape. What was written before stays readable.
        """
        series = self._series_of(reading.layer, reading.v_mem.dtype, reading.v_mem.shape)
        self._unwritten = series.count, reading, time_s
        self._write_out()

    def started(self, duration_s: float) -> None:
        """Write how long it took to start the clock, as the duration of each first reading."""
        self._refuse_if_over()
        with self._writing():
            for series in self._series.values():
                series.set_first_duration(duration_s)

    def write_trace(self, trace: Trace) -> None:
        """Write all readings of a layer at once.

        Raises:
            InputError: the disk is full, or fails; or the layer is not one of those that are
                recorded, or has another shape.
        """
        series = self._series_of(trace.layer, trace.v_mem.dtype, trace.v_mem.shape[1:])
        with self._writing():
            series.write(trace)

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
        with self._writing():
            if problem is not None and not self._is_ended:
                self._file["problem"][0] = np.bytes_(kept_problem(problem).encode())
                self._file.flush()
            self._is_ended = True  # from here on, no interrupt is what ended the run
            write_end(self._file, [group_of(index) for index in self._layers])
            self._is_whole = True

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
        with self._writing():
            self._series[reading.layer].write_at(at, reading, time_s)
            self._unwritten = None

    def _series_of(self, layer: int, kind: np.dtype[Any], shape: tuple[int, ...]) -> Series:
        """Where readings of the layer go, if it takes values of that kind and shape."""
        self._refuse_if_over()
        if layer not in self._series:
            raise no_layer(layer, self._layers)
        expected = self._header.deployment.layer(layer).shape
        if kind != np.int16 or shape != expected:
            raise unfit_values(layer, kind, shape, expected)
        return self._series[layer]

    def _refuse_if_over(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._file is None:
            state = "finished" if self._has_begun else "not open"
            raise over(self.path, "to record a reading to", state)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """In the body, a failure of the disk ends the record, with a sentence."""
        try:
            yield
        except FAILURES as error:
            self._failure = cut_short(self.path, self.partial_path, error)
            raise self._failure from error

    def _close(self) -> None:
        if self._file is not None:
            # where the disk is full, closing fails like all else; what was flushed is there
            with contextlib.suppress(*FAILURES):
                if self._failure is not None:
                    write_no_more(self._file)
                self._file.close()
        self._file = None
        self._series = {}
