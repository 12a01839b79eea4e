"""The verdict of `speckhal leak`, channel by channel: a table, or sentences where it is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from speckhal.cli.terminal.layout import wrap
from speckhal.leak.channel_verdict import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.leak.channel_verdict import ChannelVerdict

_WORD = {Answer.AGREES: "yes", Answer.DISAGREES: "no", Answer.CANNOT_TELL: "cannot tell"}
COLOUR = {Answer.AGREES: "green", Answer.DISAGREES: "red", Answer.CANNOT_TELL: "yellow"}


def verdict_table(channels: Sequence[ChannelVerdict], *, timed: bool) -> Table:
    """A table with a row for each channel; with leak per second where the clock was `timed`."""
    # the longest answer takes room that columns have between them, and then 80 columns do
    unclear = any(channel.answer is Answer.CANNOT_TELL for channel in channels)
    padding = (0, 1, 0, 0) if unclear else (0, 1)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=padding)
    names = ["channel", "step per tick", "measured"] + ["leak per s*", "measured"] * timed
    for name in (*names, "agrees"):
        table.add_column(name, justify="left" if name == "agrees" else "right", no_wrap=True)
    for channel in channels:
        cells = [str(channel.channel), str(channel.expected_step), _step(channel)]
        if timed:
            cells += [_per_s(channel.expected_leak_per_s), _measured_per_s(channel)]
        table.add_row(*cells, Text(_WORD[channel.answer], style=COLOUR[channel.answer]))
    return table


def verdict_sentence(channel: ChannelVerdict) -> Text:
    """The same row where it has no room as one."""
    row = f"channel {channel.channel}: step {channel.expected_step}, measured {_step(channel)}"
    if channel.expected_leak_per_s is not None:
        row += f"; leak per s* {_per_s(channel.expected_leak_per_s)}, measured "
        row += _measured_per_s(channel)
    lines = "\n".join(wrap(f"{row}; agrees: {_WORD[channel.answer]}"))
    return Text(lines, style="" if channel.answer is Answer.AGREES else COLOUR[channel.answer])


def _step(channel: ChannelVerdict) -> str:
    return "?" if channel.measured_step is None else str(channel.measured_step)


def _per_s(leak: float | None) -> str:
    return "" if leak is None else f"{leak:.4f}"


def _measured_per_s(channel: ChannelVerdict) -> str:
    if channel.measured_leak_per_s is None or channel.uncertainty_per_s is None:
        return "?"
    return f"{channel.measured_leak_per_s:.4f} ± {channel.uncertainty_per_s:.4f}"
