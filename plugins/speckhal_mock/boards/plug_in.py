"""The emulated boards of this process: plugged in when they are asked for."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.chip import CoreMemory
from speckhal.contract.errors import DeviceNotFound, NotEmulated, VendorUnavailable
from speckhal_mock import samna
from speckhal_mock.emulation.board import DEFAULT_OPTIONS, EmulatedBoard
from speckhal_mock.emulation.kits import KITS, SPECK2ET, EmulatedKit
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal_mock.boards.targets import EmulatedTarget
    from speckhal_mock.emulation.clock import EmulationClock
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_samna.chip import Kit, SamnaChip

_APIS: Final = {
    samna.speck2f.configuration.SpeckConfiguration: "speck2f",
    samna.speck2e.configuration.SpeckConfiguration: "speck2e",
    samna.speck2e.configuration.SpeckConfigurationT: SPECK2ET,
}
"""Which vendor API serves a chip, by the configuration class that its description picks."""

ROOM: Final = 16
"""Boards of one kit that fit on the desk."""

# reentrant, since a board that is garbage may be unplugged while another one is plugged in
_lock = threading.RLock()


def kit_of(chip: SamnaChip, kit: Kit) -> EmulatedKit:
    """The board to emulate for a kit that a chip's description names.

    Raises:
        NotEmulated: the chip has classes of its own in samna, which are not emulated.
    """
    if kit.board in KITS:
        return KITS[kit.board]
    try:
        configuration = chip.classes(samna).new_configuration
    except (AttributeError, VendorUnavailable) as error:
        raise _not_emulated(chip, f"its classes are not all there: {error}") from error
    api = _APIS.get(configuration)  # type: ignore[call-overload]  # whatever it is, it is hashed
    if api is None:
        raise _not_emulated(chip, f"its configuration is {configuration}")
    return EmulatedKit(kit.board, api)


def _not_emulated(chip: SamnaChip, why: str) -> NotEmulated:
    return NotEmulated(
        f"Asked to emulate a {chip.facts.name}, and the emulated samna has no such chip: {why}.",
        hint="A chip can be emulated that is configured and asked as a Speck2e, a Speck2e-t or "
        "a Speck2f is.",
    )


def make_board(
    target: EmulatedTarget,
    *,
    clock: EmulationClock,
    options: EmulationOptions = DEFAULT_OPTIONS,
) -> EmulatedBoard:
    """A new emulated board, not plugged in yet; its USB address follows from its index."""
    return EmulatedBoard(
        kit_of(target.chip, target.kit),
        _memories(target),
        clock=clock,
        options=options,
        serial_number=f"emulated-{target.kit.target}-{target.index}",
        usb_device_address=target.index + 1,
    )


def _memories(target: EmulatedTarget) -> tuple[CoreMemory, ...]:
    """Memory of each core of a configuration, which may have more of them than the chip.

    A core that is not in use takes a word of each memory, and that is all there is of the others.
    """
    described = target.chip.facts.core_memories.value
    configured = len(target.chip.classes(samna).new_configuration().cnn_layers)
    return (*described, *[CoreMemory(1, 1, 1)] * (configured - len(described)))


def plug_in(
    target: EmulatedTarget, *, clock: EmulationClock, options: EmulationOptions
) -> EmulatedBoard | None:
    """Plug in a board, so that it is the `index`-th of its kit.

    Returns:
        The board, or None where that board is open already: it stays as it is, so that opening
        it again is refused as on hardware.

    Raises:
        DeviceNotFound: the index is beyond the room on the desk.
    """
    if target.index >= ROOM:
        raise DeviceNotFound(
            f"Asked for emulated {target.kit.board} number {target.index}, and the emulated desk "
            f"has room for {ROOM} of a kit.",
            hint=f"Use an index from 0 to {ROOM - 1}.",
        )
    bus = current_bus()
    with _lock:
        plugged = {
            board.usb_device_address - 1: board
            for board in bus.boards
            if board.kit.name == target.kit.board
        }
        # on a real bus, too, a board has index 2 only while there are boards 0 and 1
        for index in set(range(target.index)) - set(plugged):
            bus.plug(make_board(attrs.evolve(target, index=index), clock=clock))
        if target.index in plugged:
            if bus.is_open(plugged[target.index]):
                return None
            bus.unplug(plugged[target.index])
        board = make_board(target, clock=clock, options=options)
        bus.plug(board)
    return board


@contextlib.contextmanager
def opening(
    target: EmulatedTarget, *, clock: EmulationClock, options: EmulationOptions
) -> Iterator[EmulatedBoard | None]:
    """Plug in a board, as `plug_in` does, for the body to open; no other thread comes between.

    If anything ends the body early, an interrupt included, the board is taken off the desk, unless
    it is open: then whoever opened it takes it off once it is closed.
    """
    with _lock:
        board = plug_in(target, clock=clock, options=options)
        try:
            yield board
        except BaseException:
            if board is not None and not current_bus().is_open(board):
                unplug(board)
            raise


def unplug(board: EmulatedBoard) -> None:
    """Take a board off the desk, if it is still there."""
    bus = current_bus()
    with _lock:
        if board in bus.boards:
            bus.unplug(board)
