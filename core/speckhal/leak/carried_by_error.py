"""Lets an error or an interrupt carry what was measured before it came."""

from __future__ import annotations

import contextlib
import inspect


def let_carry(error: BaseException, name: str, value: object, *, kind: type) -> None:
    """Give an error an attribute, unless it has one of that name that means something else.

    That of a measurement within another is replaced: whoever asked for the outer one expects its
    readings.

    Args:
        error: of speckhal, of strangers, or an interrupt.
        name: of the attribute.
        value: of that kind, or None.
        kind: of what an error may carry under that name already.
    """
    before = inspect.getattr_static(error, name, None)
    if before is not None and not isinstance(before, kind):
        return
    with contextlib.suppress(AttributeError):
        # also of those that are frozen
        BaseException.__setattr__(error, name, value)
