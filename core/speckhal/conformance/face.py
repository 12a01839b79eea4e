"""Which of the two devices a case uses: the plugin's own, or the one that users hold."""

from __future__ import annotations

import enum


class Face(enum.Enum):
    """Which of the two devices a case uses."""

    RAW = "raw"
    """The device that the plugin opens, given only what speckhal lets through: what it does."""

    OPENED = "opened"
    """`speckhal.OpenDevice` over it, as users hold it: what is refused before a board is asked."""
