"""How a program ended: its exit code, with its errors shown as Python shows them."""

from __future__ import annotations

import contextlib
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speckhal.contract.errors import SpeckhalError
from speckhal.system.programs.main_module import as_main, main_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from speckhal.system.programs.main_module import Program

_OUTPUT_LOST = 120
"""Exit code by which Python says that what was printed could not be written."""


def run_as_python(program: Program, arguments: Sequence[str]) -> int:
    """Run a program as `__main__`, to the end of its threads and exit callbacks.

    Returns:
        What Python's exit code would be. Errors of the program are on standard error.

    Raises:
        InputError: it could not be run at all.
        KeyboardInterrupt: it was interrupted.
    """
    with as_main(program, arguments) as ending:
        outcome = _outcome(program, main_names())
    if isinstance(outcome, BaseException):
        raise outcome
    return _OUTPUT_LOST if ending.is_output_lost else outcome


def _outcome(program: Program, names: dict[str, Any]) -> int | BaseException:
    """The exit code; or what is to be raised when all is over, without the frames it came from.

    Frames would keep the program's globals alive.
    """
    failed: BaseException
    try:
        program.run(names)
    except SystemExit as end:
        return _exit_code(end.code)
    except KeyboardInterrupt as interrupt:
        interrupt.__context__ = None
        return interrupt.with_traceback(None)
    except BaseException as error:  # noqa: BLE001 - a program may raise anything
        failed = error
    else:
        return 0
    # here, so that what a hook raises did not happen while handling it
    trace = _of_program(failed.__traceback__, names)
    if trace is None and isinstance(failed, SpeckhalError):
        return failed.with_traceback(None)
    _show(failed, trace)
    return 1


def _exit_code(code: object) -> int:
    if code is None or isinstance(code, int):
        return int(code or 0)
    with contextlib.suppress(Exception):  # standard error may be closed
        print(code, file=sys.stderr)  # noqa: T201 - as Python does
    return 1


def _of_program(trace: TracebackType | None, names: dict[str, Any]) -> TracebackType | None:
    """The traceback from the program's own first frame on; None if it never got there.

    A module's package may fail before the module itself runs.
    """
    first = trace
    while first is not None and first.tb_frame.f_globals is not names:
        first = first.tb_next
    if first is not None:
        return first
    while trace is not None and _leads_there(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _leads_there(filename: str) -> bool:
    return (
        filename.startswith("<frozen ")
        or Path(filename).name == "runpy.py"
        or Path(filename).parent == Path(__file__).parent
    )


def _show(error: BaseException, trace: TracebackType | None) -> None:
    """Show an error as Python itself would, without the frames that led to the program."""
    error = error.with_traceback(trace)
    with contextlib.suppress(OSError, ValueError, AttributeError):  # a standard error that is gone
        try:
            sys.excepthook(type(error), error, trace)
        except Exception as own:  # noqa: BLE001 - the program's own
            print("Error in sys.excepthook:", file=sys.stderr)  # noqa: T201 - as Python does
            trace_of_own = own.__traceback__ and own.__traceback__.tb_next
            traceback.print_exception(type(own), own, trace_of_own)
            print("\nOriginal exception was:", file=sys.stderr)  # noqa: T201 - as Python does
            sys.__excepthook__(type(error), error, trace)
