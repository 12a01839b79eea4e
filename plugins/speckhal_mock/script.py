"""Runs an unmodified script for samna or sinabs on emulated boards."""

from __future__ import annotations

import contextlib
import runpy
import sys
from typing import TYPE_CHECKING, Final

from speckhal.clock import VirtualClock
from speckhal.errors import InputError
from speckhal.paths import readable_file
from speckhal_mock.chips import CHIPS, KITS, EmulatedTarget, choose_target
from speckhal_mock.desk import make_board
from speckhal_mock.emulation.clock import RealTimeClock
from speckhal_mock.install import replace_samna
from speckhal_mock.samna.bus import current_bus
from speckhal_mock.virtual_time import virtual_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from speckhal.backend import Emulator


_left_behind: Final[list[dict[str, object]]] = []
"""Globals of scripts that ended: like Python's own, they live as long as the interpreter does."""


class ScriptEmulator:
    """Runs scripts as Python would, with emulated boards on the emulated USB bus."""

    def run_script(
        self, script: Path, arguments: Sequence[str], *, boards: Sequence[str], realtime: bool
    ) -> None:
        """Run a script as `__main__`; its exceptions come out as they are.

        All boards share one clock, so that the script sees one time.
        """
        readable_file(script, "Asked to run", hint="Give the path of a Python script.")
        wanted = _boards(boards)
        replace_samna()
        virtual = VirtualClock()
        clock = RealTimeClock() if realtime else virtual
        bus = current_bus()
        for target in wanted:
            bus.plug(make_board(target, clock=clock))
        try:
            with (
                _as_main(script, arguments),
                contextlib.nullcontext() if realtime else virtual_time(virtual),
            ):
                _left_behind.append(runpy.run_path(str(script), run_name="__main__"))
        finally:
            bus.clear()


def _boards(names: Sequence[str]) -> list[EmulatedTarget]:
    """The boards of these names, or one of each kit where none is given.

    Raises:
        InputError: a name is neither the vendor's nor ours for a kit, nor that of a chip.
    """
    known = {kit.board: kit.target for kit in KITS} | {kit.target: kit.target for kit in KITS}
    known |= {chip.facts.name: chip.kits[0].target for chip in CHIPS}
    chosen = [kit.target for kit in KITS]
    if names:
        unknown = [name for name in names if name not in known]
        if unknown:
            raise InputError(
                f"Asked to plug in {', '.join(unknown)}, and no such board can be emulated.",
                hint=f"Known boards: {', '.join(known)}.",
            )
        chosen = [known[name] for name in names]
    # a kit named twice stands twice on the desk
    return [
        choose_target(f"{kit}:{chosen[:position].count(kit)}")
        for position, kit in enumerate(chosen)
    ]


@contextlib.contextmanager
def _as_main(script: Path, arguments: Sequence[str]) -> Iterator[None]:
    """What a script finds in `sys` when Python runs it."""
    argv, path = sys.argv, list(sys.path)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = argv, path


if TYPE_CHECKING:

    def _conforms(emulator: ScriptEmulator) -> Emulator:
        return emulator
