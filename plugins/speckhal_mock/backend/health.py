"""Health checks of the mock: that emulated boards answer, and what sinabs will import."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from speckhal.contract.clock import VirtualClock
from speckhal.contract.errors import DeviceFailed, SpeckhalError
from speckhal.contract.health import Finding, HealthCheck
from speckhal_mock import samna
from speckhal_mock.boards.plug_in import ROOM, make_board
from speckhal_mock.boards.targets import CHIPS, EmulatedTarget
from speckhal_mock.emulation import spikes
from speckhal_mock.sdk.bus import current_bus
from speckhal_samna.board.open_board import Board
from speckhal_samna.samna_import import SamnaPresence, import_failure, samna_presence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal_samna.bindings import NeuronState
    from speckhal_samna.chip import SamnaChip

PATIENCE_MS: Final = 1000
"""Longest wait for an emulated answer, in emulated time: it comes after 1 ms."""


def health_checks(chips: Sequence[SamnaChip] = CHIPS) -> tuple[HealthCheck, ...]:
    """Checks of the emulation of these chips."""
    return (
        HealthCheck("emulated boards", lambda: emulation_findings(chips)),
        HealthCheck("samna for sinabs", samna_findings),
        HealthCheck("spikes", spike_findings),
    )


def emulation_findings(chips: Sequence[SamnaChip] = CHIPS) -> Iterator[Finding]:
    """Whether an emulated board of each chip opens, answers and closes."""
    for chip in chips:
        try:
            board, cores = _try(chip)
        except SpeckhalError as error:  # noqa: PERF203 - the other chip may do
            yield Finding.problem(
                error.message,
                should="An emulated board opens, answers and closes.",
                do="pip install --force-reinstall speckhal; if it stays, report this to its "
                "authors.",
            )
        else:
            yield Finding.ok(f"an emulated {board} opens, its {cores} cores answer, and it closes")


def samna_findings() -> Iterator[Finding]:
    """What `import samna` will give to sinabs once a mock is open.

    The vendor's is not imported to find out: the checks of the hardware backends do that.
    """
    presence, failure = samna_presence(), import_failure()
    if presence in {SamnaPresence.ABSENT, SamnaPresence.BOOTSTRAP}:
        yield Finding.ok("the emulated one, as the vendor's is not installed")
    elif failure is not None:
        yield Finding.warning(
            f"the emulated one, as the vendor's cannot be used: {failure}",
            should="samna can be imported, or is not installed.",
            do="Reinstall samna and what it needs, or: pip uninstall samna",
        )
    elif presence is SamnaPresence.EMULATED:
        yield Finding.ok("the emulated one")
    elif "samna" in sys.modules:
        yield Finding.ok("the vendor's, whose objects emulated boards read too")
    else:
        yield Finding.ok(
            "the vendor's, whose objects emulated boards read too, or the emulated one if the "
            "vendor's cannot be imported; `speckhal doctor` without a backend tries that"
        )


def spike_findings() -> Iterator[Finding]:
    """What follows spikes on emulated boards; numba is not imported to find out."""
    try:
        version = importlib.metadata.version("numba")
    except importlib.metadata.PackageNotFoundError:
        yield Finding.warning(
            "numba is not installed: emulated boards follow spikes with NumPy, far slower",
            should="numba, which speckhal requires, is installed.",
            do="pip install numba",
        )
        return
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    place = Path(chosen) if chosen else Path(spikes.__path__[0]) / "__pycache__"
    if os.access(_there(place), os.W_OK):
        yield Finding.ok(f"numba {version} compiles what follows each, and keeps it in {place}")
    else:
        yield Finding.ok(
            f"numba {version} compiles what follows each; {place} cannot be written, so that it "
            f"keeps it in the user's cache directory, or compiles in each process"
        )


def _there(place: Path) -> Path:
    """The place, or what is there of the way to it."""
    return next((path for path in (place, *place.parents) if path.exists()), place)


def _try(chip: SamnaChip) -> tuple[str, int]:
    """Open a board, read a neuron of each core, and close it; its name and number of cores.

    Raises:
        SpeckhalError: the board did not do as a new one does.
    """
    # beyond the room on the desk, so that it is nobody else's board
    target = EmulatedTarget(chip, chip.kits[0], ROOM)
    clock = VirtualClock()
    emulated = make_board(target, clock=clock)
    bus = current_bus()
    bus.plug(emulated)
    try:
        (info,) = (
            info
            for info in samna.device.get_unopened_devices()
            if info.serial_number == emulated.serial_number
        )
        board = Board(samna, chip, info, clock)
        try:
            answers = _read_neurons(board, chip)
        finally:
            board.close()
    finally:
        bus.unplug(emulated)
    wanted = [(core, 0) for core in range(len(chip.facts.core_memories.value))]
    if sorted((answer.layer, answer.neuron_state) for answer in answers) != wanted:
        raise DeviceFailed(
            f"An emulated {board.name} was asked for a neuron of each of its {len(wanted)} cores, "
            f"which are all at 0 on a new board, and answered {answers}."
        )
    return board.name, len(wanted)


def _read_neurons(board: Board, chip: SamnaChip) -> list[NeuronState]:
    """The answers of the first neuron of each core."""
    event = chip.classes(samna).event
    requests = []
    for core in range(len(chip.facts.core_memories.value)):
        request = event.ReadNeuronValue()
        request.layer, request.address = core, 0  # the vendor's `layer` is the core
        requests.append(request)
    with board.asked_to("read a neuron of each core"):
        board.source.write(requests)
        events = board.sink.get_n_events(len(requests), timeout=PATIENCE_MS)
        return [answer for answer in events if isinstance(answer, event.NeuronValue)]
