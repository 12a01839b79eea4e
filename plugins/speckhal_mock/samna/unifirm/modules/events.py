"""The emulated `samna.unifirm.modules.events`: what the FPGA itself sends among a chip's events."""

from __future__ import annotations

from speckhal_mock.samna import records as _templates
from speckhal_mock.samna._pybind.binder import Binder as _Binder

DroppedEventsNum = _Binder("samna.unifirm.modules.events")(_templates.DroppedEventsNum)
