"""The emulated `samnagui`. sinabs imports it at module level; there is nothing to look at here."""

from __future__ import annotations

from typing import NoReturn

from speckhal_mock.emulation.errors import NotEmulatedError


def run_visualizer(
    receiver_endpoint: str, width_proportion: float = 0.6, height_proportion: float = 0.6
) -> NoReturn:
    """Say that there is no visualizer.

    Raises:
        NotEmulatedError: always.
    """
    raise NotEmulatedError(
        f"A visualizer for {receiver_endpoint}, {width_proportion} by {height_proportion} of the "
        f"screen, was asked for. The visualizer is not emulated; speckhal plots traces itself."
    )
