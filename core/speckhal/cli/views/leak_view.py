"""How `speckhal leak` looks on the screen: rows as they come, a progress bar, a verdict."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from speckhal.cli.terminal.console import PATIENCE_S, PlainConsole
from speckhal.cli.views.leak_verdict_view import (
    COLOUR,
    verdict_sentence,
    verdict_table,
)
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.grave_first import by_gravity, problems_together
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.reading import Reading, VMem
    from speckhal.leak.channel_verdict import ChannelVerdict
    from speckhal.runs.record import LeakRecord

MOST_COLUMNS = 6
"""More neurons than this are shown as one column for each channel, more channels as one range."""

MOST_CHANNELS = 12
"""Rows of the verdict; further channels that agree are only counted."""


class LeakView:
    """Prints the experiment as it goes.

    Args:
        quiet: print nothing but what `written` and `conclude` have to say to a person on stderr.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._console = PlainConsole(quiet=quiet)
        self._notes = PlainConsole(stderr=True)
        self._progress = Progress(
            TextColumn("reading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._progress.add_task("reading", total=None)
        self._wanted = 0
        self._layers = 1
        self._taken = 0
        self._begun_s: float | None = None
        self._has_header = False
        self._counts_ticks = False

    @contextlib.contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Say what is going on while nothing can be counted, on a terminal."""
        if not self._notes.is_terminal:
            yield
            return
        with self._notes.status(Text(printable(f"{what} ..."))):
            yield

    def introduce(
        self,
        info: DeviceInfo,
        layers: Sequence[DeployedLayer],
        summary: str,
        *,
        samples: int,
        is_stepped: bool,
    ) -> None:
        """Say what is watched, before the first of that number of samples of each layer."""
        self._layers = len(layers)
        self._wanted = samples * self._layers
        self._progress.update(self._task, total=self._wanted)
        self._counts_ticks = is_stepped or layers[0].rate_hz is None
        facts = [
            ("board", f"{info.board}, {info.kind} ({info.backend}, {info.chip.name})"),
            ("network", summary),
        ]
        facts += [fact for layer in layers for fact in _facts_of(layer, is_stepped=is_stepped)]
        width = max(len(name) for name, _ in facts) + 2
        for name, fact in facts:
            self._console.labelled(name, fact, indent=width)
        self._console.say("")

    @contextlib.contextmanager
    def progress(self, *, virtual: bool) -> Iterator[None]:
        """Show how far the readings are; at once where they wait for real time to pass."""
        self._begun_s = time.monotonic()
        if not virtual:
            self._progress.start()
        try:
            yield
        finally:
            self._progress.stop()

    def reading(self, reading: Reading, time_s: float) -> None:
        """Print one reading as a row; `time_s` is since the clock was switched on."""
        cells = _cells(reading.v_mem) if self._layers == 1 else _cells_of_one(reading)
        if not self._has_header:
            tick_name = "tick" if self._counts_ticks else None
            self._row("time s", tick_name, [name for name, _ in cells], style="bold")
            self._has_header = True
        tick = "" if reading.ticks is None else str(reading.ticks)
        self._row(
            f"{time_s:.3f}", tick if self._counts_ticks else None, [cell for _, cell in cells]
        )
        self._taken += 1
        self._progress.advance(self._task)
        waited_s = time.monotonic() - (self._begun_s or time.monotonic())
        if waited_s > PATIENCE_S:
            self._progress.start()

    def written(self, paths: Sequence[Path]) -> None:
        """Say on standard error which files were written."""
        for path in paths:
            self._notes.note(f"Wrote {path}")

    def late(self, said: str) -> None:
        """Say on standard error that readings came later than asked for; nothing where empty."""
        if said:
            self._notes.note(said)

    def conclude(self, records: Sequence[LeakRecord]) -> None:
        """Print expected and measured leak side by side, and whether they agree."""
        if self._taken < self._wanted:
            self._console.say("")
            self._console.note(f"Only {self._taken} of {self._wanted} readings were taken.")
        for record in records:
            if len(records) > 1:
                self._console.say("")
                self._console.say(f"Layer {record.layer.index}", style="bold")
            self._conclude(record)

    def _conclude(self, record: LeakRecord) -> None:
        channels = () if record.verdict is None else record.verdict.channels
        if channels:
            self._compare(channels)
        problems = problems_together(channels) or [
            (problem, record.answer) for problem in record.problems
        ]
        for problem, answer in problems[:MOST_CHANNELS]:
            self._console.say(problem, style=COLOUR[answer])
        if len(problems) > MOST_CHANNELS:
            self._console.note(f"and {len(problems) - MOST_CHANNELS} more like these")
        if record.answer is Answer.AGREES:
            self._console.say(
                f"The leak of layer {record.layer.index} agrees with what was deployed.",
                style="green",
            )

    def _compare(self, channels: Sequence[ChannelVerdict]) -> None:
        """Print a row for each channel, those that do not agree before all others."""
        timed = any(channel.expected_leak_per_s is not None for channel in channels)
        shown = sorted(by_gravity(channels)[:MOST_CHANNELS], key=lambda channel: channel.channel)
        table = verdict_table(shown, timed=timed)
        if self._console.fits(table):
            self._console.show_table(table)  # starts with an empty line
        else:
            self._console.say("")
            for channel in shown:
                self._console.show(verdict_sentence(channel))
        left_out = len(channels) - MOST_CHANNELS
        if left_out > 0:
            self._console.note(f"and {left_out} more channels")
        if timed:
            self._console.say("* in spike thresholds, give or take one tick over the whole time")

    def _row(self, time_s: str, tick: str | None, cells: Sequence[str], *, style: str = "") -> None:
        # of fixed widths, so that rows line up although they come one by one
        counted = [] if tick is None else [tick.rjust(6)]
        texts = [time_s.rjust(9), *counted, *(cell.rjust(8) for cell in cells)]
        self._console.show(Text("  ".join(texts), style=style))


def _facts_of(layer: DeployedLayer, *, is_stepped: bool) -> list[tuple[str, str]]:
    channels, height, width = layer.shape
    steps = sorted(set(layer.biases.tolist()))
    added = str(steps[0]) if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
    is_stepped = is_stepped or layer.rate_hz is None
    rate = "stepped clock" if is_stepped else f"{layer.rate_hz} Hz slow clock"
    error = layer.rounding_error
    worst = float(error[np.abs(error).argmax()])
    place = f"{layer.index} on core {layer.core}: {channels} x {height} x {width} neurons"
    leak = f"a tick adds {added}, the threshold is {layer.threshold_high}; {rate}"
    return [
        ("layer", f"{place} (channels x height x width)"),
        ("leak", f"{leak}; rounding {worst:+.1%}"),
    ]


def _cells_of_one(reading: Reading) -> list[tuple[str, str]]:
    """What a row shows of one of several layers, which may have other shapes."""
    v_mem = reading.v_mem
    return [
        ("layer", str(reading.layer)),
        ("lowest", str(v_mem.min())),
        ("highest", str(v_mem.max())),
    ]


def _cells(v_mem: VMem) -> list[tuple[str, str]]:
    """What a row shows: name and text of each column."""
    channels = v_mem.shape[0]
    if v_mem.size <= MOST_COLUMNS:
        return [(f"c{c} y{y} x{x}", str(value)) for (c, y, x), value in np.ndenumerate(v_mem)]
    if channels <= MOST_COLUMNS:
        return [(f"channel {c}", _spread(v_mem[c])) for c in range(channels)]
    return [("lowest", str(v_mem.min())), ("highest", str(v_mem.max()))]


def _spread(v_mem: VMem) -> str:
    lowest, highest = int(v_mem.min()), int(v_mem.max())
    return str(lowest) if lowest == highest else f"{lowest}..{highest}"
