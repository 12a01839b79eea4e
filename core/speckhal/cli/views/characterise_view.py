"""How `speckhal characterise` looks on the screen: an estimate, results as they come, a summary."""

from __future__ import annotations

import collections
import contextlib
import math
import time
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from speckhal.cli.terminal.console import PATIENCE_S, PlainConsole
from speckhal.cli.terminal.layout import after_label
from speckhal.contract.characterise import Comparison
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rich.console import RenderableType

    from speckhal.contract.characterise import MeasuredBoard, Measurement, Result, Value, Watcher
    from speckhal.contract.errors import SpeckhalError
    from speckhal.runs.profile import Profile

_COLOURS = {
    Comparison.AS_ASSUMED.value: "green",
    Comparison.DIFFERS.value: "yellow",
    Comparison.NOT_SETTLED.value: "cyan",
    "failed": "red",
}
_MARGIN = 2
_MARK = 13  # columns of the longest verdict and a gap
_NAME = 28  # columns of the longest name and a gap


class CharacteriseView:
    """Prints what is found as soon as it is.

    Args:
        walls_s: how long each measurement will take, by name.
        quiet: print nothing but failures and files written, to stderr.
    """

    def __init__(self, walls_s: Mapping[str, float], *, quiet: bool) -> None:
        self._walls_s = walls_s
        self._total_s = sum(walls_s.values())
        self._console = PlainConsole(quiet=quiet)
        self._notes = PlainConsole(stderr=True)
        self._quiet = quiet
        self._bar = _Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn(f"of {_duration_in_words(self._total_s)}"),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._bar.begin(self._total_s)

    def announce(self, backend: str) -> None:
        """Say what is going to be done and how long it will take, before it begins."""
        count = len(self._walls_s)
        amount = "1 measurement" if count == 1 else f"{count} measurements"
        self._console.say(f"{amount} on {backend}: {_duration_in_words(self._total_s)}.")

    @contextlib.contextmanager
    def progress(self) -> Iterator[None]:
        """Show how far it is; at once if it will take long."""
        if self._total_s > PATIENCE_S:
            self._bar.start()
        try:
            yield
        finally:
            self._bar.stop()

    def opened(self, board: MeasuredBoard) -> None:
        """Print which board it is, with its firmware and the SDK."""
        kind = "emulated" if board.emulated else "hardware"
        facts = {
            "board": f"{board.board}, {kind} ({board.chip})",
            "serial": board.serial_number or "none",
            "firmware": ", ".join(f"{part} {version}" for part, version in board.firmware.items())
            or "not reported",
            "SDK": board.vendor,
        }
        self._console.say("")
        for name, fact in facts.items():
            self._console.labelled(name, fact, indent=10)
        self._console.say("")

    def begins(self, measurement: Measurement) -> None:
        """Say in the progress bar what is measured now."""
        width = max(map(len, self._walls_s))
        self._bar.next(printable(measurement.name).ljust(width), self._walls_s[measurement.name])
        if self._bar.elapsed_s > PATIENCE_S:
            self._bar.start()

    def found(self, result: Result) -> None:
        """Print a result; where it is not as assumed, what is and how it was measured."""
        verdict = result.verdict
        is_number = isinstance(result.value, int | float)
        sure = result.uncertainty
        shown = sure if is_number and sure.startswith("±") else f"({sure})"
        value = f"{value_in_words(result.value)} {shown}"
        more = [f"Assumed: {value_in_words(result.assumed)}.", result.how]
        if verdict is Comparison.AS_ASSUMED:
            more = []
        elif verdict is Comparison.NOT_SETTLED:
            value, more = "", [result.how]
        self._row(verdict.value, result.name, value, more)

    def failed(self, measurement: Measurement, error: SpeckhalError) -> None:
        """Print why a measurement failed, and what would help."""
        if self._quiet:
            self._notes.note(f"{measurement.name} failed: {error}")
        self._row("failed", measurement.name, "", [error.message, error.hint or ""])

    def conclude(self, profile: Profile, out: Path | None) -> None:
        """Print how many of each there were, and which file was written."""
        counts = collections.Counter(result.verdict for result in profile.results)
        counted = [
            f"{counts[kind]} {_counted(kind, counts[kind])}" for kind in Comparison if counts[kind]
        ]
        self._console.say("")
        count = len(profile.results)
        noun = "result" if count == 1 else "results"
        self._console.say(f"{count} {noun}: {', '.join(counted) or 'none'}.")
        if profile.missing:
            names = ", ".join(profile.missing)
            self._console.say(f"Incomplete: without {names}.")
        if out is not None:
            state = "" if profile.is_complete else " (incomplete)"
            self._notes.note(f"Wrote {out}{state}")

    def _row(self, mark: str, name: str, value: str, more: Iterable[str]) -> None:
        """The verdict, what it is about and the value; below, indented, what else to say."""
        name = printable(name)
        start = _MARGIN + _MARK + max(_NAME, len(name) + 2)
        text = Text.assemble(
            " " * _MARGIN,
            (mark.ljust(_MARK), _COLOURS[mark]),
            name.ljust(start - _MARGIN - _MARK),
            after_label(value, indent=start),
        )
        text.rstrip()
        self._console.show(text)
        for sentence in filter(None, more):
            self._console.say(sentence, indent=_MARGIN + _MARK, style="dim")


def _counted(verdict: Comparison, count: int) -> str:
    """The verdict on that many results, such as "differ" on two."""
    return "differ" if verdict is Comparison.DIFFERS and count > 1 else verdict.value


class _Bar(Progress):
    """A progress bar that moves on while a measurement runs, by how long it should take."""

    def begin(self, total_s: float) -> None:
        """Show an empty bar that is full after `total_s`."""
        self._begun_s = self._since_s = time.monotonic()
        self._done_s = self._present_s = 0.0
        self._all = self.add_task("opening", total=total_s)

    def next(self, name: str, wall_s: float) -> None:
        """Go on to a measurement that should take `wall_s`; the one before is done."""
        self._done_s += self._present_s
        self._present_s = wall_s
        self._since_s = time.monotonic()
        self.update(self._all, description=name, completed=self._done_s)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first measurement began."""
        return time.monotonic() - self._begun_s

    def get_renderables(self) -> Iterable[RenderableType]:
        """Move the bar on, and pass it to rich."""
        if self.tasks:  # rich asks before `begin` as well
            passed_s = min(time.monotonic() - self._since_s, self._present_s)
            self.update(self._all, completed=self._done_s + passed_s)
        yield from super().get_renderables()


def show_list(measurements: Sequence[Measurement], walls_s: Mapping[str, float]) -> None:
    """Print the measurements, what each asks and how long it takes."""
    width = max((len(item.name) for item in measurements), default=0) + 2
    for item in measurements:
        about = f"{item.summary} ({_duration_in_words(walls_s[item.name])})"
        click.echo(printable(item.name).ljust(width) + after_label(about, indent=width))


def value_in_words(value: Value) -> str:
    """A value as people read it: "1 to 1000000" for a range, "none" for nothing found."""
    if value is None:
        return "none"
    if isinstance(value, list):
        between = " to " if all(isinstance(item, int) for item in value) else " "
        return between.join(map(str, value))
    return str(value)


def _duration_in_words(duration_s: float) -> str:
    if duration_s < 1:
        return "less than a second"
    if duration_s < 90:
        return f"about {math.ceil(duration_s)} s"
    return f"about {math.ceil(duration_s / 60)} min"


if TYPE_CHECKING:

    def _conforms(view: CharacteriseView) -> Watcher:
        return view
