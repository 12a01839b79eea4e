"""The emulated `samna.unifirm.modules.events`: what the FPGA itself sends among a chip's events."""

from __future__ import annotations

from speckhal_mock.sdk import records as _records

DroppedEventsNum = _records.DROPPED_EVENTS_NUM
