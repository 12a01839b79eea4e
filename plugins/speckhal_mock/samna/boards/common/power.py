"""The emulated `samna.boards.common.power`: a power monitor that measures nothing."""

from __future__ import annotations

from speckhal_mock.sdk.power import PowerMonitor

__all__ = ["PowerMonitor"]
