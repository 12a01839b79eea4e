"""The command `speckhal`. A subcommand's module is imported when it is run, not before."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from speckhal.cli import commands
from speckhal.cli.commands import COMMANDS
from speckhal.cli.stopping.stop_signals import Stopped, stoppable
from speckhal.cli.terminal.error_messages import Failure, tidy_warnings
from speckhal.cli.terminal.standard_streams import OutputLost, guarded_streams
from speckhal.cli.terminal.stream_state import silence
from speckhal.contract.errors import SpeckhalError
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERRUPTED = 130
"""Exit code by which shells know that a command was stopped from the keyboard."""

_COMPLETE = "_SPECKHAL_COMPLETE"
"""Environment variable by which a shell asks for completions; click reads it."""


class _Commands(click.Group):
    """The subcommands, and what becomes of their errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        command: click.Command = importlib.import_module(f"{commands.__name__}.{module}").command
        command.short_help = summary  # which shells show as they complete
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        if _COMPLETE in os.environ:
            from speckhal.cli.completing_shells import take_completions  # noqa: PLC0415 - --help must stay light

            take_completions()
        try:
            with guarded_streams():
                return super().main(*args, **kwargs)
        except OutputLost as lost:
            silence(sys.stdout)  # or Python would fail with the rest once more on exit
            if lost.exit_code is None:
                with guarded_streams():  # standard error may be full, too, or closed
                    Failure(lost).show()
            sys.exit(lost.exit_code or Failure.exit_code)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _printable_usage():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> object:
        try:
            with _logged(ctx.params["verbosity"]), stoppable(), tidy_warnings(), _printable_usage():
                result: object = super().invoke(ctx)
        except OutputLost:
            raise
        except SpeckhalError as error:
            if ctx.params["traceback"]:
                raise
            raise Failure(error) from error
        except KeyboardInterrupt as interrupt:
            code, said = _INTERRUPTED, ["Interrupted."]
            if isinstance(interrupt, Stopped):
                code, said = interrupt.exit_code, [str(interrupt)]
            if code == _INTERRUPTED:
                if sys.stderr.isatty():
                    click.echo(err=True)  # the terminal shows ^C, and stays on that line
                # from Python 3.11 on: which plugin it came in
                said += getattr(interrupt, "__notes__", [])
            click.echo(printable(" ".join(said)), err=True)
            ctx.exit(code)
        return result


@contextlib.contextmanager
def _logged(verbosity: int) -> Iterator[None]:
    """In the body, what speckhal logs is printed: once a -v what happens once, from two on all."""
    if not verbosity:
        yield
        return
    from speckhal.cli.terminal.log_lines import log_lines  # noqa: PLC0415 - logging takes a while

    with log_lines(in_detail=verbosity > 1):
        yield


@contextlib.contextmanager
def _printable_usage() -> Iterator[None]:
    """In the body, what click says of wrong arguments repeats no escape code of theirs."""
    try:
        yield
    except click.UsageError as error:
        said = error.format_message()
        if printable(said) == said:
            raise
        raise click.UsageError(printable(said), error.ctx) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--traceback",
    is_flag=True,
    envvar="SPECKHAL_TRACEBACK",
    help="Show the traceback of an error (also: SPECKHAL_TRACEBACK=1).",
)
@click.option(
    "-v",
    "--verbose",
    "verbosity",
    count=True,
    help="Print on stderr what is done with boards and files; -vv also each reading and tick.",
)
@click.version_option(package_name="speckhal", message="%(prog)s %(version)s")
def main(**_options: object) -> None:
    """One typed device API for SynSense Speck boards.

    BACKEND[:TARGET] selects a board, such as mock, mock:speck2e or speck2f. Scripts
    and `speckhal leak` take the one in SPECKHAL_BACKEND where none is given, and
    without it the mock.

    Commands end with 0 where all is well, with 1 where something was found wrong, with
    2 where what was asked for could not be done, and with 130 after Ctrl-C.

    To complete commands and options with the Tab key, put this into ~/.bashrc, or with
    zsh_source into ~/.zshrc:

    eval "$(_SPECKHAL_COMPLETE=bash_source speckhal)"
    """
