"""The emulated `samnagui`: sinabs imports it at module level, and programs start its window."""

from __future__ import annotations

from speckhal_mock.pybind.scalars import text
from speckhal_mock.sdk.windows import mention_windows


def run_visualizer(
    receiver_endpoint: object = "nobody",
    *_look: object,
    **_more: object,
) -> None:
    """Return at once, like a window that is closed as soon as it is open.

    Programs give it to a process of its own as often as they call it. Sizes, titles, and whatever
    else a version of samnagui takes, make no difference to a window that nobody sees.
    """
    endpoint = text(receiver_endpoint, "run_visualizer")
    mention_windows(f"samnagui's window for {endpoint}")
