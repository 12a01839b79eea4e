"""What scripts hold of a board's FPGA: its IO module and the counter that stamps events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.contract.warn import warn_user
from speckhal_mock.pybind.scalars import flag, integer
from speckhal_mock.sdk.faults import Call
from speckhal_mock.sdk.session import not_emulated

if TYPE_CHECKING:
    from speckhal_mock.sdk.session import Session

MAIN_CLOCK_HZ: Final = 25_000_000
SPI_CLOCK_HZ: Final = 1_562_500
ALL_SUPPLIES: Final = 0b11111


class IoModule:
    """Drives the slow clock, the same on boards of both chips.

    A setting of something that is not emulated is taken if it asks for what the board does anyway,
    by the vendor's documented defaults. One that only makes a board faster or slower is taken with
    a warning, and any other is refused.
    """

    __slots__ = ("__weakref__", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session

    def set_slow_clk(self, arg0: object, /) -> None:
        """Switch the external slow clock on or off; it is off at first."""
        with self._session.calling(Call.SET_SLOW_CLK):
            self._session.board.set_slow_clk(flag(arg0, "set_slow_clk"))

    def set_slow_clk_rate(self, arg0: object, /) -> None:
        """Set the slow clock's rate in Hz; it is 1000 at first.

        Raises:
            TypeError: it is not an int.
            RuntimeError: it is not positive. What a real board does then is not known.
        """
        rate_hz = integer(arg0, "set_slow_clk_rate")
        if rate_hz < 1:
            raise RuntimeError(
                f"Asked for a slow clock of {rate_hz} Hz; the rate must be a positive number. "
                f"To stop the clock, call set_slow_clk(False)."
            )
        with self._session.calling(Call.SET_SLOW_CLK_RATE):
            self._session.board.set_slow_clk_rate(rate_hz)

    def pulse_slow_clk(self) -> None:
        """Make exactly one slow-clock tick."""
        with self._session.calling(Call.PULSE_SLOW_CLK):
            self._session.board.pulse_slow_clk()

    def set_in_out_interface_clk(self, arg0: object, /) -> None:
        """Leave the main clock on."""
        wanted = flag(arg0, "set_in_out_interface_clk")
        self._leave("set_in_out_interface_clk(False)", "Stopping the main clock", unchanged=wanted)

    def set_in_out_interface_clk_rate(self, arg0: object, /) -> None:
        """Take the main clock's rate; what is sent takes no time here."""
        rate_hz = integer(arg0, "set_in_out_interface_clk_rate")
        self._pass_over(
            f"set_in_out_interface_clk_rate({rate_hz})",
            f"A main clock of other than {MAIN_CLOCK_HZ} Hz",
            unchanged=rate_hz == MAIN_CLOCK_HZ,
        )

    def set_spi_clk_rate(self, arg0: object, /) -> None:
        """Take the SPI clock's rate; what is sent takes no time here."""
        rate_hz = integer(arg0, "set_spi_clk_rate")
        self._pass_over(
            f"set_spi_clk_rate({rate_hz})",
            f"An SPI clock of other than {SPI_CLOCK_HZ} Hz",
            unchanged=rate_hz == SPI_CLOCK_HZ,
        )

    def set_dual_channel_output_enable(self, arg0: object, /) -> None:
        """Take it; what the chip sends takes no time here."""
        wanted = flag(arg0, "set_dual_channel_output_enable")
        self._pass_over(
            "set_dual_channel_output_enable(True)", "Dual-channel output", unchanged=not wanted
        )

    def enable_power(self, arg0: object, /) -> None:
        """Leave all five supplies on."""
        supplies = integer(arg0, "enable_power")
        self._leave(
            f"enable_power({supplies:#07b})",
            "Switching supplies off",
            unchanged=supplies & ALL_SUPPLIES == ALL_SUPPLIES,
        )

    def enable_jtag(self, arg0: object, /) -> None:
        """Leave JTAG off."""
        wanted = flag(arg0, "enable_jtag")
        self._leave("enable_jtag(True)", "JTAG", unchanged=not wanted)

    def set_jtag_clk_rate(self, arg0: object, /) -> None:
        """Refuse: JTAG is not emulated."""
        rate_hz = integer(arg0, "set_jtag_clk_rate")
        self._session.refuse(f"set_jtag_clk_rate({rate_hz})", "JTAG")

    assert_reset = not_emulated("assert_reset", "The chip's reset line")
    deassert_reset = not_emulated("deassert_reset", "The chip's reset line")
    enable_asi_interface = not_emulated("enable_asi_interface", "The asynchronous serial interface")
    pulse_in_out_interface_clk = not_emulated(
        "pulse_in_out_interface_clk", "Stepping the main clock"
    )
    reset_through_registers = not_emulated("reset_through_registers", "Resetting through registers")

    def write_config(self, arg0: object, arg1: object, /) -> None:
        """Refuse: writing the FPGA's registers is not emulated."""
        address, value = integer(arg0, "write_config"), integer(arg1, "write_config")
        self._session.refuse(f"write_config({address}, {value})", "Writing the FPGA's registers")

    def _pass_over(self, call: str, subject: str, *, unchanged: bool) -> None:
        """Take a call, with a warning unless it leaves the board as it is."""
        self._session.check_open()
        if not unchanged:
            self._session.go_on_without(call, subject)

    def _leave(self, call: str, subject: str, *, unchanged: bool) -> None:
        """Take a call that leaves the board as it is, and refuse any other."""
        if not unchanged:
            self._session.refuse(call, subject)
        self._session.check_open()


class StopWatch:
    """Counts microseconds on the board while it runs; a stopped one keeps its value."""

    __module__ = "samna.unifirm.timestamp"
    __slots__ = ("__weakref__", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, reset: object = True) -> None:
        """Let it count, from 0 unless `reset` is False."""
        self._session.board.stop_watch.start(reset=flag(reset, "start"))

    def stop(self) -> None:
        """Freeze it at the value it has."""
        self._session.board.stop_watch.stop()

    def reset(self) -> None:
        """Set it to 0; one that runs counts on from there."""
        self._session.board.stop_watch.reset()

    def set_enable_value(self, arg0: object, /) -> None:
        """Start it from 0, or stop it and set it to 0. Deprecated."""
        warn_user(
            "StopWatch.set_enable_value is deprecated, use start and stop instead.",
            DeprecationWarning,
        )
        watch = self._session.board.stop_watch
        if flag(arg0, "set_enable_value"):
            watch.start()
        else:
            watch.stop()
            watch.reset()

    def set_base_period(self, arg0: object, /) -> None:
        """Refuse: a stop watch that counts anything but microseconds is not emulated."""
        self._session.refuse(
            f"set_base_period({arg0})", "A stop watch that counts anything but microseconds"
        )
