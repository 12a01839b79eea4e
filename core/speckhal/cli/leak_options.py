"""What `speckhal leak` takes: a shape, a rate, and files to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from speckhal.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal.address import Shape
    from speckhal.record import LeakRecord


@attrs.frozen
class Outputs:
    """Where the record goes, besides the screen."""

    npz: Path | None
    csv: Path | None
    plot: Path | None

    def check(self) -> None:
        """Refuse a place that cannot be written, before anything is measured."""
        for path in (self.npz, self.csv, self.plot):
            if path is not None and not path.resolve().parent.is_dir():
                raise InputError(
                    f"Asked to write {path}, and there is no folder {path.resolve().parent}.",
                    hint="Make it first.",
                )

    def write(self, record: LeakRecord) -> list[Path]:
        """Write what was asked for; returns the files written."""
        written: list[Path] = []
        if self.npz is not None:
            record.save_npz(self.npz)
            written.append(self.npz)
        if self.csv is not None:
            record.save_csv(self.csv)
            written.append(self.csv)
        if self.plot is not None:
            from speckhal.plotting import plot_leak  # noqa: PLC0415  # slow import

            plot_leak(record, self.plot)
            written.append(self.plot)
        return written


def parse_shape(text: str) -> Shape:
    """(channels, height, width) from "C,H,W".

    Raises:
        InputError: the text is not three whole numbers of at least 1.
    """
    try:
        channels, height, width = (int(size) for size in text.split(","))
    except ValueError:
        channels = height = width = 0
    if min(channels, height, width) < 1:
        raise InputError(
            f"Asked for an input of shape {text!r}, which is not three whole numbers from 1 up.",
            hint="Write --input-shape C,H,W (channels, height, width), such as 1,2,2.",
        )
    return channels, height, width


def parse_rate_hz(text: str) -> int:
    """A number of Hz, as an int where it is whole; any other rate is for the device to refuse.

    Raises:
        InputError: the text is no number.
    """
    try:
        rate_hz = float(text)
    except ValueError:
        raise InputError(
            f"Asked for a slow clock of {text!r} Hz, and that is no number.",
            hint="Write --rate-hz 1, or another whole number of Hz.",
        ) from None
    # a fraction is passed on as it is: the device's refusal says what would work
    return int(rate_hz) if rate_hz.is_integer() else cast("int", rate_hz)
