"""`speckhal emulate`: run a program written for the vendor's SDK on emulated boards."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.board_options import board_options, with_profile
from speckhal.cli.completing_files import complete_profile, complete_script
from speckhal.cli.completion import complete_backend, complete_board
from speckhal.contract.errors import CapabilityUnsupported

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeGuard

    from speckhal.contract.backend import DeskEmulator, Emulator
    from speckhal.discovery.option_texts import OptionValue


@click.command(
    "emulate",
    context_settings={"allow_interspersed_args": False},
)
@click.option(
    "--board",
    "boards",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_board,
    help="A board to plug in, such as Speck2fModuleDevKit or speck2edevkit; may be repeated. "
    "Default: one of each, of which samna lists a Speck2e first.",
)
@board_options
@click.option(
    "--profile",
    type=UserPath(),
    metavar="FILE.toml",
    shell_complete=complete_profile,
    help="Let the boards behave as 'speckhal characterise' measured one. Without --board, the "
    "board that was measured is plugged in alone.",
)
@click.option(
    "--realtime",
    is_flag=True,
    help="Let emulated time pass as fast as real time, instead of running ahead.",
)
@click.option(
    "--backend",
    "name",
    default="mock",
    show_default=True,
    metavar="NAME",
    help="The emulator.",
    shell_complete=complete_backend,
)
@click.option(
    "-m", "as_module", is_flag=True, help="SCRIPT is the name of a module, as in python -m."
)
@click.argument("script", shell_complete=complete_script)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
def command(
    *,
    boards: tuple[str, ...],
    options: dict[str, OptionValue],
    profile: Path | None,
    realtime: bool,
    name: str,
    as_module: bool,
    script: str,
    arguments: tuple[str, ...],
) -> None:
    """Run SCRIPT unmodified, as Python would, with emulated boards instead of real ones.

    SCRIPT is a Python file, a notebook (.ipynb), - for standard input, or with -m a module. It
    keeps its boards until its threads have ended and its exit callbacks have run. Of a notebook
    the code cells run, in its folder; magics and shell lines are reported and passed over, but
    the Python under %%time or %%capture runs.

    Virtual is the time of everything that Python itself waits with: time.sleep, time.time,
    time.monotonic and time.perf_counter, threading, queue, concurrent.futures and asyncio. It
    passes when all threads of the script wait, so ten seconds of leak are over at once.

    datetime.now, time.localtime, processes and sockets keep real time: a script that depends on
    these needs --realtime, with which ten seconds take ten seconds.
    """
    from speckhal.cli.stopping.stop_signals import leave_signals_alone
    from speckhal.cli.terminal.error_messages import plain_warnings
    from speckhal.cli.terminal.standard_streams import plain_streams
    from speckhal.discovery.registry import registry
    from speckhal.system.programs import program_of, run_as_python

    asked = with_profile(options, profile)
    program = program_of(script, as_module=as_module)
    emulator = registry().emulator(name)
    leave_signals_alone()  # no board needs tidying, and a signal ends a script of Python's at once
    with plain_streams(), plain_warnings():
        if not _lends_desk(emulator):
            if asked or program.script is None:
                raise CapabilityUnsupported(
                    f"The emulator {name} runs scripts from files, and takes no options.",
                    hint="Give the path of a Python script and no options; or --backend mock, "
                    "which runs notebooks, modules and standard input as well.",
                )
            emulator.run_script(program.script, arguments, boards=boards, realtime=realtime)
            return
        with emulator.desk(boards=boards, realtime=realtime, options=asked):
            code = run_as_python(program, arguments)
    sys.exit(code)


def _lends_desk(emulator: Emulator) -> TypeGuard[DeskEmulator]:
    return hasattr(emulator, "desk")
