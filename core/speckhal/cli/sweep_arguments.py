"""What users type of a sweep, from text to settings and an executor."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError
from speckhal.discovery.option_texts import parse_value
from speckhal.runs.sweep.measuring import at_work, stopping
from speckhal.runs.sweep.settings import OPTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_PART: Final = re.compile(
    r"""((?:"[^"]*"|'[^']*'|\[(?:"[^"]*"|'[^']*'|\[[^\]]*\]|[^\[\]"'])*\]|[^,])*),"""
)

Value = str | int | float | bool | list[object] | None


def settings_of(texts: Sequence[str]) -> dict[str, list[Value]]:
    """Values by the name of the setting, from texts such as "bias=-3..-1" and "backend=mock".

    Commas and dots within quotes or brackets belong to a value, as in "10..1000" and
    [10, 1000].

    Raises:
        InputError: a text has another form, or names a setting that another one names.
    """
    settings: dict[str, list[Value]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals or not name or not values:
            raise InputError(
                f"Asked to sweep over {text!r}, which is not NAME=VALUE,...",
                hint="Write a setting and its values, as in --over bias=-3,-2,-1.",
            )
        if name in settings:
            raise InputError(
                f"Asked twice to sweep over {name}.", hint="Give all its values in one --over."
            )
        settings[name] = [
            value
            for part in _parts(values)
            for value in _values(part, text, of_option=name.startswith(OPTION))
        ]
    return settings


def _parts(values: str) -> list[str]:
    """What stands between commas that are in no quotes and no brackets."""
    return [str(part) for part in _PART.findall(f"{values},")]


def _values(part: str, text: str, *, of_option: bool) -> list[Value]:
    """One value, or those of a range with both ends."""
    ends = part.split("..")
    if len(ends) == 1 or "/" in part or part[:1] in {'"', "'", "["}:  # a path may have two dots
        value = parse_value(part)
        return [value if of_option or not isinstance(value, list) else part]
    try:
        first, last, *steps = map(int, ends)
        (step,) = steps or [1]
        values = list(range(first, last + 1, step)) if step > 0 else []
    except ValueError:  # no numbers, or more than three
        values = []
    if not values:
        raise InputError(
            f"Asked to sweep over {text!r}, and {part!r} is not a range of whole numbers upwards.",
            hint="Write FIRST..LAST, or FIRST..LAST..STEP, such as -20..-1 or 10..100..10.",
        )
    return list(values)


@contextlib.contextmanager
def executor_of(
    *, jobs: int, scheduler: str | None, resource_texts: Sequence[str]
) -> Iterator[Executor | None]:
    """What measures the points; None for this process.

    Args:
        jobs: how many processes.
        scheduler: address of a Dask scheduler, in place of processes.
        resource_texts: "NAME=COUNT" of resources that a point takes of a worker there.

    Raises:
        InputError: the options do not go together, Dask is not installed, or nothing answers there.
    """
    if scheduler is None:
        if resource_texts:
            raise InputError(
                "Asked for resources of workers without a cluster.",
                hint="Give --dask ADDRESS as well.",
            )
        if jobs == 1:
            yield None
            return
        yield from _processes(jobs)
        return
    if jobs != 1:
        raise InputError(
            "Asked for --jobs together with --dask, and the cluster decides how many there are.",
            hint="Leave out --jobs.",
        )
    resources = dict(map(_resource, resource_texts))
    try:
        from distributed import Client  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        raise InputError(
            "Asked to sweep on a Dask cluster, and Dask is not installed.",
            hint="Install it with: pip install 'speckhal[cluster]'",
        ) from error
    try:
        client = Client(scheduler, timeout=_PATIENCE_S)
    except (OSError, ValueError) as error:
        raise InputError(
            f"Asked to sweep on the Dask cluster at {scheduler!r}, and nothing answers there.",
            hint="Start it with: dask scheduler; and on each machine: dask worker ADDRESS.",
        ) from error
    with client:
        yield client.get_executor(resources=resources) if resources else client.get_executor()


_PATIENCE_S: Final = 10


def _processes(jobs: int) -> Iterator[Executor]:
    import multiprocessing  # noqa: PLC0415 - only where there are several

    # a fork would copy locks that threads of torch hold
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_process) as pool:
        try:
            _start(pool, jobs)
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # a terminal sends Ctrl-C to all of them, but other signals come here alone
            for process in multiprocessing.active_children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid or 0, signal.SIGINT)
            raise


def _start(pool: ProcessPoolExecutor, jobs: int) -> None:
    """Start all processes now, with Ctrl-C waiting until each knows what to do with it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        for _ in range(jobs):
            pool.submit(int)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_process() -> None:
    end_with_parent()
    signal.signal(signal.SIGINT, _end_point)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _end_point(number: int, frame: FrameType | None) -> None:
    """End the point that is being measured here, which closes its board, and begin no other.

    Once, since Ctrl-C comes from the terminal and from the parent.
    """
    signal.signal(number, signal.SIG_IGN)
    stopping.set()
    if at_work:
        signal.default_int_handler(number, frame)


def end_with_parent() -> None:
    """End this process where the one that started it was killed.

    It would wait for ever for its next point, and keep its memory and perhaps its board.
    """
    import multiprocessing.connection  # noqa: PLC0415 - only where there are several

    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        multiprocessing.connection.wait([sentinel])
        os._exit(1)  # what the killed process would have waited for, nobody does

    threading.Thread(target=watch, name="speckhal-parent", daemon=True).start()


def _resource(text: str) -> tuple[str, float]:
    name, _, count = text.partition("=")
    with contextlib.suppress(ValueError):
        if name and float(count) > 0:
            return name, float(count)
    raise InputError(
        f"Asked for the resource {text!r}, which is not NAME=COUNT.",
        hint="Write --resources speck2f=1.",
    )
