"""From NAME=VALUE, as users type it, to the option of a backend that it means."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Final, TypeAlias

from speckhal.contract.errors import InputError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable

OptionValue: TypeAlias = "str | int | float | bool | list[object] | None"
"""What a text can mean; a backend makes of it what its option is, such as a range of a list."""

_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "none": None}


def parse_options(texts: Iterable[str]) -> dict[str, OptionValue]:
    """Values by the name of the option, from texts such as "apply_s=0.5" and "overflow=wrap".

    They go to `open_device(selection, **options)`; the backend refuses those that it cannot take.

    Raises:
        InputError: a text is not NAME=VALUE, or names an option that another one names.
    """
    options: dict[str, OptionValue] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InputError(
                f"Asked for --option {text!r}, which is not a name and a value.",
                hint="Write --option NAME=VALUE, such as --option dvs_event_rate_hz=0.",
            )
        if name in options:
            raise InputError(
                f"Asked twice for the option {name}.", hint="Give it once, with one value."
            )
        options[name] = parse_value(value)
    return options


def parse_value(text: str) -> OptionValue:
    """A truth value, None, a number, a quoted text or a list as TOML has them; else the text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    with contextlib.suppress(tomllib.TOMLDecodeError):
        found = tomllib.loads(f"value = {text}")
        value = found.pop("value")
        if not found and isinstance(value, str | int | float | list):
            return value
    for number in (int, float):  # 007 and .5, which TOML does not have
        with contextlib.suppress(ValueError):
            return number(text)
    return text
