"""Gives warnings that name the line of the user's program, however deep below it they arise.

`warnings.warn` wants to know how many calls lie between, which nobody can who is called by a
script, by sinabs and by our own driver in turn. (`skip_file_prefixes` could say which files to pass
over, from Python 3.12 on.)
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_PASSED_OVER: Final = {"attr", "attrs", "nirtorch", "pluggy", "sinabs", "speckhal", "torch"}
"""Packages that do what the user's program says, besides our plugins and Python's own modules."""


_WITHHELD: ContextVar[type[Warning] | tuple[()]] = ContextVar("withheld", default=())


@contextlib.contextmanager
def withheld_warnings(category: type[Warning]) -> Iterator[None]:
    """In the body, `warn_user` gives no warning of that kind, since what follows gives it again.

    Of this thread alone, which `warnings.catch_warnings` cannot do.
    """
    token = _WITHHELD.set(category)
    try:
        yield
    finally:
        _WITHHELD.reset(token)


def warn_user(message: str, category: type[Warning], *, within: FrameType | None = None) -> None:
    """Warn, and name the innermost line of the program that all this is done for.

    That is neither one of speckhal's or its plugins', nor of sinabs, torch or Python itself. Where
    there is no such line, it is the outermost one.

    Args:
        message: what to say.
        category: which kind of warning it is.
        within: the call to begin at, such as one of another thread; None for the caller's.
    """
    if issubclass(category, _WITHHELD.get()):
        return
    frame = outermost = within or sys._getframe(1)  # noqa: SLF001  # its only name
    while _is_passed_over(frame):
        if frame.f_back is None:
            frame = outermost
            break
        frame = outermost = frame.f_back
    warnings.warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__"),
        # as warnings.warn does it, so that each line warns once
        frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _is_passed_over(frame: FrameType) -> bool:
    module: object = frame.f_globals.get("__name__")
    if not isinstance(module, str):  # generated code
        return True
    package = module.partition(".")[0]
    return (
        package in _PASSED_OVER
        or package.startswith("speckhal_")
        or package in sys.stdlib_module_names
    )
