"""The emulated `samna.device`: finds, opens and closes the boards on the emulated bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.emulation.kits import KITS
from speckhal_mock.pybind.binder import Binder
from speckhal_mock.pybind.casters import misfit
from speckhal_mock.samna.speck2eTestBoard import Speck2eTestBoard
from speckhal_mock.samna.speck2fBoards import (
    DevKitDefaultConfig,
    Speck2fDevKit,
    Speck2fModuleDevKit,
)
from speckhal_mock.sdk import records
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.emulated_handle import EmulatedHandle
from speckhal_mock.sdk.faults import Call, OpensNothing
from speckhal_mock.sdk.records import DefaultConfigBase, check_default_config
from speckhal_mock.sdk.session import Session

if TYPE_CHECKING:
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.kits import EmulatedKit

__all__ = [
    "DefaultConfigBase",
    "DeviceInfo",
    "close_device",
    "get_all_devices",
    "get_opened_devices",
    "get_unopened_devices",
    "open_device",
]

Handle: TypeAlias = Speck2eTestBoard | Speck2fDevKit | Speck2fModuleDevKit

_HANDLES: Final[dict[str, type[Handle]]] = {
    "speck2e": Speck2eTestBoard,
    "speck2et": Speck2eTestBoard,
    "speck2f": Speck2fDevKit,
}
"""By the chip. The module with a Speck2f has a class of its own."""

_DEFAULT_CONFIGS: Final[dict[str, type[DefaultConfigBase]]] = {
    "Speck2fDevKit": DevKitDefaultConfig,
    "Speck2fModuleDevKit": DevKitDefaultConfig,
}

DeviceInfo = Binder("samna.device")(records.DeviceInfo)


def get_all_devices() -> list[records.DeviceInfo]:
    """Every board that is plugged in, by name and then by USB address."""
    bus = current_bus()
    with bus.faults.calling(Call.GET_ALL_DEVICES):
        return list(map(_info, bus.boards))


def get_unopened_devices() -> list[records.DeviceInfo]:
    """Boards that nobody has open."""
    bus = current_bus()
    with bus.faults.calling(Call.GET_UNOPENED_DEVICES):
        return [_info(board) for board in bus.boards if bus.is_free(board)]


def get_opened_devices() -> list[records.DeviceInfo]:
    """Boards that are open in this process."""
    bus = current_bus()
    return [_info(board) for board in bus.boards if bus.is_open(board)]


def open_device(*arguments: object, **named: object) -> Handle:
    """Open a board, or give the handle again if it is open.

    Args:
        arguments: `deviceInfo`, as the lists above give it, or `nameAndId`, such as
            "Speck2fDevKit:0" for the first kit of that name by USB address, or "Speck2fDevKit"
            for the first that is not open; and `defaultConfig`.
        named: the same by name.

    Raises:
        TypeError: the arguments are of none of these forms.
        RuntimeError: there is no such board or, for a bare name, none that is not open; or
            another process has it open.
        NotEmulatedError: `defaultConfig` sets something that the emulation does not have, or no
            such chip is emulated.
    """
    wanted, config = _open_arguments(arguments, named)
    board = _wanted_board(wanted)
    with current_bus().faults.calling(Call.OPEN_DEVICE, board) as fault:
        if isinstance(fault, OpensNothing):
            return None  # type: ignore[return-value]  # which no caller expects
        return _opened(board, config)


def close_device(arg0: object, /) -> None:
    """Close a board and reset it; its handle, and everything got from that, ends.

    Raises:
        TypeError: it is not the handle of a board.
        RuntimeError: it is closed already.
    """
    if not isinstance(arg0, EmulatedHandle):
        raise misfit("close_device", "the handle of a board", arg0)
    if not current_bus().close(arg0):
        raise RuntimeError("Asked to close a board that is not open: it was closed or unplugged.")


def _opened(board: EmulatedBoard, config: object) -> Handle:
    """The handle of a board, which is open afterwards if it was not."""
    bus = current_bus()
    held = bus.handle_of(board)
    if isinstance(held, Handle):
        return held
    name = board.kit.name
    if board not in bus.boards:
        raise RuntimeError(f"The {name} was unplugged while it was being opened. {_plugged_in()}")
    if bus.is_held_elsewhere(board):
        raise RuntimeError(f"This {name} is open in another process, and can be open only once.")
    check_default_config(config, _DEFAULT_CONFIGS.get(name), board=board, taker="open_device")
    handle_class = _handle_class(board.kit)
    board.open()
    session = Session(board)
    handle = handle_class(session)
    bus.note_open(board, handle, end=session.end)
    return handle


def _handle_class(kit: EmulatedKit) -> type[Handle]:
    """The class that belongs to the chip and, where that is the vendor's own kit, to its name."""
    if kit == KITS["Speck2fModuleDevKit"]:
        return Speck2fModuleDevKit
    if kit.chip not in _HANDLES:
        raise NotEmulatedError(
            f"Asked to open a {kit.name}, which carries a {kit.chip}, and no {kit.chip} is "
            f"emulated. {_plugged_in()}"
        )
    return _HANDLES[kit.chip]


def _info(board: EmulatedBoard) -> records.DeviceInfo:
    return DeviceInfo(
        serial_number=board.serial_number,
        usb_bus_number=board.usb_bus_number,
        usb_device_address=board.usb_device_address,
        device_type_name=board.kit.name,
    )


def _open_arguments(
    arguments: tuple[object, ...], named: dict[str, object]
) -> tuple[records.DeviceInfo | str, object]:
    """Which board, and with what settings."""
    rest = dict(named)
    config = arguments[1] if len(arguments) > 1 else rest.pop("defaultConfig", None)
    if arguments:
        wanted = arguments[0]
    else:
        wanted = rest.pop("nameAndId", None) or rest.pop("deviceInfo", None)
    if len(arguments) > 2 or rest or not isinstance(wanted, (str, DeviceInfo)):
        raise misfit(
            "open_device",
            "a DeviceInfo (deviceInfo) or a name (nameAndId), and a defaultConfig",
            (*arguments, named),
        )
    return wanted, config


def _wanted_board(wanted: records.DeviceInfo | str) -> EmulatedBoard:
    bus = current_bus()
    if not isinstance(wanted, str):
        for board in bus.boards:
            if _info(board) == wanted:
                return board
        raise RuntimeError(f"There is no board {wanted} any more. {_plugged_in()}")
    name, colon, number = wanted.partition(":")
    alike = [board for board in bus.boards if board.kit.name == name]
    if not colon:
        free = [board for board in alike if bus.is_free(board)]
        if not free:
            state = "every one is open" if alike else "none is plugged in"
            raise RuntimeError(
                f"Asked for the next free {name}, and {state}. {_plugged_in()}{_how_to_plug(name)}"
            )
        return free[0]
    if not number.isdecimal():
        raise RuntimeError(
            f"Asked to open {wanted!r}. What follows the colon must be a number, counted from 0."
        )
    if int(number) >= len(alike):
        raise RuntimeError(
            f"Asked for {name} number {number}, counted from 0, and {len(alike)} of that name "
            f"are plugged in. {_plugged_in()}{_how_to_plug(name)}"
        )
    return alike[int(number)]


def _how_to_plug(name: str) -> str:
    """What plugs in one more of them; nothing for a name that no emulated kit has."""
    if name not in KITS:
        return f" Kits that can be: {', '.join(KITS)}."
    return f" `speckhal emulate --board {name}` plugs one in; give --board once for each."


def _plugged_in() -> str:
    names = [board.kit.name for board in current_bus().boards]
    return f"Plugged in: {', '.join(names) or 'nothing'}."
