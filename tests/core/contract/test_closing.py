"""A device closes its board once: when asked, when forgotten, and in its own process only."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from speckhal import BackendBroken
from speckhal.contract.closing import closed_when_forgotten

if TYPE_CHECKING:
    from collections.abc import Callable


class Device:
    def __init__(self, close: Callable[[], object]) -> None:
        self.closing = closed_when_forgotten(self, close)


class Slotted:
    __slots__ = ()


def test_it_closes_once_when_asked_or_when_nothing_refers_to_the_device() -> None:
    closed: list[str] = []
    devices = [Device(lambda: closed.append("asked")), Device(lambda: closed.append("forgotten"))]
    assert [device.closing.is_open for device in devices] == [True, True]
    for _ in range(2):
        devices[0].closing()
        assert closed == ["asked"]
    assert [device.closing.is_open for device in devices] == [False, True]
    devices.clear()
    assert closed == ["asked", "forgotten"]


def test_a_device_that_permits_no_weak_reference_is_closed_and_refused() -> None:
    closed: list[bool] = []
    with pytest.raises(BackendBroken, match=r"Slotted has __slots__ .*\"__weakref__\""):
        closed_when_forgotten(Slotted(), lambda: closed.append(True))
    assert closed == [True]


class Board:
    """Writes to a pipe what happens to it, its destructor included."""

    def __init__(self, end: int) -> None:
        self.end = end

    def close(self) -> None:
        os.write(self.end, b"closed ")

    def __del__(self) -> None:
        os.write(self.end, b"destroyed ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forks no processes")
# of the threads that run tests in parallel, none is needed in the child
@pytest.mark.parametrize("explicitly", [True, False])
def test_a_forked_process_closes_nothing(*, explicitly: bool) -> None:
    answers, end = os.pipe()
    board = Board(end)
    devices = [Device(board.close)]
    del board
    if (child := os.fork()) == 0:
        if explicitly:
            devices[0].closing()
        devices.clear()
        os.write(end, b"forgotten ")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    devices.clear()
    os.close(end)
    with os.fdopen(answers) as said:
        assert said.read().split() == ["forgotten", "closed", "destroyed"]
