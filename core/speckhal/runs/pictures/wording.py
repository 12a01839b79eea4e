"""What a picture says in words: its title with the verdict, and where it comes from."""

from __future__ import annotations

import datetime as dt
import textwrap
from typing import TYPE_CHECKING

from speckhal.leak.channel_verdict import Answer
from speckhal.runs.pictures.trajectories import in_ranges
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from speckhal.runs.record import LeakRecord

_WIDTH = 84


def title_of(record: LeakRecord) -> str:
    """Layer, board, clock, and on a line of its own the verdict."""
    layer = record.layer
    where = "emulated" if record.info.emulated else "measured"
    if record.trace.ticks is not None:
        rate = "stepped clock"
    elif layer.rate_hz is None:
        rate = "slow clock of no fixed rate"
    else:
        rate = f"{layer.rate_hz} Hz slow clock"
    first = f"Leak of layer {layer.index} on {printable(record.info.board)} ({where}), {rate}"
    return "\n".join([textwrap.fill(first, _WIDTH), textwrap.fill(verdict_of(record), _WIDTH)])


def verdict_of(record: LeakRecord) -> str:
    """Whether it agrees with what was deployed, and which channels decide that, in a few words."""
    said = {
        Answer.AGREES: "\N{CHECK MARK} agrees with what was deployed",
        Answer.DISAGREES: "\N{BALLOT X} disagrees with what was deployed",
        Answer.CANNOT_TELL: "? cannot tell whether it agrees with what was deployed",
    }[record.answer]
    channels = () if record.verdict is None else record.verdict.channels
    deciding = [channel.channel for channel in channels if channel.answer is record.answer]
    if len(deciding) == len(channels):
        return said
    return f"{said} (channel{'s' * (len(deciding) > 1)} {in_ranges(deciding, most=8)})"


def footer_of(record: LeakRecord, started_at: str = "") -> str:
    """Board, chip, serial number, and when it was measured, as far as they are known."""
    info = record.info
    serial = f"serial number {info.serial_number}" if info.serial_number else "no serial number"
    date = date_of(info.recorded_at or started_at) or "date unknown"
    said = [info.board, info.chip.name, serial, date]
    return textwrap.fill(printable(" \N{MIDDLE DOT} ".join(said)), _WIDTH + 20)


def date_of(started_at: str) -> str:
    """A date of ISO 8601 for readers, to the second, in UTC; any other text as it is."""
    try:
        moment = dt.datetime.fromisoformat(started_at)
    except ValueError:
        return started_at
    if moment.tzinfo is None:
        return f"{moment:%Y-%m-%d %H:%M:%S}"
    return f"{moment.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
