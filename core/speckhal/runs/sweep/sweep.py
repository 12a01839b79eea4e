"""Measures the same thing at many points, on any executor; what is finished is never lost."""

from __future__ import annotations

import concurrent.futures
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import DeviceBusy, DeviceError, InputError
from speckhal.discovery.opening import select
from speckhal.opened.arguments import checked_shape
from speckhal.runs.sweep.beforehand import refuse_hopeless
from speckhal.runs.sweep.measure_name import note_work
from speckhal.runs.sweep.measuring import Outcome, measure_leak_at, measure_point
from speckhal.runs.sweep.points import points_of
from speckhal.runs.sweep.settings import with_backend
from speckhal.runs.sweep.sweep_file import SweepFile
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import is_interrupt
from speckhal.system.printable import printable

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from speckhal.contract.address import Shape
    from speckhal.contract.errors import SpeckhalError
    from speckhal.runs.sweep.measuring import Measure
    from speckhal.runs.sweep.points import SweepPoint
    from speckhal.runs.sweep.table import SweepTable

AHEAD: Final = 256
"""Points that an executor is given at once: enough for as many workers, and soon called off."""


def sweep(
    over: Mapping[str, object],
    *,
    input_shape: Shape | None = None,
    measure: Measure = measure_leak_at,
    file: str | os.PathLike[str] | None = None,
    executor: concurrent.futures.Executor | None = None,
    on_point: Callable[[int, int], None] = lambda _done, _points: None,
) -> SweepTable:
    """Measure a leak at every combination of settings, and give all of it as one table.

    So all of these are measured, and kept in a file::

        table = speckhal.sweep(
            {"backend": ["mock:speck2e", "mock:speck2f"], "bias": range(-9, 0)},
            file="sweep.sqlite",
        )

    A point that fails gets a row with the reason in the column `error`, and the sweep goes on; one
    whose board cannot be opened ends it, as long as none was. With a file, the same call goes on
    where one before it ended, however that ended: points that were finished are not measured again,
    points that failed are. A finished point is measured again once its network, its plan, the
    record that it replays, a file that an option names, or the version of speckhal, sinabs or the
    backend is another; or `measure` is: its text and code, its defaults, what it encloses, the data
    of the object whose method it is, and those behind the global names that it reads. The functions
    that it calls do not count.

    While a sweep is at work, leave all of these as they are: a point that finds another one fails.
    Of a `measure` in another process, its text is looked at, and with a file the constants that its
    module says literally and it never sets anew; the rest of its data is not compared there.

    Args:
        over: by the name of a setting, several values, or one for all points: `backend`,
            `network` (FILE.py:NAME, or `ExampleNetwork`), `bias` (of all channels, in chip units)
            and `rate_hz`, or `plan` (FILE.json, or `LeakPlan`), which brings both; `every_s`,
            `for_s`, or `ticks`, and `option.NAME` for options of the backend, with all values that
            `open_device` takes (of those that are lists, a list of lists). What is left out is: the
            default backend and its example network, the network's own biases, and 20 ticks of a
            stepped clock.
        input_shape: (channels, height, width), of networks that are named as FILE.py:NAME.
        measure: what to do at each point, instead: called with an open device and the
            `SweepPoint`, it returns the rows of the table, each a mapping of plain values: texts,
            numbers (also of numpy; NaN comes back as None), truth values or None. A point without
            rows has one, of its settings alone; no column may be called like a setting and have
            another value. It then decides which settings there are; an `ExampleNetwork` is in
            `point.networks`, a `LeakPlan` in `point.plan`. Executors of processes must be able to
            pickle it; with a file, what it has with it must be plain data, lists and arrays of it,
            or objects made of such.
        file: of SQLite, where finished points are kept as they come; None for memory only.
        executor: any of `concurrent.futures`, or Dask's `Client.get_executor()`. Each thread gets a
            board of its own: the second one opens `backend:target:1`, and waits where there is no
            further board. None measures here, one after the other.
        on_point: called after each point with the number of points that are finished, and of all.

    Raises:
        InputError: a setting is unknown or has a wrong value, a network or a plan cannot be read,
            or no chip of the sweep takes a network, a plan, a bias or a rate; or the file is
            something else, or another sweep writes to it; or `executor` is no executor.
        BackendError: there is no such backend.
        DeviceBusy: another process has the board, or there are more processes than boards.
        DeviceError: no board could be opened, or a worker process died; what was finished is in the
            file. As with every error and interrupt that ends a sweep, its attribute `table` is what
            was finished.
    """
    _refuse_no_executor(executor)
    kept_elsewhere = file is not None or executor is not None
    points = points_of(
        with_backend(over),
        measure,
        input_shape=None if input_shape is None else checked_shape(input_shape),
        checks_settings=measure is measure_leak_at,
        reads_twice=kept_elsewhere,
        is_kept=file is not None,
    )
    for backend in {str(point.values["backend"]): None for point in points}:
        select(backend)  # else every point would fail for the same reason
    if measure is measure_leak_at:
        refuse_hopeless(points)
    kept = SweepFile(None if file is None else Path(file))
    with contextlib.closing(kept):
        there = kept.finished()
        wanted = [point for point in points if point.key not in there]
        done = len(points) - len(wanted)
        has_begun = False  # whether a board was opened
        try:
            on_point(done, len(points))
            for outcome in _outcomes(wanted, measure, executor):
                if outcome.refusal is not None:
                    _refuse_all(outcome.refusal, has_begun=has_begun)
                has_begun |= outcome.refusal is None
                kept.add(outcome)
                done += 1
                on_point(done, len(points))
        except BaseException as error:
            with contextlib.suppress(AttributeError):
                BaseException.__setattr__(error, "table", kept.table(points))
            raise
        finally:
            note_work(measure, points[0].measure)
        return kept.table(points)


