"""The emulated `samna.unifirm.timestamp`: the counter that stamps events."""

from __future__ import annotations

from speckhal_mock.sdk.stop_watch import StopWatch

__all__ = ["StopWatch"]
