"""The handle of an open board, as far as it is the same for boards of both chips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from speckhal_mock.pybind.scalars import flag
from speckhal_mock.sdk import records
from speckhal_mock.sdk.faults import Call
from speckhal_mock.sdk.io_module import IoModule, StopWatch
from speckhal_mock.sdk.model import Model
from speckhal_mock.sdk.power import PowerMonitor, SupplyModule
from speckhal_mock.sdk.session import not_emulated

if TYPE_CHECKING:
    from speckhal_mock.sdk.nodes.ends import DeviceSinkNode, DeviceSourceNode
    from speckhal_mock.sdk.session import Session

AnyIo = TypeVar("AnyIo", bound=IoModule)
AnyModel = TypeVar("AnyModel", bound=Model)
AnySupplies = TypeVar("AnySupplies", bound=SupplyModule)


class EmulatedHandle(Generic[AnyIo, AnyModel, AnySupplies]):
    """What the handles of all Speck boards have in common.

    Once the board is closed, every call raises RuntimeError. Calls whose subject is not emulated
    raise NotEmulatedError.
    """

    __slots__ = (
        "__weakref__",
        "_io",
        "_model",
        "_power",
        "_power_monitor",
        "_session",
        "_stop_watch",
    )

    def __init__(
        self, session: Session, io: type[AnyIo], model: AnyModel, power: type[AnySupplies]
    ) -> None:
        self._session = session
        self._io = io(session)
        self._model = model
        self._power = power(session)
        self._stop_watch = StopWatch(session)
        self._power_monitor = PowerMonitor(session)

    def get_io_module(self) -> AnyIo:
        """The FPGA's IO module, which drives the slow clock."""
        self._session.check_open()
        return self._io

    def get_model(self) -> AnyModel:
        """The chip on this board, the same object each time."""
        self._session.check_open()
        return self._model

    def get_board_serial_number(self) -> str:
        """The board's serial number."""
        with self._session.calling(Call.GET_BOARD_SERIAL_NUMBER):
            return self._session.board.serial_number

    def get_firmware_versions(self) -> records.FirmwareVersions:
        """Versions that say that there is no firmware."""
        with self._session.calling(Call.GET_FIRMWARE_VERSIONS):
            self._session.check_open()
            return records.FIRMWARE_VERSIONS(fxtree="emulated", unifirm="emulated")

    def get_model_sink_node(self) -> DeviceSinkNode:
        """Where events for the chip go in; the same node as the model's."""
        return self.get_model().get_sink_node()

    def get_model_source_node(self) -> DeviceSourceNode:
        """Where the chip's events come out; the same node as the model's."""
        return self.get_model().get_source_node()

    def get_stop_watch(self) -> StopWatch:
        """The counter that stamps events."""
        self._session.check_open()
        return self._stop_watch

    def reset_model(self, arg0: object, /) -> None:
        """Reset the chip, and not the slow clock: no core is in use, and all states are 0.

        Args:
            arg0: whether the chip then waits for the host; starting from flash is not emulated.
        """
        self._must_boot_from_pc(arg0, "reset_model")
        board = self._session.board
        board.apply_configuration([None] * len(board.memories))
        board.reset_states()

    get_dac = not_emulated("get_dac", "The DAC")
    get_edge_detection_module = not_emulated("get_edge_detection_module", "Edge detection")

    def get_power_module(self) -> AnySupplies:
        """The supplies; their voltages change nothing here."""
        self._session.check_open()
        return self._power

    def get_power_monitor(self) -> PowerMonitor:
        """The power monitor, which estimates."""
        self._session.check_open()
        return self._power_monitor

    get_reader_writer = not_emulated("get_reader_writer", "Raw access to the FPGA")
    get_usb_controller = not_emulated("get_usb_controller", "The USB controller")
    read_write = not_emulated("read_write", "Raw access to the FPGA")
    start_reader_writer = not_emulated("start_reader_writer", "Raw access to the FPGA")
    stop_reader_writer = not_emulated("stop_reader_writer", "Raw access to the FPGA")

    def _reset_board(self, boot_from_pc: object) -> None:
        self._must_boot_from_pc(boot_from_pc, "reset_board_soft")
        self._session.board.reset_board()

    def _must_boot_from_pc(self, boot_from_pc: object, method: str) -> None:
        if not flag(boot_from_pc, method):
            self._session.refuse(f"{method}(False)", "Starting the chip from a flash memory")
