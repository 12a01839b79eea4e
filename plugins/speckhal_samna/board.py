"""One open board, from opening to closing: the slow clock, the configuration and the events."""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import TYPE_CHECKING

from speckhal.errors import DeviceBusy, DeviceClosed, DeviceFailed, DeviceNotFound, SpeckhalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from speckhal_samna.bindings import (
        BoardHandle,
        DeviceInfo,
        FirmwareVersions,
        SinkNode,
        SourceNode,
        Vendor,
    )
    from speckhal_samna.chip import Kit, RefusedBoard, SamnaChip


@contextlib.contextmanager
def _asking_the_vendor(what: str) -> Iterator[None]:
    """Turn whatever the vendor raises into one of our errors, with the cause kept."""
    try:
        yield
    except SpeckhalError:
        raise
    except Exception as error:
        raise DeviceFailed(
            f"The board failed to {what}: {type(error).__name__}: {error}",
            hint="Check the cable and the power, press the board's reset button, and open it anew.",
        ) from error


def _same_board(one: DeviceInfo, other: DeviceInfo) -> bool:
    return (one.device_type_name, one.usb_bus_number, one.usb_device_address) == (
        other.device_type_name,
        other.usb_bus_number,
        other.usb_device_address,
    )


def _described(info: DeviceInfo) -> str:
    serial = f" (serial number {info.serial_number})" if info.serial_number else ""
    return f"{info.device_type_name}{serial}"


def find_board(
    samna: Vendor,
    kits: Sequence[Kit],
    index: int,
    serial_number: str | None = None,
    *,
    refused: Sequence[RefusedBoard] = (),
) -> tuple[DeviceInfo, Kit]:
    """The `index`-th plugged-in board of these kits, in USB order.

    Args:
        samna: the vendor module to use.
        kits: boards to look among.
        index: which of them.
        serial_number: look only among boards that report this one.
        refused: boards to explain, where they are there and those of `kits` are not.

    Raises:
        DeviceNotFound: there are not that many.
        DeviceBusy: it is open, here or in another process.
    """
    with _asking_the_vendor("be listed"):
        plugged_in = list(samna.device.get_all_devices())
        free = list(samna.device.get_unopened_devices())
    by_board = {kit.board: kit for kit in kits}
    wanted = sorted(
        (info for info in plugged_in if info.device_type_name in by_board),
        key=lambda info: (info.usb_bus_number, info.usb_device_address),
    )
    names = " or ".join(by_board)
    if serial_number is not None:
        wanted = [info for info in wanted if info.serial_number == serial_number]
        names += f" with serial number {serial_number}"
    if not 0 <= index < len(wanted):
        there = ", ".join(map(_described, plugged_in)) or "none"
        seen = {info.device_type_name for info in plugged_in}
        why = "".join(f" {other.refusal}" for other in refused if other.board in seen)
        raise DeviceNotFound(
            f"Asked for board {index} among the plugged-in {names}, and there are {len(wanted)}."
            f"{why}",
            hint=f"Boards that can be seen: {there}. Indices start at 0.",
        )
    info = wanted[index]
    if not any(_same_board(info, other) for other in free):
        raise DeviceBusy(
            f"Asked to open {info.device_type_name} (board {index}), and it is open already.",
            hint="Close it first, here or in the other process; a board has one user at a time.",
        )
    return info, by_board[info.device_type_name]