def _refuse_no_executor(executor: object) -> None:
    if executor is None or isinstance(executor, concurrent.futures.Executor):
        return
    hint = "Give executor=concurrent.futures.ProcessPoolExecutor(2), or leave it out."
    if callable(getattr(executor, "get_executor", None)):  # Dask's client
        hint = "Give executor=client.get_executor(), which every client of Dask has."
    raise InputError(
        f"Asked to sweep on a {type(executor).__name__}, and that is no Executor of "
        "concurrent.futures.",
        hint=hint,
    )


def _refuse_all(refusal: SpeckhalError, *, has_begun: bool) -> None:
    """End a sweep whose first point was refused, as its other points would be too."""
    if isinstance(refusal, DeviceBusy) and refusal.in_this_process is not True:
        raise DeviceBusy(
            f"A sweep needs a board for each process. {refusal.message}",
            hint="Close it in the other process; or sweep in one (--jobs 1), or on a cluster whose "
            "workers say how many boards they have (--resources).",
        ) from refusal
    if not has_begun:
        raise refusal


def _outcomes(
    points: Sequence[SweepPoint], measure: Measure, executor: concurrent.futures.Executor | None
) -> Iterator[Outcome]:
    """What becomes of each point, as it comes."""
    if executor is None:
        yield from (measure_point(measure, point) for point in points)
        return
    waiting, pending = iter(points), set[concurrent.futures.Future[Outcome]]()
    try:
        while True:
            for point in waiting:
                pending.add(executor.submit(measure_point, measure, point))
                if len(pending) >= AHEAD:
                    break
            if not pending:
                return
            done, pending = concurrent.futures.wait(
                pending, return_when=concurrent.futures.FIRST_COMPLETED
            )
            failed = [future for future in done if future.exception() is not None]
            outcomes = [future.result() for future in done.difference(failed)]
            del done  # Dask measures again what somebody keeps, where the worker that has it dies
            yield from outcomes
            for future in failed:
                future.result()
    except Exception as error:
        if is_interrupt(error):
            raise
        raise _of_executor(error, measure) from error
    finally:
        for future in pending:
            future.cancel()


def _of_executor(error: Exception, measure: Measure) -> SpeckhalError:
    """What an executor has raised; it is its own, since what a point raises becomes a row."""
    if isinstance(error, concurrent.futures.BrokenExecutor):
        return DeviceError(
            "Asked to sweep in other processes, and one of them died.",
            hint="The same call goes on with the points that are left, if it was given a file. A "
            "script that starts processes must do so below if __name__ == '__main__'.",
        )
    if "pickle" in str(error):
        return InputError(
            f"Asked to sweep in other processes, and {measure!r} or a network cannot be sent "
            f"there: {error}.",
            hint="Define the function at the top of a module; name networks as FILE.py:NAME.",
        )
    said = printable(cause_of(error)).rstrip(". ")
    return DeviceError(
        f"Asked to sweep on an executor, and it failed: {said}.",
        hint="The same call goes on with the points that are left, if it was given a file.",
    )
