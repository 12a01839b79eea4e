"""Compiles what follows spikes before processes that need it would each do that at the same time.

    python tests/support/spikes_compiled.py

That takes 10 to 15 s of processor time, and 1 s where it has been done. An environment that tests
install speckhal in can be lent what was compiled, since it has the same sources.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import spike_boards as boards
from speckhal_mock.emulation import spikes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = Path(spikes.__path__[0])


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait for any other process that compiles."""
    with Path(__file__).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def compile_spikes() -> None:
    """Let a spike and a tick make neurons fire, which compiles all that has not been compiled."""
    biases = np.array([127], dtype=np.int16)
    config = boards.config_of([[[[127]]]], (1, 1), leak_enable=True, biases=biases)
    with _alone():
        board, clock = boards.board_of({0: config})
        boards.fed(board, clock, [(0, 0, 0, 0, 0)])
        board.pulse_slow_clk()
        boards.settled(board, clock)
    assert len(boards.seen_on(board)) == 2


def lend_to(environment: Path) -> None:
    """Copy what is compiled here by now into an environment in which speckhal is installed.

    numba knows a source by what is in it, and forgets what belongs to another one.
    """
    (package,) = environment.glob("lib/python*/site-packages/speckhal_mock")
    there = package / ROOM.relative_to(ROOM.parents[1]) / "__pycache__"
    there.mkdir(exist_ok=True)
    with _alone():
        for kept in (ROOM / "__pycache__").glob("*.nb[ci]"):
            shutil.copy(kept, there)


if __name__ == "__main__":
    compile_spikes()
