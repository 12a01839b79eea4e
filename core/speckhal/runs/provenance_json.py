"""Where a run comes from as JSON text, and back: only what is of the type that it should be."""

from __future__ import annotations

import json
from typing import Any, Final, cast

import attrs

from speckhal.runs.provenance import Provenance


def provenance_to_json(provenance: Provenance) -> str:
    """The provenance as JSON text; what JSON does not have is in it as its own text."""
    # escaped: the names of files may have surrogates, which are no UTF-8
    return json.dumps(attrs.asdict(provenance), default=str)


def provenance_from_json(text: str) -> Provenance:
    """The provenance that `provenance_to_json` wrote; what is not known here is passed over.

    Raises:
        ValueError, TypeError: it is not such a text.
    """
    plain = json.loads(text)
    known: dict[str, Any] = {}
    for field in attrs.fields(Provenance):
        if field.name in plain:
            value, kind = plain[field.name], str(field.type)
            if not _is_of(kind, value):
                raise TypeError(f"The provenance has no {kind} as {field.name}.")
            is_tuple = isinstance(value, list) and kind.startswith("tuple")
            known[field.name] = tuple(value) if is_tuple else value
    return Provenance(**known)


_PLAIN_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "None": (type(None),),
    "bool": (bool,),
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "object": (object,),
}


def _is_of(kind: str, value: object) -> bool:
    """Whether a value of JSON is what a field of that type was written as."""
    if " | " in kind:
        return any(_is_of(each, value) for each in kind.split(" | "))
    name, _, inner = kind.rstrip("]").partition("[")
    members = inner.split(", ")
    if name == "Mapping":
        return isinstance(value, dict) and all(_is_of(members[1], one) for one in value.values())
    if name == "tuple":
        length = None if members[-1] == "..." else len(members)
        is_as_long = isinstance(value, list) and length in {None, len(value)}
        return is_as_long and all(_is_of(members[0], one) for one in cast("list[object]", value))
    return isinstance(value, _PLAIN_KINDS[name])
