"""JSON as the vendor's C++ library writes it.

No dump of a Speck configuration is public. That the text is an object with the one key `value0`,
with C++'s camelCase names and an indentation of four, is assumed from what the same vendor's
package writes for another chip. What is certain is that `from_json(to_json(x))` gives x back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_ROOT = "value0"
T = TypeVar("T")


def camel_case(name: str) -> str:
    """The C++ name of a member: `neuron_state` -> `neuronState`."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def item_key(index: int) -> str:
    """The key under which an item of a fixed array stands."""
    return f"value{index}"


def write(document: object) -> str:
    """The text of one object."""
    return json.dumps({_ROOT: document}, indent=4)


def read(text: object, owner: str, convert: Callable[[object], T]) -> T:
    """What `convert` makes of what `write` was given.

    Raises:
        TypeError: `text` is no str.
        RuntimeError: it is not the text of such an object. The vendor's parser throws a C++
            runtime_error, which is this in Python.
    """
    if not isinstance(text, str):
        raise TypeError(f"{owner}.from_json takes a str, not {text!r}.")
    try:
        return convert(members(json.loads(text), (_ROOT,), "The text")[_ROOT])
    except (ValueError, TypeError) as error:
        raise RuntimeError(f"{owner}.from_json cannot use this text. {error}") from error


def members(document: object, keys: Collection[str], owner: str) -> dict[str, object]:
    """`document`, if it is an object with exactly these keys.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(document, dict):
        raise TypeError(f"{owner} has to be an object with the keys {', '.join(keys)}.")
    missing = [key for key in keys if key not in document]
    unknown = [key for key in document if key not in keys]
    if missing or unknown:
        raise TypeError(
            f"{owner} lacks these keys: {', '.join(missing) or 'none'}; "
            f"and has no place for these: {', '.join(unknown) or 'none'}."
        )
    return document
