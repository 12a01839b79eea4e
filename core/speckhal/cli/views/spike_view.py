"""How a run of spikes looks on the screen: counts, what cores had to do, and the orders' spread."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from speckhal.cli.terminal.console import PlainConsole
from speckhal.runs.spiking.spike_tables import (
    counts_table,
    seldom_table,
    spread_table,
    work_table,
)
from speckhal.runs.spiking.spike_words import (
    counts_by_channel,
    in_seconds,
    most_often,
    named,
    said_of_end,
    said_of_strays,
    said_of_tried,
    spread_by_channel,
    what_orders_mean,
)
from speckhal.system.counted import counted
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.spikes import Spikes
    from speckhal.runs.spiking.order_spread import OrderSpread
    from speckhal.runs.spiking.spike_run import SpikeRun
    from speckhal.runs.spiking.spike_tables import SpikeTable

_INDENT: Final = 10


def has_biases(deployment: Deployment) -> bool:
    """Whether a bias is not 0, which acts at ticks alone."""
    return any(bool(layer.biases.any()) for layer in deployment.layers)


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
        self,
        info: DeviceInfo,
        summary: str,
        spikes: Spikes,
        said: str,
        *,
        rate_hz: int | None,
        has_biases: bool,
    ) -> None:
        """Say what goes where, before it does."""
        into = ", ".join(named(index) for index in spikes.layers)
        last = in_seconds(int(spikes.time_us.max(initial=0)))
        rows = {
            "board": f"{info.board}, {info.kind} ({info.backend}, {info.chip.name})",
            "network": summary,
            "events": f"{counted(len(spikes), 'spike')} into {into} in {last}, {said}",
        }
        if rate_hz is not None:
            rows["leak"] = f"{counted(rate_hz, 'tick')} of the slow clock in a second"
        elif has_biases:
            rows["leak"] = "none: biases act at ticks of the slow clock, which is off (--rate-hz)"
        for label, text in rows.items():
            self._console.labelled(label, text, indent=_INDENT)

    def conclude(self, run: SpikeRun) -> None:
        """Print all tables of a run."""
        self._counts(run)
        self._work(run)
        if run.spread is not None:
            self._spread(run, run.spread)
        ended = said_of_end(run)
        if ended:
            self._console.say("")
        for said, style in zip(ended, ("bold red", ""), strict=False):
            self._console.say(said, style=style)

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
        self.introduce(
            run.info,
            network,
            run.due,
            "kept",
            rate_hz=None if leak is None else leak.rate_hz,
            has_biases=leak is None and has_biases(run.deployment),
        )
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
        self._table(counts_table(run))
        self._say(counts_by_channel(run))
        self._say(said_of_strays(run), style="bold yellow")

    def _work(self, run: SpikeRun) -> None:
        """What each core had to do, for devices that say it."""
        work = work_table(run)
        if not work.rows:
            if not run.activity:
                self._console.say("")
                self._console.say("What its cores had to do, this device does not say.")
            return
        self._console.say("")
        self._console.say(f"What each core had to do in {in_seconds(run.worked_us)}", style="bold")
        self._table(work)
        seldom = seldom_table(run)
        if seldom.rows:
            self._console.say("")
            self._console.say("What else happened in them", style="bold")
            self._table(seldom)
            for said in seldom.legend:
                self._console.say(said)

    def _spread(self, run: SpikeRun, spread: OrderSpread) -> None:
        """What other orders gave, and what that means for a chip."""
        self._console.say("")
        self._console.say(
            f"The same in {len(spread.orders)} orders that a chip may follow", style="bold"
        )
        self._say(said_of_tried(spread), style="bold red")
        self._table(spread_table(run, spread))
        self._console.say(spread_by_channel(spread))
        self._say(most_often(spread))
        self._console.say(what_orders_mean(run, spread))

    def _say(self, text: str, *, style: str = "") -> None:
        """Print a paragraph, if there is one."""
        if text:
            self._console.say(text, style=style)

    def _table(self, shown: SpikeTable) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for head in shown.columns:
            table.add_column(Text(head), justify="right", vertical="bottom")
        for row in shown.rows:
            table.add_row(*map(Text, row))
        self._console.show_table(table)
