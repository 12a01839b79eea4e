"""What `speckhal leak` takes: a shape, a rate, and files to write."""

from __future__ import annotations

import functools
import os
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
        """Refuse a place that cannot be written, before anything is measured.

        Raises:
            InputError: a file has the wrong ending, no folder to be in, or may not be written.
        """
        for option, path, endings in (
            ("--save", self.npz, (".npz",)),
            ("--csv", self.csv, (".csv",)),
            ("--plot", self.plot, (".png", ".pdf", ".svg")),
        ):
            if path is not None:
                _check(option, path, endings)

    def write(self, record: LeakRecord) -> tuple[list[Path], list[InputError]]:
        """Write what was asked for; one file that fails does not keep the others from it.

        Returns:
            The files written, and why others were not.
        """
        written: list[Path] = []
        failures: list[InputError] = []
        for path, save in (
            (self.npz, record.save_npz),
            (self.csv, record.save_csv),
            (self.plot, functools.partial(_draw, record)),
        ):
            if path is None:
                continue
            try:
                save(path)
            except OSError as error:
                failures.append(InputError(f"Could not write {path}: {error.strerror or error}."))
            else:
                written.append(path)
        return written, failures


def _check(option: str, path: Path, endings: tuple[str, ...]) -> None:
    folder = path.resolve().parent
    if path.suffix.lower() not in endings:
        raise InputError(
            f"Asked for {option} {path}, and {option} does not write that kind of file.",
            hint=f"Give it a name that ends in {' or '.join(endings)}.",
        )
    if not folder.is_dir():
        raise InputError(
            f"Asked to write {path}, and there is no folder {folder}.", hint="Make it first."
        )
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(
            f"Asked to write {path}, and you may not write there.",
            hint="Give another place, or change its permissions.",
        )


def _draw(record: LeakRecord, path: Path) -> None:
    from speckhal.plotting import plot_leak  # noqa: PLC0415  # slow import

    plot_leak(record, path)


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
