"""What the core does for devices of every plugin: it forgets none, and names what is in the way."""

from __future__ import annotations

import sys
import weakref
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import speckhal
from speckhal import BackendBroken, DeviceBusy, DeviceFailed, hookimpl
from speckhal.device import Device
from speckhal.registry import registry

if TYPE_CHECKING:
    from collections.abc import Iterator


def _unused(*_: object) -> None:
    pass


class Board:
    """A device as others make them, which cannot say whether it is open."""

    info = clock = None
    capabilities: frozenset[object] = frozenset()

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def close(self) -> None:
        self.backend.closed += 1
        self.backend.is_busy = False
        if self.backend.fails:
            raise DeviceFailed("It does not answer.")


for member in {"__enter__", "__exit__", *vars(Device)}:
    if not hasattr(Board, member) and (member[:1] != "_" or member.startswith("__e")):
        setattr(Board, member, _unused)


class Backend:
    """A backend of one board, which it refuses while it is open."""

    name = "other"
    api_version = 1
    summary = "for tests"
    emulated = True
    targets = ()
    capabilities: frozenset[object] = frozenset()
    chip = example = _unused

    def __init__(self) -> None:
        self.is_busy = False
        self.fails = False
        self.closed = 0
        self.kind: type = Board

    @hookimpl
    def speckhal_backend(self) -> Backend:
        return self

    def open(self, *_: object) -> Any:
        if self.is_busy:
            raise DeviceBusy("It is in use.", hint="Wait for the others.")
        self.is_busy = True
        return self.kind(self)


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    backend = Backend()
    registry().register("other", backend)
    yield backend
    registry().unregister("other")


def test_the_name_of_what_may_be_in_the_way_comes_before_what_the_plugin_says(
    other: Backend,
) -> None:
    vars(sys.modules["__main__"])["mine"] = speckhal.open_device("other")
    with pytest.raises(DeviceBusy) as busy:
        speckhal.open_device("other")
    assert str(busy.value) == "It is in use. Type mine.close() first. Wait for the others."


def test_a_name_that_only_a_function_knows_is_found_and_keeps_nothing(other: Backend) -> None:
    mine = speckhal.open_device("other")
    alive = weakref.ref(mine)
    with pytest.raises(DeviceBusy, match=r"Type mine\.close\(\) first\."):
        speckhal.open_device("other")
    mine = None  # type: ignore[assignment]  # as users do
    assert alive() is None


def test_cells_that_run_in_a_namespace_of_their_own_are_looked_into(other: Backend) -> None:
    cell, names = "mine = speckhal.open_device('other')", {"speckhal": speckhal}
    exec(cell, names)  # noqa: S102 - as notebooks do
    with pytest.raises(DeviceBusy, match=r"Type mine\.close\(\) first\."):
        exec(cell, names)  # noqa: S102 - as above


def test_what_this_process_did_not_open_has_no_name(other: Backend) -> None:
    other.is_busy = True
    with pytest.raises(DeviceBusy, match=r"^It is in use\. Wait for the others\.$"):
        speckhal.open_device("other")


def test_all_that_are_open_are_closed_even_if_one_fails(other: Backend) -> None:
    first = speckhal.open_device("other")
    other.is_busy = False
    second = speckhal.open_device("other")
    other.fails = True
    with pytest.raises(DeviceFailed):
        speckhal.close_devices()
    assert first is not second
    assert other.closed == 2


def test_a_device_that_nobody_refers_to_is_not_kept(other: Backend) -> None:
    speckhal.open_device("other")
    speckhal.close_devices()
    assert other.closed == 0


def test_what_is_refused_as_no_device_is_closed(other: Backend) -> None:
    other.kind = type("Half", (), {"__init__": Board.__init__, "close": Board.close})
    with pytest.raises(BackendBroken, match="and a device must have that"):
        speckhal.open_device("other")
    assert other.closed == 1
    assert not other.is_busy
