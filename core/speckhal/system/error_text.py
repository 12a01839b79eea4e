"""An error as a part of a sentence."""

from __future__ import annotations


def cause_of(error: BaseException) -> str:
    """The kind of an error and what it says, on one line, such as "ValueError: no such size"."""
    try:
        said = " ".join(str(error).split())
    except BaseException as crash:  # noqa: BLE001 - an error of others may be broken itself
        said = f"its text cannot be read, for {type(crash).__name__}"
    return ": ".join(filter(None, [type(error).__name__, said]))
