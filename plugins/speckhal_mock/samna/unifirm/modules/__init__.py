"""The emulated `samna.unifirm.modules`."""

from __future__ import annotations

from speckhal_mock.samna.unifirm.modules import events

__all__ = ["events"]
