"""The emulated `samna.unifirm.modules.events`: what the FPGA itself sends among a chip's events."""

from __future__ import annotations

from speckhal_mock.pybind.binder import Binder as _Binder
from speckhal_mock.sdk import records as _templates

DroppedEventsNum = _Binder("samna.unifirm.modules.events")(_templates.DroppedEventsNum)
