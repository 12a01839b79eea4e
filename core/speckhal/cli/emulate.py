"""`speckhal emulate`: run a script written for the vendor's SDK on emulated boards."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from types import TracebackType


@click.command(
    "emulate",
    short_help="Run a samna or sinabs script on emulated boards.",
    context_settings={"allow_interspersed_args": False},
)
@click.option(
    "--board",
    "boards",
    multiple=True,
    metavar="NAME",
    help="A board to plug in, such as Speck2fModuleDevKit or speck2edevkit; may be repeated. "
    "Default: one of each.",
)
@click.option(
    "--realtime", is_flag=True, help="Keep to the wall's time instead of running ahead of it."
)
@click.option(
    "--backend", "name", default="mock", show_default=True, metavar="NAME", help="The emulator."
)
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
def command(
    *, boards: tuple[str, ...], realtime: bool, name: str, script: Path, arguments: tuple[str, ...]
) -> None:
    """Run SCRIPT unmodified, as Python would, with emulated boards instead of real ones.

    Virtual are time.sleep, time.time, time.monotonic and time.perf_counter, with their _ns forms:
    emulated time passes when the script calls them or uses a board, so ten seconds of leak are
    over at once.

    Everything else keeps real time and lets no emulated time pass: datetime.now, time.localtime,
    threading.Event.wait and other waits with a timeout, queues, sockets, asyncio. A script that
    waits for its boards like this needs --realtime, with which ten seconds take ten seconds.
    """
    from speckhal.cli.output import plain_output  # noqa: PLC0415  # --help must stay light
    from speckhal.cli.signals import leave_signals_alone  # noqa: PLC0415  # likewise
    from speckhal.paths import readable_file  # noqa: PLC0415  # likewise
    from speckhal.registry import registry  # noqa: PLC0415  # likewise

    readable_file(script, "Asked to run", hint="Give the path of a Python script.")
    emulator = registry().emulator(name)
    leave_signals_alone()  # no board needs tidying, and a signal ends a script of Python's at once
    try:
        with plain_output():
            emulator.run_script(script, arguments, boards=boards, realtime=realtime)
    except Exception as error:
        in_script = _from_script(error.__traceback__, script)
        if in_script is None and not _is_no_python(script, error):
            raise
        # shown as Python itself would, without the frames that led to the script
        traceback.print_exception(type(error), error, in_script)
        sys.exit(1)


def _is_no_python(script: Path, error: Exception) -> bool:
    """Whether it says that the script could not be compiled, so that no frame of it ran."""
    return isinstance(error, SyntaxError) and error.filename in {None, str(script)}


def _from_script(trace: TracebackType | None, script: Path) -> TracebackType | None:
    """The traceback from the script's own first frame on; None if it never got there."""
    while trace is not None and Path(trace.tb_frame.f_code.co_filename) != script:
        trace = trace.tb_next
    return trace
