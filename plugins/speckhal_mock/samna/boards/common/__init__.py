"""The emulated `samna.boards.common`."""

from __future__ import annotations

from speckhal_mock.samna import records as _templates
from speckhal_mock.samna._pybind.binder import Binder as _Binder
from speckhal_mock.samna.boards.common import power as power

FirmwareVersions = _Binder("samna.boards.common")(_templates.FirmwareVersions)
