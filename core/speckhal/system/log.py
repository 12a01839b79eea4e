"""The loggers of speckhal: silent until a program or `speckhal -v` asks for what they have to say.

The levels are a promise to users, in docs/reference/logging.md. What an exception or a warning
says already is not logged too.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import DeviceInfo

NAME: Final = "speckhal"
INFO: Final = logging.INFO
DEBUG: Final = logging.DEBUG

logging.getLogger(NAME).addHandler(logging.NullHandler())

DEVICE: Final = logging.getLogger(f"{NAME}.device")
"""What is done with boards: opened, deployed, ticked, read and closed."""

DISCOVERY: Final = logging.getLogger(f"{NAME}.discovery")
"""Which plugins are imported, and how long that takes."""

FILES: Final = logging.getLogger(f"{NAME}.files")
"""Which files are written."""


def board(info: DeviceInfo) -> str:
    """Which board, with its serial number: there may be several of a kind."""
    return f"{info.board} {info.serial_number}" if info.serial_number else info.board


def opened(info: DeviceInfo, options: Mapping[str, object]) -> str:
    """What was opened, in one line.

    Args:
        info: of the device.
        options: that it was opened with, as `OpenDevice.options` has them.
    """
    kind = "" if info.kind == "hardware" else f"{info.kind}, "
    # the text of a profile would be a line of its own for each of its results
    given = [f"{name}={value!r}" for name, value in options.items() if name != "profile_text"]
    behind = ", ".join(["", *given])
    return f"{board(info)}: opened by {info.backend}, {kind}chip {info.chip.name}{behind}"


def on_cores(deployment: Deployment) -> str:
    """Which layer is on which core, and what makes them leak, in one line."""
    cores = ", ".join(f"layer {layer.index} on core {layer.core}" for layer in deployment.layers)
    leak = deployment.leak
    if leak is None:
        return f"{cores}; no slow clock"
    rate = "" if leak.rate_hz is None else f" at {leak.rate_hz} Hz"
    return f"{cores}; slow clock {leak.drive.value}{rate}"
