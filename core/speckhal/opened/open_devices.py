"""The devices that this process has open, and what to type to close a forgotten one.

Notebooks keep hold of more than their users know: a cell that is run again opens a board before it
forgets the device of the last time, and outputs and tracebacks stay.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import weakref
from types import GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, cast

import attrs

from speckhal.system.interrupts import let_interrupts_pass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from speckhal.contract.device import Device

CLOSE_ALL = "speckhal.close_devices()"
"""What to type where no variable stands for a device."""


@attrs.frozen(eq=False)
class _Opened:
    """A device that was opened, for as long as somebody refers to it.

    Attributes:
        reference: to the device.
        selection: backend and target that it was opened by.
        process: that opened it; one that is forked from that has nothing to do with it.
    """

    reference: weakref.ref[Device]
    selection: tuple[str, str | None]
    process: int


_OPENED: list[_Opened] = []


def note_opened(device: Device, selection: tuple[str, str | None]) -> None:
    """Remember a device that was just opened; that keeps it neither open nor alive."""
    # one by one, since other threads add theirs meanwhile; a lock that one of them holds would stay
    # locked in a process that is forked
    for one in _OPENED.copy():
        if one.reference() is None:
            with contextlib.suppress(ValueError):  # another thread was faster
                _OPENED.remove(one)
    with contextlib.suppress(TypeError):  # of what no weak reference can be made
        _OPENED.append(_Opened(weakref.ref(device), selection, os.getpid()))


def close_devices() -> None:
    """Close all devices that this process has opened by `open_device` and not closed yet.

    For notebooks, and for whoever has lost the name of a device. Those that another process has
    open, such as the one that this was forked from, stay open.

    Raises:
        DeviceError: closing one failed; the others were closed all the same.
    """
    with contextlib.ExitStack() as closing:
        for _, device in _open():
            closing.callback(device.close)


def how_to_close(selection: tuple[str, str | None], *, is_here: bool) -> str | None:
    """What to type to close the device that holds a board, as a sentence; None if none is known.

    Args:
        selection: that was asked for in vain.
        is_here: whether this process is known to hold the board. Another selection may mean the
            same board, so that then, where none was opened by just this one, all are named.
    """
    found = [*_open()]
    alike = [device for known, device in found if known == selection]
    others = [device for _, device in found] if is_here else []
    named = [next(_expressions(device), None) for device in alike or others]
    if not named:
        return None
    if None in named:
        return (
            f"Close the device that holds it, or type {CLOSE_ALL} to close all that are open here."
        )
    return f"Type {' or '.join(f'{name}.close()' for name in named)} first."


def _open() -> Iterator[tuple[tuple[str, str | None], Device]]:
    """Selections and devices of this process that are not known to be closed."""
    for one in _OPENED.copy():
        device = one.reference()
        if device is not None and one.process == os.getpid() and _may_be_open(device):
            yield one.selection, device


def _may_be_open(device: Device) -> bool:
    """No device must be able to say so, and closing twice does no harm."""
    handled = sys.exc_info()[1]
    try:
        return bool(getattr(device, "is_open", True))
    except Exception as error:  # noqa: BLE001 - a device of others may be broken itself
        let_interrupts_pass(error, handled)
        return True


def _expressions(device: Device) -> Iterator[str]:
    """What stands for the device where it was asked for: variables, then parts of their values."""
    variables = [(name, value) for name, value in _variables() if _is_public(name)]
    yield from (name for name, value in variables if value is device)
    for name, value in variables:
        yield from (f"{name}{part}" for part, held in _parts(value) if held is device)


def _variables() -> list[tuple[str, object]]:
    """Those of the function that asks for a device, of its module or cell, and of `__main__`."""
    found = _attributes(sys.modules.get("__main__"))
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - there is no public way
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
    if frame is not None:
        found = [*_locals(frame), *dict.items(frame.f_globals), *found]
    return found


def _locals(frame: FrameType) -> list[tuple[str, object]]:
    names = frame.f_locals
    if not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        # those of a cell, a module or a class, which may be of a kind of their own
        return [*dict.items(names)] if issubclass(type(names), dict) else []
    found = [*names.items()]
    if sys.version_info < (3, 13) and sys.getrefcount(names) <= _REFERENCES_TO_OURS:
        # a copy, which the function would keep, and with it a device that it forgets; if others
        # refer to it, it is what locals() gave them
        names.clear()
    return found


_REFERENCES_TO_OURS = 3
"""The frame, the variable, and the argument of `sys.getrefcount`."""


def _is_ours(frame: FrameType) -> bool:
    name = dict.get(frame.f_globals, "__name__")
    return type(name) is str and name.partition(".")[0] == __name__.partition(".")[0]


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """What a value holds, found without running code of its class, which may do anything.

    Lazy modules would import, and proxies that stand for nothing yet would raise.
    """
    kind = type(value)
    if kind is list or kind is tuple:
        yield from ((f"[{index}]", held) for index, held in enumerate(cast("list[object]", value)))
    elif kind is dict:
        items = [*cast("dict[object, object]", value).items()]
        yield from ((f"[{key!r}]", held) for key, held in items if type(key) in _PLAIN)
    else:
        yield from ((f".{key}", held) for key, held in _attributes(value) if _is_public(key))


_PLAIN = {str, int, bool, float, bytes, type(None)}
"""Kinds of keys that can be typed as they are shown."""


def _attributes(value: object) -> list[tuple[str, object]]:
    """What the value's own `__dict__` holds, read without running code of its class."""
    descriptor = inspect.getattr_static(type(value), "__dict__", None)
    if not isinstance(descriptor, GetSetDescriptorType | MemberDescriptorType):
        return []
    try:
        return [*descriptor.__get__(value).items()]
    except TypeError:  # it is the descriptor of classes
        return []


def _is_public(name: object) -> bool:
    return type(name) is str and name.isidentifier() and name[:1] != "_"
