"""The emulated `samnagui`: sinabs imports it at module level, and programs start its window."""

from __future__ import annotations

from speckhal_mock.samna.arguments import text
from speckhal_mock.samna.windows import mention_windows


def run_visualizer(
    receiver_endpoint: object,
    width_proportion: object = 0.6,  # noqa: ARG001  # of a screen that nobody looks at
    height_proportion: object = 0.6,  # noqa: ARG001
) -> None:
    """Return at once, like a window that is closed as soon as it is open.

    Programs give it to a process of its own as often as they call it.
    """
    endpoint = text(receiver_endpoint, "run_visualizer")
    mention_windows(f"samnagui's window for {endpoint}")
