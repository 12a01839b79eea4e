"""The emulated `samna.boards.common`."""

from __future__ import annotations

from speckhal_mock.samna.boards.common import power as power
from speckhal_mock.sdk import records as _records

FirmwareVersions = _records.FIRMWARE_VERSIONS
