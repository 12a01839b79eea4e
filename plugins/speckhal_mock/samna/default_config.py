"""What `samna.device.open_device` takes to set up a board's peripherals."""

from __future__ import annotations

from typing import Final

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.samna._pybind.casters import misfit
from speckhal_mock.samna.other_chip import other_chip_hint

_SETTINGS: Final = (
    "boot_from_flash",
    "io_voltage",
    "logic_voltage",
    "pixel_analog_voltage",
    "pixel_digital_voltage",
    "ram_voltage",
)


class DefaultConfigBase:
    """Settings of a board's peripherals; each kind of board has a class of its own."""

    __module__ = "samna.device"
    __slots__ = ()


def check_default_config(
    config: object, fitting: type[DefaultConfigBase] | None, *, board: str, taker: str
) -> None:
    """Refuse settings that the emulated board would have to ignore.

    Args:
        config: what was given; None for nothing.
        fitting: the class for that kind of board; None if there is none.
        board: name of the kind.
        taker: the function it was given to.

    Raises:
        TypeError: it is no such object at all.
        RuntimeError: it is for boards of another kind.
        NotEmulatedError: it sets something that the emulation does not have.
    """
    if config is None:
        return
    if not isinstance(config, DefaultConfigBase):
        raise misfit(taker, "a DefaultConfigBase or None", config)
    if fitting is None or not isinstance(config, fitting):
        wanted = (
            "takes no default configuration" if fitting is None else f"takes a {fitting.__name__}"
        )
        raise RuntimeError(
            f"A {type(config).__name__} was given for a {board}, which {wanted}."
            f"{other_chip_hint(type(config).__module__, board)}"
        )
    values = {name: getattr(config, name) for name in _SETTINGS}
    # not to start from flash is what the emulated chip does anyway
    chosen = [name for name, value in values.items() if value is not None and value is not False]
    if chosen:
        raise NotEmulatedError(
            f"The default configuration for a {board} sets {', '.join(chosen)}. Supply voltages "
            f"and starting from a flash memory are not emulated: leave these None."
        )
