"""A board's supplies, whose voltages change nothing, and a power monitor that measures nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.scalars import REAL
from speckhal_mock.sdk.event_types import MEASUREMENT
from speckhal_mock.sdk.node_classes import CHIP_SOURCES
from speckhal_mock.sdk.session import not_emulated

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_mock.sdk.nodes.ends import DeviceSourceNode
    from speckhal_mock.sdk.session import Session


class PowerMonitor:
    """Takes what starts and stops a measurement, for programs that only plot it.

    Nothing here consumes power. A sink for measurements cannot be made, so that nobody takes their
    absence for a result.
    """

    __module__ = "samna.boards.common.power"
    __slots__ = ("__weakref__", "_active", "_session", "_source")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._active = False
        self._source = CHIP_SOURCES[MEASUREMENT](session)

    def get_source_node(self) -> DeviceSourceNode:
        """Where measurements would come out."""
        self._session.check_open()
        return self._source

    def is_auto_power_measurement_active(self) -> bool:
        """Whether it was started and not stopped."""
        self._session.check_open()
        return self._active

    def single_shot_power_measurement(self) -> bool:
        """Whether one measurement is triggered: not while it measures by itself."""
        self._measure("single_shot_power_measurement()")
        return not self._active

    def start_auto_power_measurement(self, arg0: object, /) -> float:
        """Start to measure at a rate in Hz, which is also the answer.

        Raises:
            TypeError: it is not a number.
            RuntimeError: it is not positive.
        """
        rate_hz = REAL.loader("start_auto_power_measurement")(arg0)
        if not rate_hz > 0:
            raise RuntimeError(
                f"Asked to measure power {rate_hz:g} times a second; it must be more than 0."
            )
        self._measure(f"start_auto_power_measurement({rate_hz:g})")
        self._active = True
        return rate_hz

    def stop_auto_power_measurement(self) -> None:
        """Stop; without effect if it does not measure."""
        self._session.check_open()
        self._active = False

    def start_reading_thread(self) -> None:
        """Go on as before."""
        self._session.check_open()

    def stop_reading_thread(self) -> None:
        """Go on as before."""
        self._session.check_open()

    def _measure(self, call: str) -> None:
        self._session.go_on_without(call, "Power consumption", "no measurement will come")


def _takes_voltage(method: str, supplied: str) -> Callable[[Any, object], None]:
    """A method of that name, which takes the voltage of what is supplied."""

    def take(self: Any, arg0: object, /) -> None:
        voltage = REAL.loader(method)(arg0)
        if not voltage > 0:
            raise misfit(method, "a voltage above 0: a chip without supply is not emulated", arg0)
        self._session.go_on_without(f"{method}({voltage:g})", "A supply voltage")

    take.__name__ = take.__qualname__ = method
    take.__doc__ = f"Take the voltage of {supplied}, which is above 0 and changes nothing here."
    return take


class SupplyModule:
    """Takes voltages of a board's supplies, which change nothing here."""

    __slots__ = ("__weakref__", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session

    get_adc_core = not_emulated("get_adc_core", "An analog-to-digital converter")
    get_adc_io = not_emulated("get_adc_io", "An analog-to-digital converter")
    set_vdd_io = _takes_voltage("set_vdd_io", "the pins")
    set_vdd_logic = _takes_voltage("set_vdd_logic", "the logic")
    set_vdd_pixel_analog = _takes_voltage("set_vdd_pixel_analog", "the pixels' analog part")
    set_vdd_pixel_digital = _takes_voltage("set_vdd_pixel_digital", "the pixels' digital part")
    set_vdd_ram = _takes_voltage("set_vdd_ram", "the memories")
