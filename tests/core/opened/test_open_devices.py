"""What the core does for devices of every plugin: it forgets none, and names what is in the way."""

from __future__ import annotations

import os
import sys
import types
import weakref
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import speckhal
from speckhal import BackendBroken, DeviceBusy, DeviceFailed, hookimpl
from speckhal.contract.device import Device
from speckhal.discovery.registry import registry
from speckhal.opened import open_devices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


def test_a_search_for_names_leaves_what_locals_gave(other: Backend) -> None:
    mine = speckhal.open_device("other")
    given = locals()
    with pytest.raises(DeviceBusy, match=r"Type mine\.close\(\) first\."):
        speckhal.open_device("other")
    assert given["mine"] is mine
    assert given["other"] is other


class _Stranger:
    """Any look at it runs code of its class, which fails."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("working outside of application context")

    __repr__ = __eq__ = __hash__ = __iter__ = None  # type: ignore[assignment]  # as bad


class _Key:
    """A key that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")


class _Holder:
    pass


def _fail(*_: object) -> Any:
    raise RuntimeError("working outside of application context")


STRANGERS: dict[str, Callable[[], object]] = {
    "attributes": _Stranger,
    "kind": type("Unbound", (), {"__class__": property(_fail)}),
    "proxy": type("Unbound", (), {"__dict__": property(_fail)}),
    "key": lambda: {_Key(): 1},
    "list": type("List", (list,), {"__iter__": _fail}),
    "own names": lambda: types.SimpleNamespace(**{"_": 0, "1": 0}),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_strangers_among_the_variables_are_left_alone(other: Backend, kind: str) -> None:
    stranger = STRANGERS[kind]()
    names = vars(sys.modules["__main__"])
    holder = _Holder()
    names.update(first=stranger, holder=holder, last=[_Stranger()])
    vars(holder).update({"1": 0, "board": speckhal.open_device("other")})
    with pytest.raises(DeviceBusy, match=r"Type holder\.board\.close\(\) first\."):
        speckhal.open_device("other")


def test_a_lazy_module_is_not_imported(other: Backend) -> None:
    class Lazy(ModuleType):
        def __getattribute__(self, name: str) -> Any:
            imported.append(name)
            return super().__getattribute__(name)

    imported: list[str] = []
    names = vars(sys.modules["__main__"])
    names.update(lazy=Lazy("lazy"), boards={"left": speckhal.open_device("other")})
    with pytest.raises(DeviceBusy, match=r"Type boards\['left'\]\.close\(\) first\."):
        speckhal.open_device("other")
    assert not imported


def test_a_device_that_fails_to_say_whether_it_is_open_is_closed(other: Backend) -> None:
    def fail(_: object) -> bool:
        raise OSError("no answer")

    other.kind = type("Mute", (Board,), {"is_open": property(fail)})
    vars(sys.modules["__main__"])["mine"] = speckhal.open_device("other")
    with pytest.raises(DeviceBusy, match=r"Type mine\.close\(\) first\."):
        speckhal.open_device("other")
    speckhal.close_devices()
    assert other.closed == 1


def test_a_device_that_another_thread_opens_meanwhile_is_not_forgotten(
    other: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []

    def another_thread_opens() -> None:
        if not opened:
            opened.append(None)
            other.is_busy = False
            opened.append(speckhal.open_device("other"))
            other.is_busy = False

    forgotten: Any = another_thread_opens  # the moment at which the list is gone through
    monkeypatch.setattr(open_devices, "_OPENED", [])
    open_devices._OPENED.append(open_devices._Opened(forgotten, ("other", None), os.getpid()))

    mine = speckhal.open_device("other")
    speckhal.close_devices()

    assert mine is not opened[1]
    assert other.closed == 2
    assert len(open_devices._OPENED) == 2
