"""How `speckhal compare` looks on the screen: the two, each layer, and where they part first."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import click
from rich.table import Table
from rich.text import Text

from speckhal.cli.terminal.console import PlainConsole
from speckhal.cli.terminal.layout import after_label, styled, wrap
from speckhal.cli.views.leak_verdict_view import COLOUR
from speckhal.leak.channel_verdict import Answer
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from speckhal.runs.comparison.layer_comparison import Divergence, LayerComparison
    from speckhal.runs.comparison.run_comparison import RunComparison
    from speckhal.runs.comparison.sides import Side

_NAMES: Final = 13  # columns of the longest label and a gap
_MOST_LAYERS: Final = 12
_CONCLUSION: Final = {
    Answer.AGREES: "a and b agree.",
    Answer.DISAGREES: "a and b disagree.",
    Answer.CANNOT_TELL: "The readings do not show whether a and b agree.",
}


@contextlib.contextmanager
def busy(what: str) -> Iterator[None]:
    """Say on a terminal what is going on."""
    notes = PlainConsole(stderr=True)
    if not notes.is_terminal:
        yield
        return
    with notes.status(Text(printable(f"{what} ..."))):
        yield


@contextlib.contextmanager
def saying_what_was_written() -> Iterator[list[Path | None]]:
    """Say on standard error which files were written, after all else, whatever ends the body.

    Yields:
        A list to which the body adds them; None stands for no file.
    """
    paths: list[Path | None] = []
    try:
        yield paths
    finally:
        for path in filter(None, paths):
            PlainConsole(stderr=True).note(f"Wrote {path}")


def show_comparison(comparison: RunComparison, names: Mapping[str, str]) -> None:
    """Print what was compared, each layer, the first divergence, and the answer.

    Args:
        comparison: of two runs.
        names: of a and of b, as the user typed them.
    """
    for side in comparison.sides:
        _row(side.name, _who(side, names[side.name]))
    _row("tolerance", str(comparison.tolerance))
    if comparison.ahead:
        ahead = "b" if comparison.ahead > 0 else "a"
        _row("start", f"{ahead} was {abs(comparison.ahead)} ticks ahead when it was read first")
    for one in comparison.layers[:_MOST_LAYERS]:
        click.echo()
        _show_layer(one)
    if len(comparison.layers) > _MOST_LAYERS:
        click.echo(f"and {len(comparison.layers) - _MOST_LAYERS} more layers")
    parted = comparison.divergence
    if parted is not None:
        click.echo()
        _show_divergence(parted)
    for title, sentences in (
        ("Clocks", comparison.clocks),
        ("Deployed differently", comparison.deployed_differently),
        ("What else the runs show", comparison.explanation),
        ("Notes", (*comparison.uncompared, *comparison.notes)),
    ):
        _show_sentences(title, sentences)
    click.echo()
    said = _CONCLUSION[comparison.answer]
    if parted is not None:
        said = f"a and b part at tick {parted.tick}{parted.at_the_latest}."
    for line in wrap(said):
        click.echo(styled(line, fg=COLOUR[comparison.answer]))


def _row(label: str, text: str) -> None:
    click.echo(styled(label.ljust(_NAMES), bold=True) + after_label(text, indent=_NAMES))


def _who(side: Side, name: str) -> str:
    if side.run is None:
        return name
    info = side.run.info
    serial = f", serial number {info.serial_number}" if info.serial_number else ""
    return f"{name}: {info.board}, {info.kind} ({info.backend}, {info.chip.name}){serial}"


def _show_layer(one: LayerComparison) -> None:
    size = " x ".join(map(str, one.shape))
    cores = ["?" if core is None else str(core) for core in one.cores]
    where = f"on core {cores[0]} in a and core {cores[1]} in b"
    if cores[0] == cores[1] != "?":
        where = f"on core {cores[0]} in both"
    for line in wrap(f"layer {one.layer}: {size} neurons, {where}"):
        click.echo(styled(line, bold=True))
    ticks = f"{one.ticks} tick{'s' * (one.ticks != 1)}"
    said = (
        f"{one.compared[0]} of {one.readings[0]} readings of a and {one.compared[1]} of "
        f"{one.readings[1]} of b were compared, at {ticks}."
    )
    if one.differing_neurons:
        count = int(one.differing.size)
        said += (
            f" {one.differing_neurons} of {count} neurons "
            f"differ{'s' * (one.differing_neurons == 1)}, by up to {int(one.largest.max())}."
        )
    if one.reason:
        said += f" {one.reason}"
    answer = styled(one.answer.value.ljust(_NAMES), fg=COLOUR[one.answer])
    click.echo(answer + after_label(said, indent=_NAMES))


def _show_divergence(parted: Divergence) -> None:
    title = (
        f"First divergence: tick {parted.tick}{parted.at_the_latest}, layer {parted.layer}, "
        f"channel {parted.channel}, y {parted.y}, x {parted.x}"
    )
    for line in wrap(title):
        click.echo(styled(line, bold=True))
    _show_history(parted)
    if any(one.is_open for one in parted.history):
        for line in wrap(
            "? A tick that came while it was read may explain the difference.", indent=2
        ):
            click.echo(line)
    if parted.open_from is not None:
        said = (
            f"A neuron may be apart from tick {parted.open_from} on already: ticks came, or may "
            "have been lost, while the earlier readings were taken."
        )
        for line in wrap(said, indent=2):
            click.echo(line)


def _show_history(parted: Divergence) -> None:
    """What was read of the neuron around the divergence, without times where these have no room."""
    console = PlainConsole()
    table = _history(parted, timed=True)
    if console.fits(table):
        console.show_table(table)
        return
    console.show_table(_history(parted, timed=False))
    a, b = (f"{time_s:.3f} s" for time_s in parted.time_s)
    for line in wrap(f"> Read at {a} in a and at {b} in b.", indent=2):
        click.echo(line)


def _history(parted: Divergence, *, timed: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for name in ("tick", *(["a time s", "b time s"] * timed), "a", "b", "a - b"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in parted.history:
        is_it = (one.tick, one.time_s) == (parted.tick, parted.time_s)
        times = [f"{time_s:.3f}" for time_s in one.time_s] if timed else []
        numbers = (one.tick, *times, *one.values, one.values[0] - one.values[1])
        mark = ">" if is_it else "?" * one.is_open
        table.add_row(mark, *map(str, numbers), style="bold red" if is_it else "")
    return table


def _show_sentences(title: str, sentences: Sequence[str]) -> None:
    if not sentences:
        return
    click.echo()
    click.echo(styled(title, bold=True))
    for sentence in sentences:
        for line in wrap(sentence, indent=2):
            click.echo(line)
