"""The vendor's small records beside events and configurations, and what one of them may ask for."""

# ruff: noqa: TC001  # the annotations are evaluated at run time

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.emulation.kits import other_chip_hint
from speckhal_mock.pybind.binder import Binder
from speckhal_mock.pybind.casters import I32, U8, U32, misfit
from speckhal_mock.pybind.scalars import Float, MaybeBool, MaybeFloat, Str
from speckhal_mock.pybind.values import Record, value
from speckhal_mock.sdk.unsupported_settings import mention

if TYPE_CHECKING:
    from speckhal_mock.emulation.board import EmulatedBoard


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


@value
class PowerMeasurement(Record):
    """The power that one supply takes, in watts, and when it was measured, in microseconds.

    Channels are 0 VDD_IO, 1 VDD_RAM, 2 VDD_LOGIC, 3 VDD_PIXEL_DIGITAL, 4 VDD_PIXEL_ANALOG; their
    type is assumed.
    """

    channel: U8 = 0
    value: Float = 0.0
    timestamp: U32 = 0


FIRMWARE_VERSIONS: Final = Binder("samna.boards.common")(FirmwareVersions)
"""The class of that module."""

DROPPED_EVENTS_NUM: Final = Binder("samna.unifirm.modules.events")(DroppedEventsNum)
"""The class of that module."""


POWER_MEASUREMENT: Final = Binder("samna.unifirm.modules.events")(PowerMeasurement)
"""The class of that module."""


class DefaultConfigBase:
    """Settings of a board's peripherals; each kind of board has a class of its own."""

    __module__ = "samna.device"
    __slots__ = ()


@value
class DevKitDefaultConfig(DefaultConfigBase, Record):
    """How a kit's peripherals are set up; None leaves a thing as the board has it.

    That a new object has None everywhere is assumed: no public program looks.
    """

    boot_from_flash: MaybeBool = None
    io_voltage: MaybeFloat = None
    logic_voltage: MaybeFloat = None
    pixel_analog_voltage: MaybeFloat = None
    pixel_digital_voltage: MaybeFloat = None
    ram_voltage: MaybeFloat = None


_VOLTAGES: Final = [name for name in vars(DevKitDefaultConfig) if name.endswith("_voltage")]


def check_default_config(
    config: object, fitting: type[DefaultConfigBase] | None, *, board: EmulatedBoard, taker: str
) -> None:
    """Refuse settings that do not fit the board, and warn of those that change nothing here.

    Args:
        config: what was given; None for nothing.
        fitting: the class for that kind of board; None if there is none.
        board: the board.
        taker: the function it was given to.

    Raises:
        TypeError: it is no such object at all.
        RuntimeError: it is for boards of another kind.
        NotEmulatedError: it has the chip start from a flash memory.
    """
    if config is None:
        return
    name = board.kit.name
    if not isinstance(config, DefaultConfigBase):
        raise misfit(taker, "a DefaultConfigBase or None", config)
    if fitting is None or not isinstance(config, fitting):
        wanted = (
            "takes no default configuration" if fitting is None else f"takes a {fitting.__name__}"
        )
        raise RuntimeError(
            f"A {type(config).__name__} was given for a {name}, which {wanted}."
            f"{other_chip_hint(type(config).__module__, name)}"
        )
    # not to start from flash is what the emulated chip does anyway
    if getattr(config, "boot_from_flash", None):
        raise NotEmulatedError(
            f"The default configuration for a {name} sets boot_from_flash. Starting from a flash "
            f"memory is not emulated: leave it None."
        )
    chosen = [voltage for voltage in _VOLTAGES if getattr(config, voltage) is not None]
    if off := [voltage for voltage in chosen if not getattr(config, voltage) > 0]:
        raise NotEmulatedError(
            f"The default configuration for a {name} sets {', '.join(off)} to no more than 0. A "
            f"board without supply is not emulated: leave these None."
        )
    if chosen:
        mention(
            board,
            "Supply voltages",
            f"The default configuration for a {name} sets {', '.join(chosen)}. Supply voltages are "
            f"not emulated: they change nothing here.",
        )
