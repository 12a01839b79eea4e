"""The emulated `samna.boards`: what boards of several kinds have in common."""

from __future__ import annotations

from speckhal_mock.samna.boards import common

__all__ = ["common"]
