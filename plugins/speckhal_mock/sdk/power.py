"""A board's supplies, whose voltages change nothing, and a power monitor that estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.counters import NS_PER_US, STAMPS
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.power import FASTEST_HZ
from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.scalars import REAL
from speckhal_mock.pybind.values import make_many
from speckhal_mock.sdk.node_classes import POWER_SOURCE
from speckhal_mock.sdk.nodes.stream import node_behind
from speckhal_mock.sdk.records import POWER_MEASUREMENT
from speckhal_mock.sdk.session import not_emulated
from speckhal_mock.sdk.unsupported_settings import mention

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.power import PowerSample
    from speckhal_mock.sdk.nodes.ends import DeviceSourceNode
    from speckhal_mock.sdk.nodes.stream import Node
    from speckhal_mock.sdk.session import Session


class PowerMonitor:
    """Measures what each of a board's supplies takes: estimates, and it warns that they are.

    Each measurement is one event for each of the five supplies.
    """

    __module__ = "samna.boards.common.power"
    __slots__ = ("__weakref__", "_session", "_source")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._source = POWER_SOURCE(session)
        outlet, board = node_behind(self._source), session.board
        board.power.deliver_to(lambda samples: _send(outlet, board, samples))

    def get_source_node(self) -> DeviceSourceNode:
        """Where measurements come out."""
        self._session.check_open()
        return self._source

    def is_auto_power_measurement_active(self) -> bool:
        """Whether it was started and not stopped."""
        return self._session.board.power.running

    def single_shot_power_measurement(self) -> bool:
        """Measure once, unless it measures by itself; whether it did."""
        board = self._session.board
        if board.power.running:
            return False
        self._say_what_it_is("single_shot_power_measurement()")
        board.power.take_one()
        return True

    def start_auto_power_measurement(self, arg0: object, /) -> float:
        """Measure at a rate in Hz from now on; gives the rate, which is at most 100 Hz.

        Raises:
            TypeError: it is not a number.
            RuntimeError: it is not positive.
        """
        asked_hz = REAL.loader("start_auto_power_measurement")(arg0)
        if not asked_hz > 0:
            raise RuntimeError(
                f"Asked to measure power {asked_hz:g} times a second; it must be more than 0."
            )
        rate_hz = min(asked_hz, float(FASTEST_HZ))
        self._say_what_it_is(f"start_auto_power_measurement({asked_hz:g})")
        if rate_hz < asked_hz:
            warn_user(
                f"Asked to measure power {asked_hz:g} times a second, and a board does it at most "
                f"{FASTEST_HZ} times: it is measured at {FASTEST_HZ} Hz. What a real board does "
                f"when it is asked for more is not known.",
                EmulationWarning,
            )
        self._session.board.power.start(rate_hz)
        return rate_hz

    def stop_auto_power_measurement(self) -> None:
        """Stop; without effect if it does not measure."""
        self._session.board.power.stop()

    def start_reading_thread(self) -> None:
        """Go on as before."""
        self._session.check_open()

    def stop_reading_thread(self) -> None:
        """Go on as before."""
        self._session.check_open()

    def _say_what_it_is(self, call: str) -> None:
        board = self._session.board
        mention(
            board,
            "power",
            f"{call} was called on an emulated {board.kit.name}, whose power is an estimate: at "
            f"rest what was published of one kit with that chip, and for work an assumed energy "
            f"for each synaptic operation (options idle_power_w and energy_per_operation_j). Do "
            f"not report it as measured.",
        )


def _send(outlet: Node, board: EmulatedBoard, samples: Sequence[PowerSample]) -> None:
    """Send samples, which arrive together, as events with the time stamp of the last."""
    if not outlet.is_heard:
        return
    moment = samples[-1].moment
    if board.options.power_stamps == "own":
        stamp = (moment - board.power.zero_ns) // NS_PER_US % STAMPS
    else:
        stamp = board.stop_watch.at_us(moment)
    watts = [value for sample in samples for value in sample.watts.tolist()]
    supplies = len(watts) // len(samples)
    channels = [*range(supplies)] * len(samples)
    outlet.emit(make_many(POWER_MEASUREMENT, channels, watts, [stamp] * len(watts)))


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
