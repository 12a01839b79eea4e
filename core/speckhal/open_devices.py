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
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

    from speckhal.device import Device

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
    _OPENED[:] = [one for one in _OPENED if one.reference() is not None]
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
        # no device must be able to say so, and closing twice does no harm
        if device is not None and one.process == os.getpid() and getattr(device, "is_open", True):
            yield one.selection, device


def _expressions(device: Device) -> Iterator[str]:
    """What stands for the device where it was asked for: variables, then parts of their values."""
    variables = [
        (name, value)
        for name, value in _variables()
        if name.isidentifier() and not name.startswith("_")
    ]
    yield from (name for name, value in variables if value is device)
    for name, value in variables:
        yield from (f"{name}{part}" for part, held in _parts(value) if held is device)


def _variables() -> list[tuple[str, object]]:
    """Those of the function that asks for a device, of its module or cell, and of `__main__`."""
    main = sys.modules.get("__main__")
    found = [] if main is None else [*vars(main).items()]
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - there is no public way
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
    if frame is not None:
        found = [*frame.f_locals.items(), *frame.f_globals.items(), *found]
        if sys.version_info < (3, 13) and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            # what is a copy there would keep the device alive when the function forgets it
            frame.f_locals.clear()
    return found


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] == __name__.partition(".")[0]


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, list | tuple):
        yield from ((f"[{index}]", held) for index, held in enumerate(value))
    elif isinstance(value, dict):
        yield from ((f"[{key!r}]", held) for key, held in value.items())
    else:
        attributes: Mapping[str, object] = getattr(value, "__dict__", {})
        yield from ((f".{key}", held) for key, held in attributes.items() if key[:1] != "_")
