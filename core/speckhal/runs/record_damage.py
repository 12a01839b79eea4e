"""What is said of a record that is damaged, with the part of it that is."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNREADABLE: Final = (
    OSError,
    RuntimeError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    RecursionError,
)
"""What reading a damaged record or array raises, in its library or where its values make no run."""


class RecordDamagedError(ValueError):
    """Which part of a record is not what was written, as the end of a sentence."""


@contextlib.contextmanager
def damage_to(part: str) -> Iterator[None]:
    """In the body, whatever cannot be read is damage to that part, in the plural."""
    try:
        yield
    except RecordDamagedError:
        raise
    except UNREADABLE as error:
        raise RecordDamagedError(f"{part} cannot be read") from error


def damaged(path: Path, asked: str, error: BaseException) -> InputError:
    """The refusal of a record that is damaged, with the part where it is known."""
    what = f": {error}" if isinstance(error, RecordDamagedError) else ", or was cut short"
    return InputError(
        f"{asked} {path}, and that file is damaged{what}.",
        hint="Copy it again from where it was written. If its process was killed, "
        "what it left is FILE.partial.",
    )
