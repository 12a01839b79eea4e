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
from speckhal.cli.exit_codes import INTERRUPTED, NOT_DONE
from speckhal.cli.stopping.stop_signals import Stopped, stoppable
from speckhal.cli.terminal.error_messages import Failure, tidy_warnings
from speckhal.cli.terminal.standard_streams import OutputLost, guarded_streams
from speckhal.cli.terminal.stream_state import silence
from speckhal.contract.errors import SpeckhalError
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            sys.exit(lost.exit_code or NOT_DONE)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not ctx.resilient_parsing and args[0] not in COMMANDS:
            from speckhal.cli.terminal.usage_errors import unknown_command  # noqa: PLC0415 - as below

            raise unknown_command(args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise self._in_sentences(error) from error

    def invoke(self, ctx: click.Context) -> object:
        try:
            with _logged(ctx.params["verbosity"]), stoppable(), tidy_warnings():
                result: object = super().invoke(ctx)
        except click.UsageError as error:
            raise self._in_sentences(error, ctx) from error
        except OutputLost:
            raise
        except SpeckhalError as error:
            if ctx.params["traceback"]:
                raise
            raise Failure(error) from error
        except KeyboardInterrupt as interrupt:
            code, said = INTERRUPTED, ["Interrupted."]
            if isinstance(interrupt, Stopped):
                code, said = interrupt.exit_code, [str(interrupt)]
            if code == INTERRUPTED:
                if sys.stderr.isatty():
                    click.echo(err=True)  # the terminal shows ^C, and stays on that line
                # from Python 3.11 on: which plugin it came in
                said += getattr(interrupt, "__notes__", [])
            click.echo(printable(" ".join(said)), err=True)
            ctx.exit(code)
        return result

    def _in_sentences(
        self, error: click.UsageError, ctx: click.Context | None = None
    ) -> click.ClickException:
        """The error in the form of all others; help that stands for no words at all stays help."""
        if type(error).show is not click.UsageError.show:
            return error
        from speckhal.cli.terminal.usage_errors import in_sentences  # noqa: PLC0415 - wrong use only

        command: click.Command = self
        path = "speckhal"
        if error.ctx is not None:
            command, path = error.ctx.command, error.ctx.command_path
        elif ctx is not None and ctx.invoked_subcommand is not None:
            command = self.get_command(ctx, ctx.invoked_subcommand) or command
            path = f"{ctx.command_path} {ctx.invoked_subcommand}"
        return Failure(in_sentences(error, command, path))


@contextlib.contextmanager
def _logged(verbosity: int) -> Iterator[None]:
    """In the body, what speckhal logs is printed: once a -v what happens once, from two on all."""
    if not verbosity:
        yield
        return
    from speckhal.cli.terminal.log_lines import log_lines  # noqa: PLC0415 - logging takes a while

    with log_lines(in_detail=verbosity > 1):
        yield


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
