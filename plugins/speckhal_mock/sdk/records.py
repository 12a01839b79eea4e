"""The vendor's small records beside events and configurations, as templates and as its classes."""

# ruff: noqa: TC001  # the annotations are evaluated at run time

from __future__ import annotations

from typing import Final

from speckhal_mock.pybind.binder import Binder
from speckhal_mock.pybind.casters import I32, U32
from speckhal_mock.pybind.scalar_casters import Str
from speckhal_mock.pybind.values import Record, value


@value
class DeviceInfo(Record):
    """A board that is plugged in, open or not."""

    serial_number: Str = ""
    usb_bus_number: I32 = 0
    usb_device_address: I32 = 0
    logic_version: I32 = 0
    device_type_name: Str = ""


@value
class FirmwareVersions(Record):
    """Versions of the firmware of the USB controller (`fxtree`) and of the FPGA (`unifirm`)."""

    fxtree: Str = ""
    unifirm: Str = ""


@value
class DroppedEventsNum(Record):
    """How many events the FPGA had to drop; its type is assumed. The emulated one drops none."""

    num: U32 = 0


FIRMWARE_VERSIONS: Final = Binder("samna.boards.common")(FirmwareVersions)
"""The class of that module."""

DROPPED_EVENTS_NUM: Final = Binder("samna.unifirm.modules.events")(DroppedEventsNum)
"""The class of that module."""
