"""How `speckhal verify` looks on the screen: what was verified, each finding, and the answer."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import click

from speckhal.cli.terminal.layout import after_label, styled, wrap
from speckhal.cli.views.leak_verdict_view import COLOUR
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.verification.words import conclusion, listed
from speckhal.runs.record_again import beside_that_command, command_of_record

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.verification.layer_verification import Verification
    from speckhal.runs.run import Run

_NAMES = 12  # columns of the longest name and a gap
_ANSWERS = 13  # columns of the longest answer and a gap


def show_verification(run: Run, verification: Verification, *, jitter_s: float) -> None:
    """Print what was verified, a line for each finding of each layer, and the answer."""
    info = run.info
    _row("board", f"{info.board}, {info.kind} ({info.backend}, {info.chip.name})")
    if run.is_partial:
        _row("record", "partial: its process died before the end")
    for name, note in run.provenance.notes.items():
        _row(name, note)
    _row("jitter", f"{jitter_s * 1000:g} ms allowed")
    if run.problem is not None:
        _row("ended by", run.problem)
    for trace, deployed, verified in zip(run.traces, run.layers, verification.layers, strict=True):
        click.echo()
        for line in wrap(_about(trace, deployed)):
            click.echo(styled(line, bold=True))
        for (answer, said), alike in itertools.groupby(
            verified.findings, key=lambda one: (one.answer, one.said)
        ):
            names = [one.name for one in alike]
            click.echo(
                (names[0] if len(names) == 1 else "all points").ljust(_NAMES)
                + styled(answer.value.ljust(_ANSWERS), fg=COLOUR[answer])
                + after_label(said, indent=_NAMES + _ANSWERS)
            )
    click.echo()
    for line in wrap(conclusion(verification)):
        click.echo(styled(line, fg=COLOUR[verification.answer]))
    if verification.answer is Answer.CANNOT_TELL:
        _show_what_would_do(run, verification)


def _show_what_would_do(run: Run, verification: Verification) -> None:
    """Which record would show the clock, and which points can be verified without it."""
    wanted = verification.would_do
    if wanted is not None:
        _say("The clock would show in a record of the same network, taken with")
        click.echo(f"  {command_of_record(run, wanted)}")
        _say(beside_that_command(run))
    counting = dict.fromkeys(one.name for one in verification.findings if one.counts)
    still_open = {one.name for one in verification.findings if one.answer is Answer.CANNOT_TELL}
    shown = [name for name in counting if name not in still_open]
    if shown:
        names = ",".join(name.replace(" ", "-") for name in shown)
        _say(f"Without {listed(verification.open_points)} it agrees: --points {names}")


def _say(text: str) -> None:
    click.echo("\n".join(wrap(text)))


def _row(label: str, text: str) -> None:
    click.echo(styled(label.ljust(_NAMES), bold=True) + after_label(text, indent=_NAMES))


def _about(trace: Trace, layer: DeployedLayer) -> str:
    """The layer, and what was read of it."""
    channels, height, width = layer.shape
    about = f"layer {layer.index} on core {layer.core}: {channels} x {height} x {width} neurons, "
    if len(trace) < 2:
        return about + ("one reading" if len(trace) else "no reading")
    ticks = f"{int(trace.ticks[-1])} ticks" if trace.ticks is not None else ""
    span = ticks or f"{float(trace.time_s[-1] - trace.time_s[0]):.4g} s"
    return f"{about}{len(trace)} readings over {span}"