class Board:
    """An open board. The slow clock is off when it opens and when it closes.

    It is closed by `close`, and failing that when it is garbage-collected or the interpreter
    exits, so that no script leaves a leaking chip behind.

    Args:
        samna: the vendor module to use.
        chip: the chip on the board.
        info: which board to open, as the vendor lists it.
        on_close: called once, after the board was given back.

    Attributes:
        may_still_answer: whether answers may come that belong to a reading that failed.
    """

    def __init__(
        self,
        samna: Vendor,
        chip: SamnaChip,
        info: DeviceInfo,
        *,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = info.device_type_name
        self.lock = threading.RLock()
        self.may_still_answer = False
        closing = contextlib.ExitStack()
        closing.callback(on_close)
        self._closing = weakref.finalize(self, closing.close)
        try:
            with _asking_the_vendor("open"):
                self._open(samna, chip, info, closing)
        except BaseException:
            # what went wrong while opening matters more than what goes wrong while closing
            with contextlib.suppress(SpeckhalError):
                self.close()
            raise

    def _open(
        self, samna: Vendor, chip: SamnaChip, info: DeviceInfo, closing: contextlib.ExitStack
    ) -> None:
        handle: BoardHandle | None = samna.device.open_device(info)
        if handle is None:
            raise DeviceFailed(
                f"Asked to open {self.name}, and samna gave no board back.",
                hint="Check the cable and the power, and that no other program uses the board.",
            )
        closing.callback(samna.device.close_device, handle)
        self._handle = handle
        self._io = handle.get_io_module()
        self._io.set_slow_clk(False)
        self.serial_number = handle.get_board_serial_number()
        self._model = handle.get_model()
        classes = chip.classes(samna)
        self.source: SourceNode = classes.input_node()
        self.sink: SinkNode = classes.output_node()
        for nodes in (
            [self.source, self._model.get_sink_node()],
            [self._model.get_source_node(), self.sink],
        ):
            graph = samna.graph.EventFilterGraph()
            graph.sequential(nodes)
            graph.start()
            closing.callback(graph.stop)
        # registered last, so that it is the first thing that closing does
        closing.callback(self._io.set_slow_clk, False)

    @property
    def is_open(self) -> bool:
        """Whether `close` is still to come."""
        return self._closing.alive

    @contextlib.contextmanager
    def asked_to(self, what: str) -> Iterator[None]:
        """Use the board alone, if it is open, with the vendor's exceptions made ours.

        Raises:
            DeviceClosed: the board is closed.
            DeviceFailed: the vendor raised.
        """
        with self.lock:
            self.refuse_if_closed(what)
            with _asking_the_vendor(what):
                yield

    def refuse_if_closed(self, what: str) -> None:
        """Say so, if the board is closed.

        Args:
            what: it is to do, for the message.

        Raises:
            DeviceClosed: the board is closed.
        """
        if not self.is_open:
            raise DeviceClosed(
                f"Asked {self.name} to {what}, and it is closed.", hint="Open it again."
            )

    def firmware(self) -> FirmwareVersions:
        """Versions of what runs on the board itself."""
        with self.asked_to("tell its firmware versions"):
            return self._handle.get_firmware_versions()

    def set_slow_clock(self, *, running: bool) -> None:
        """Start or stop the FPGA's slow clock."""
        with self.asked_to("start its slow clock" if running else "stop its slow clock"):
            self._io.set_slow_clk(running)

    def set_slow_clock_rate(self, rate_hz: int) -> None:
        """Set the rate of the FPGA's slow clock."""
        with self.asked_to(f"set its slow clock to {rate_hz} Hz"):
            self._io.set_slow_clk_rate(rate_hz)

    def pulse_slow_clock(self) -> None:
        """Make one slow-clock period."""
        with self.asked_to("pulse its slow clock"):
            self._io.pulse_slow_clk()

    def apply(self, configuration: object) -> None:
        """Validate a configuration and write it to the chip, neuron states included."""
        with self.asked_to("take a configuration"):
            self._model.apply_configuration(configuration)

    def reset_states(self) -> None:
        """Clear the state memories of the chip."""
        with self.asked_to("reset its states"):
            self._model.reset()

    def close(self) -> None:
        """Stop the clock and the graphs and give the board back; once closed, does nothing.

        Raises:
            DeviceFailed: the vendor raised; the rest was done all the same.
        """
        with self.lock, _asking_the_vendor("close"):
            self._closing()
