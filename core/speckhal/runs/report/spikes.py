"""What a report of a run of spikes says, in its order; the page is `spikes.html.jinja`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.spikes import SENSOR_INPUT
from speckhal.runs.pictures.trajectories import in_ranges
from speckhal.runs.report.about import about_run
from speckhal.runs.report.deployed import ShownLayer, channels_of, layer_rows
from speckhal.runs.report.drawn import Picture, picture_of
from speckhal.runs.report.html_table import HtmlTable
from speckhal.runs.run import Run
from speckhal.runs.spiking.spike_tables import (
    SpikeTable,
    counts_table,
    seldom_table,
    spread_table,
    work_table,
)
from speckhal.runs.spiking.spike_words import (
    in_seconds,
    most_often,
    named,
    said_of_end,
    said_of_strays,
    said_of_tried,
    what_orders_mean,
)
from speckhal.system.counted import counted

if TYPE_CHECKING:
    from speckhal.runs.spiking.order_spread import OrderSpread
    from speckhal.runs.spiking.spike_run import SpikeRun

_KNOWN = HtmlTable(
    "parts",
    "What of this page holds for a chip as well",
    ("part", "is", "because"),
    (
        (
            "which neurons a spike reaches, sums, floors, thresholds and resets",
            "exact",
            "they are documented, or were measured on a kit",
        ),
        (
            "times, waits, queues, the busy share, what is dropped",
            "a model",
            "they follow from a few numbers, which were fitted to published figures or assumed",
        ),
        (
            "the order of spikes that come together, and so single spikes and exact counts",
            "unknown",
            "it is not published; counts in several permitted orders show how much it matters",
        ),
    ),
)


@attrs.frozen
class ShownSpread:
    """What other orders gave.

    Attributes:
        means: what that means for a chip, as sentences.
        tried: that not all were finished, as a sentence; else empty.
        tables: of layers, and of the channels of the last one.
    """

    means: str
    tried: str
    tables: tuple[HtmlTable, ...]


def spike_contents(run: SpikeRun, *, kept_as: str = "") -> dict[str, object]:
    """Everything that the page shows, by the names that its template uses.

    Args:
        run: that is reported.
        kept_as: name of the file that has it; empty where nobody knows.
    """
    info = run.info
    sent = counted(len(run.sent), "spike")
    monitored = [layer.index for layer in run.layers]
    what = f"layer{'s' * (len(monitored) != 1)} {in_ranges(sorted(monitored))}"
    return {
        "heading": f"Spikes {f'of {what} ' if monitored else ''}on {info.board}",
        "answer": f"{len(run.given):,} in, {len(run.sent):,} out",
        "warning": " ".join((*said_of_end(run), said_of_strays(run))).strip(),
        "summary": _summary(run, sent),
        "counts": _html(
            counts_table(run),
            "sent",
            "What each layer sent: its spikes, how many of its neurons fired at all, the mean rate "
            "of one, and when the first and the last spike came, from the beginning of the "
            "stimulation.",
        ),
        "picture": _picture(run),
        "work": _work(run),
        "spread": None if run.spread is None else _spread(run, run.spread),
        "no_spread": _NOT_TRIED if info.emulated else _OF_A_BOARD,
        "is_emulated": info.emulated,
        "backend": info.backend,
        "known": _KNOWN,
        "deployed": _deployed(run),
        **about_run(Run(info, run.deployment, (), run.provenance), kept_as=kept_as),
    }


_NOT_TRIED = (
    "Nobody tried how much the order matters, in which a chip takes spikes that come together: it "
    "is not published. speckhal run --orders 5 would repeat this run in five orders that a chip "
    "may follow."
)
_OF_A_BOARD = (
    "A board takes spikes that come together in an order of its own, which is not published. The "
    "same run on the mock, with speckhal run --orders 5, shows how much that order matters."
)


def _summary(run: SpikeRun, sent: str) -> str:
    into = " and ".join(named(index) for index in run.due.layers) or "no layer"
    leak = run.deployment.leak
    ticks = "" if leak is None else f" The slow clock ticked {leak.rate_hz} times a second."
    return (
        f"{counted(len(run.due), 'spike')} went into {into} within "
        f"{in_seconds(run.duration_us)}, and {sent} came out.{ticks}"
    )


def _html(table: SpikeTable, name: str, caption: str) -> HtmlTable:
    return HtmlTable(
        name,
        " ".join((caption, *table.legend)),
        tuple(column.replace("\n", " ") for column in table.columns),
        table.rows,
        frozenset(range(1, len(table.columns))),
    )


def _work(run: SpikeRun) -> tuple[HtmlTable, ...]:
    work, seldom = work_table(run), seldom_table(run)
    if not work.rows:
        return ()
    caption = f"What each core had to do in {in_seconds(run.worked_us)}."
    tables = (_html(work, "cores", caption),)
    return tables + (
        (_html(seldom, "besides", "What else happened in them."),) if seldom.rows else ()
    )


def _spread(run: SpikeRun, spread: OrderSpread) -> ShownSpread:
    of_layers = _html(
        spread_table(run, spread),
        "spread",
        f"Spikes in {len(spread.orders)} orders: mean, standard deviation, and how many spikes of "
        "the first run came again from the same neuron in the same microsecond.",
    )
    pairs = zip(spread.channel_mean, spread.channel_deviation, strict=True)
    first = _channels_of(run, spread.last_layer, len(spread.channel_mean))
    of_channels = HtmlTable(
        "classes",
        f"The same of each channel of {named(spread.last_layer)}. {most_often(spread)}".rstrip(),
        ("channel", "first run", "mean", "deviation"),
        tuple(
            (str(channel), f"{first[channel]:,}", f"{mean:,.1f}", f"{deviation:.2f}")
            for channel, (mean, deviation) in enumerate(pairs)
        ),
        frozenset(range(1, 4)),
    )
    return ShownSpread(
        what_orders_mean(run, spread), said_of_tried(spread), (of_layers, of_channels)
    )


def _channels_of(run: SpikeRun, layer: int, count: int) -> list[int]:
    if layer == SENSOR_INPUT:
        channels = np.bincount(run.sent.of_layer(layer).channel, minlength=count)
        return [int(each) for each in channels]
    return [int(each) for each in run.counts_of_channels(layer)]


def _picture(run: SpikeRun) -> Picture:
    from speckhal.runs.spiking.spike_pictures import (  # noqa: PLC0415  # slow import
        MOST_DOTS,
        spike_figure,
    )

    counts = ", ".join(
        f"{counted(count, 'spike')} of {named(index)}" for index, count in run.counts.items()
    )
    return picture_of(
        lambda: spike_figure(run),
        alt=f"Spikes over time, and how many each channel sent: "
        f"{counted(len(run.due), 'spike')} that went in; {counts or 'no layer is monitored'}.",
        caption="Left, a row for each neuron, grouped by channel, and a dot for each spike; where "
        f"there are more than {MOST_DOTS:,}, a colour says how many. Right, the spikes of each "
        "channel.",
    )


def _deployed(run: SpikeRun) -> list[ShownLayer]:
    return [
        ShownLayer(
            f"Layer {layer.index}",
            layer_rows(layer, is_stepped=False)
            | {"monitored": "yes" if layer.index in run.monitored else "no"},
            channels_of(layer, None) if layer.biases.any() else None,
        )
        for layer in run.deployment.layers
    ]
