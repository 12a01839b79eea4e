"""A number with what it counts, as messages have it."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Such as "1 spike" or "2,580 spikes"."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
