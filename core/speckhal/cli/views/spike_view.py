"""How a run of spikes looks on the screen: counts, what cores had to do, and the orders' spread."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.table import Table
from rich.text import Text

from speckhal.cli.terminal.console import PlainConsole
from speckhal.contract.spikes import SENSOR_INPUT
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from speckhal.contract.core_activity import CoreActivity
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.spikes import Spikes
    from speckhal.runs.spiking.order_spread import OrderSpread
    from speckhal.runs.spiking.spike_run import SpikeRun

MOST_CHANNELS: Final = 40
"""Counts of channels that are shown; of more, those that sent most."""

_US_PER_S: Final = 1e6
_INDENT: Final = 10
_SHARED_ALL: Final = 0.9995
"""From here on, a share is 100 % as it is printed."""


class SpikeView:
    """Prints a run of spikes.

    Args:
        quiet: print nothing but which files were written, on stderr.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._console = PlainConsole(quiet=quiet)
        self._notes = PlainConsole(stderr=True)

    @contextlib.contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Say what is going on, on a terminal."""
        if not self._notes.is_terminal:
            yield
            return
        with self._notes.status(Text(printable(f"{what} ..."))):
            yield

    def introduce(
        self, info: DeviceInfo, summary: str, spikes: Spikes, said: str, *, rate_hz: int | None
    ) -> None:
        """Say what goes where, before it does."""
        into = ", ".join(_named(index) for index in spikes.layers)
        last_s = int(spikes.time_us.max(initial=0)) / _US_PER_S
        rows = {
            "board": f"{info.board}, {info.kind} ({info.backend}, {info.chip.name})",
            "network": summary,
            "events": f"{_counted(len(spikes), 'spike')} into {into} in {last_s:.6g} s, {said}",
        }
        if rate_hz is not None:
            rows["leak"] = f"{_counted(rate_hz, 'tick')} of the slow clock in a second"
        for label, text in rows.items():
            self._console.labelled(label, text, indent=_INDENT)

    def conclude(self, run: SpikeRun) -> None:
        """Print all tables of a run."""
        self._counts(run)
        self._work(run)
        if run.spread is not None:
            self._spread(run, run.spread)
        if run.problem:
            self._console.say("")
            self._console.say(
                f"Ended early, and all of this is what came until then. {run.problem}",
                style="bold red",
            )
            if run.passed_us is not None and run.duration_us < run.planned_us:
                self._console.say(
                    f"{run.duration_us / _US_PER_S:.6g} s of {run.planned_us / _US_PER_S:.6g} s "
                    f"had passed, in which {len(run.due):,} of "
                    f"{_counted(len(run.given), 'spike')} were due."
                )

    def show(self, run: SpikeRun) -> None:
        """Print a run that was kept: what it is of, and all tables."""
        about = run.provenance
        rows = {
            "options": ", ".join(f"{name} {value}" for name, value in about.options.items()),
            "started": about.started_at,
            "run": about.run_id,
            "versions": ", ".join(f"{name} {value}" for name, value in about.versions.items()),
        }
        network = f"SHA-256 {about.network_hash or 'unknown'}"
        leak = run.deployment.leak
        rate_hz = None if leak is None else leak.rate_hz
        self.introduce(run.info, network, run.due, "kept", rate_hz=rate_hz)
        for label, text in rows.items():
            if text:
                self._console.labelled(label, text, indent=_INDENT)
        self.conclude(run)

    def without_spread(self) -> None:
        """Say on standard error that there is no spread after all."""
        self._notes.note("Ended before 2 orders were finished: there is no spread of orders.")

    def written(self, paths: Sequence[Path]) -> None:
        """Say on standard error which files were written."""
        for path in paths:
            self._notes.note(f"Wrote {path}")

    def _counts(self, run: SpikeRun) -> None:
        table = _table(
            "layer", "core", "neurons", "spikes", "fired", "Hz each", "first s", "last s"
        )
        span_us = run.planned_us if run.passed_us is None else run.passed_us
        for layer in run.layers:
            sent = run.sent_by(layer.index)
            neurons = math.prod(layer.shape)
            fired = len(
                np.unique(np.ravel_multi_index((sent.channel, sent.y, sent.x), layer.shape))
            )
            # what comes of spikes that are all of time 0 has no rate
            rate = f"{len(sent) / neurons / run.duration_us * _US_PER_S:.4g}" if span_us else ""
            times = [
                f"{time / _US_PER_S:.6f}" if len(sent) else "" for time in _ends_us(sent.time_us)
            ]
            table.add_row(
                str(layer.index),
                str(layer.core),
                "x".join(map(str, layer.shape)),
                f"{len(sent):,}",
                f"{fired:,}",
                rate,
                *times,
            )
        if SENSOR_INPUT in run.monitored:
            table.add_row("sensor", "", "", f"{run.counts[SENSOR_INPUT]:,}", "", "", "", "")
        self._console.show_table(table)
        if run.layers:
            last = run.layers[-1]
            counts = run.counts_of_channels(last.index)
            self._console.say(f"layer {last.index} by channel: {_by_channel(counts.tolist())}")

        if run.strays:
            self._console.say(
                f"{_counted(run.strays, 'spike')} came from where no monitored neuron is.",
                style="bold yellow",
            )

    def _work(self, run: SpikeRun) -> None:
        """What each core had to do, for devices that say it."""
        layers = {layer.core: layer.index for layer in run.deployment.layers}
        cores = [core for core in run.activity if core.core in layers]
        if not cores:
            if not run.activity:
                self._console.say("")
                self._console.say("What its cores had to do, this device does not say.")
            return
        duration_s = run.duration_us / _US_PER_S
        table = _table(
            "core", "layer", "events", "operations", "busy", "queue", "mean wait", "longest",
            "dropped", "at floor", "saturated",
        )  # fmt: skip
        for core in cores:
            mean_s = core.delay_s / core.events if core.events else 0.0
            table.add_row(
                str(core.core),
                str(layers[core.core]),
                f"{core.events:,}",
                f"{core.operations:,}",
                f"{core.busy_s / duration_s:.2%}",
                f"{core.longest_queue:,}",
                f"{mean_s * _US_PER_S:.2f} us",
                f"{core.longest_delay_s * _US_PER_S:.2f} us",
                *(f"{count:,}" for count in (core.dropped, core.floor_hits, core.saturations)),
            )
        self._console.say("")
        self._console.say(f"What each core had to do in {duration_s:.6g} s", style="bold")
        self._console.show_table(table)
        for core in cores:
            for said in _rare(core):
                self._console.say(f"core {core.core}: {said}")

    def _spread(self, run: SpikeRun, spread: OrderSpread) -> None:
        """What other orders gave, and what that means for a chip."""
        table = _table("layer", "first run", "mean", "deviation", "", "same spikes")
        for at, layer in enumerate(spread.layers):
            mean, deviation = float(spread.mean[at]), float(spread.deviation[at])
            table.add_row(
                _named(layer).removeprefix("layer "),
                f"{run.counts[layer]:,}",
                f"{mean:,.1f}",
                f"{deviation:.2f}",
                f"{deviation / mean:.2%}" if mean else "",
                _shares(spread.shared[:, at]),
            )
        self._console.say("")
        self._console.say(
            f"The same in {len(spread.orders)} orders that a chip may follow", style="bold"
        )
        if spread.asked is not None:
            self._console.say(
                f"Ended early: {spread.asked} were to be tried, and {len(spread.orders)} of them "
                "were finished.",
                style="bold red",
            )
        self._console.show_table(table)
        pairs = zip(spread.channel_mean, spread.channel_deviation, strict=True)
        channels = [f"{mean:.1f}\N{PLUS-MINUS SIGN}{deviation:.1f}" for mean, deviation in pairs]
        shown = ", ".join(channels[:MOST_CHANNELS])
        more = len(channels) - MOST_CHANNELS
        self._console.say(
            f"{_named(spread.last_layer)} by channel: {shown}{f', and {more} more' * (more > 0)}"
        )
        self._console.say(_what_it_means(run, spread))


def _what_it_means(run: SpikeRun, spread: OrderSpread) -> str:
    all_counts = np.vstack([[run.counts[layer] for layer in spread.layers], spread.counts])
    known = spread.mean > 0
    apart = np.ptp(all_counts, axis=0)[known] / spread.mean[known]
    largest = float(apart.max(initial=0))
    shares = spread.shared[~np.isnan(spread.shared)]
    least = float(shares.min(initial=1.0))
    said = ["In which order a chip takes spikes that come together is not published."]
    if largest > 0:
        said.append(
            f"Counts on a chip may differ by as much as these: up to {largest:.2%} of a layer here."
        )
    else:
        said.append("These orders gave the same counts; with inhibition, they may differ.")
    if least < _SHARED_ALL:
        said.append(
            f"Single spikes will not be the same: in one of these orders, only {least:.1%} of the "
            "spikes of a layer came from the same neuron in the same microsecond."
        )
    return " ".join(said)


def _shares(shares: npt.NDArray[np.float64]) -> str:
    known = shares[~np.isnan(shares)]
    if not len(known):
        return ""
    low, high = f"{known.min():.1%}", f"{known.max():.1%}"
    return low if low == high else f"{low} to {high}"


def _rare(core: CoreActivity) -> Iterator[str]:
    """What happens seldom, where it did."""
    for count, what in (
        (core.spikes_of_ticks, "fired at a tick"),
        (core.residues, "left their neuron at or above the threshold"),
        (core.decimated, "were kept back by the output decimator"),
    ):
        if count:
            yield f"{_counted(count, 'spike')} {what}"
    for count, what in (
        (core.lost, "lost since neurons had just been written"),
        (core.outside, "outside its input map"),
    ):
        if count:
            yield f"{_counted(count, 'event')} {what}"
    if core.stalled_s:
        yield f"its spikes waited {core.stalled_s * _US_PER_S:.4g} us for room in the core behind"


def _by_channel(counts: Sequence[int]) -> str:
    if len(counts) <= MOST_CHANNELS:
        return ", ".join(map(str, counts))
    order = sorted(range(len(counts)), key=lambda channel: (-counts[channel], channel))
    most = ", ".join(f"{channel}: {counts[channel]}" for channel in order[:MOST_CHANNELS])
    return f"{most}, and {len(counts) - MOST_CHANNELS} that sent less"


def _ends_us(time_us: npt.NDArray[np.int64]) -> tuple[int, int]:
    return (int(time_us.min()), int(time_us.max())) if len(time_us) else (0, 0)


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, justify="right")
    return table


def _named(index: int) -> str:
    return "the sensor's input" if index == SENSOR_INPUT else f"layer {index}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
