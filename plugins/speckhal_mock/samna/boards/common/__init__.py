"""The emulated `samna.boards.common`."""

from __future__ import annotations

from speckhal_mock.pybind.binder import Binder as _Binder
from speckhal_mock.samna.boards.common import power as power
from speckhal_mock.sdk import records as _templates

FirmwareVersions = _Binder("samna.boards.common")(_templates.FirmwareVersions)
