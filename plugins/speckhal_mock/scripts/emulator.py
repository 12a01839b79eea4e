"""Runs unmodified programs for samna or sinabs on emulated boards, and the processes they spawn."""

from __future__ import annotations

import contextlib
import os
from multiprocessing import spawn
from typing import TYPE_CHECKING, Any, Final

import attrs

from speckhal.contract.clock import VirtualClock
from speckhal.contract.errors import InputError
from speckhal.system.programs import as_main, main_names, program_of
from speckhal_mock.boards.open_options import BoardRequest, read_options
from speckhal_mock.boards.option_table import EMULATED, check_names, describe
from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.boards.targets import CHIPS, KITS, choose_target
from speckhal_mock.emulation.clock import RealTimeClock
from speckhal_mock.samna_install.install import replace_samna
from speckhal_mock.scripts.virtual_time import virtual_time
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from speckhal.contract.option_description import OptionDescription

_for_life: Final = contextlib.ExitStack()
"""What a child process never leaves."""


class ScriptEmulator:
    """Runs scripts as Python would, with emulated boards on the emulated USB bus."""

    def run_script(
        self, script: Path, arguments: Sequence[str], *, boards: Sequence[str], realtime: bool
    ) -> None:
        """Run a script as `__main__`; its exceptions come out as they are.

        All boards share one clock, so that the script sees one time. They go when the script's
        threads have ended and its exit callbacks have run.
        """
        program = program_of(str(script))
        with (
            self.desk(boards=boards, realtime=realtime, options={}),
            as_main(program, arguments),
        ):
            program.run(main_names())

    @contextlib.contextmanager
    def desk(
        self, *, boards: Sequence[str], realtime: bool, options: Mapping[str, object]
    ) -> Iterator[None]:
        """In the body, boards are plugged in, and without `realtime` time is virtual.

        Args:
            boards: the vendor's names of kits, ours, or those of chips; a kit that is named twice
                is plugged in twice. Empty for the board of the profile, or one of each kit.
            realtime: keep to the wall's time.
            options: `profile`, a file of `speckhal characterise`, and fields of
                `EmulationOptions`.
        """
        requests = _requests(boards, options)
        replace_samna()
        bus = current_bus()
        try:
            with (
                children_emulate(self, boards=boards, realtime=realtime, options=options),
                contextlib.nullcontext(RealTimeClock())
                if realtime
                else virtual_time(VirtualClock()) as clock,
            ):
                for request in requests:  # within virtual time, so that their locks live in it
                    bus.plug(make_board(request.target, clock=clock, options=request.emulation))
                yield
        finally:
            bus.clear()

    def describe_options(self, target: str | None = None) -> Sequence[OptionDescription]:
        """What `desk` takes; the target is that of a kit, which the chip's defaults are of."""
        return tuple(item for item in describe(choose_target(target)) if item.name in _OPTIONS)


_OPTIONS: Final = ("profile", *EMULATED)


def _requests(names: Sequence[str], options: Mapping[str, object]) -> list[BoardRequest]:
    """The boards of these names, each with the options.

    Raises:
        InputError: a name is neither the vendor's nor ours for a kit, nor that of a chip; or an
            option is wrong.
    """
    check_names(options, _OPTIONS)
    known = {kit.board: kit.target for kit in KITS} | {kit.target: kit.target for kit in KITS}
    known |= {chip.facts.name: chip.kits[0].target for chip in CHIPS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            f"Asked to plug in {', '.join(map(repr, unknown))}, and no such board can be emulated.",
            hint=f"Known boards: {', '.join(known)}.",
        )
    if not names and options.get("profile") is not None:
        return [read_options(None, options)]
    chosen = [known[name] for name in names] or [kit.target for kit in KITS]
    # a kit named twice stands twice on the desk
    return [
        read_options(f"{kit}:{chosen[:position].count(kit)}", options)
        for position, kit in enumerate(chosen)
    ]


@contextlib.contextmanager
def children_emulate(
    emulator: ScriptEmulator,
    *,
    boards: Sequence[str],
    realtime: bool,
    options: Mapping[str, object],
) -> Iterator[None]:
    """In the body, let spawned processes have a desk with the same boards, in a time of their own.

    What is open here is held elsewhere there. Forked processes have a copy of everything anyway.

    Args:
        emulator: has the desk, there as here; it must pickle.
        boards: as `emulator.desk` takes them; so are the others.
        realtime: keep to the wall's time.
        options: of the emulation.
    """
    prepare = spawn.get_preparation_data
    given = dict(options)
    if given.get("profile") is not None:  # a child may begin in another folder
        given["profile"] = os.path.abspath(str(given["profile"]))  # noqa: PTH100

    def with_desk(name: str) -> dict[str, Any]:
        bus = current_bus()
        held = tuple(not bus.is_free(board) for board in bus.boards)
        asked = {"boards": tuple(boards), "realtime": realtime, "options": given}
        desk = _Desk(emulator, asked, held)
        # Python unpickles it in the child before it imports the script there, and knows no such key
        return {**prepare(name), "speckhal": desk}

    vars(spawn)["get_preparation_data"] = with_desk
    try:
        yield
    finally:
        vars(spawn)["get_preparation_data"] = prepare


@attrs.frozen
class _Desk:
    """What unpickles as a desk in place."""

    emulator: ScriptEmulator
    asked: dict[str, Any]
    held: tuple[bool, ...]

    def __reduce__(self) -> tuple[object, ...]:
        return _take_place, (self.emulator, self.asked, self.held)


def _take_place(emulator: ScriptEmulator, asked: dict[str, Any], held: tuple[bool, ...]) -> None:
    _for_life.enter_context(emulator.desk(**asked))
    bus = current_bus()
    for board, is_held in zip(bus.boards, held, strict=True):
        if is_held:
            _for_life.enter_context(bus.held_elsewhere(board))
