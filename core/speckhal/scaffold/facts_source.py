"""The facts of a chip as Python source, each marked as inherited."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.facts import Erratum

_INDENT: Final = "    "
_WIDTH: Final = 100  # of a line of generated source


def facts_source(facts: ChipFacts) -> str:
    """Arguments for `ChipFacts`, but for the name, as the formatter would write them.

    What distinguishes the chip from its siblings (`particulars`) is left out: it is not inherited.
    """
    lines = [
        line
        for field in attrs.fields(type(facts))
        if isinstance(fact := getattr(facts, field.name), Fact)
        for line in _fact(field.name, fact, facts.name)
    ]
    lines += [
        f"{_INDENT}errata=(",
        *(line for erratum in facts.errata for line in _erratum(erratum, facts.name)),
        f"{_INDENT}),",
    ]
    return "\n".join(lines)


def _fact(name: str, fact: Fact[object], inherited_from: str) -> Iterator[str]:
    yield f"{_INDENT}{name}=Fact("
    if isinstance(fact.value, tuple):
        yield f"{_INDENT * 2}("
        yield from (f"{_INDENT * 3}{item!r}," for item in fact.value)
        yield f"{_INDENT * 2}),"
    else:
        yield f"{_INDENT * 2}{_value(fact.value)},"
    yield from _text("source", _inherited(fact.source, inherited_from), depth=2)
    yield f"{_INDENT * 2}certainty=Certainty.ASSUMED,"
    yield f"{_INDENT}),"


def _value(value: object) -> str:
    """Source of a value, with strings in double quotes."""
    return repr(value).replace("'", '"')


def _erratum(erratum: Erratum, inherited_from: str) -> Iterator[str]:
    yield f"{_INDENT * 2}Erratum("
    yield from _text("name", erratum.name, depth=3)
    yield from _text("consequence", erratum.consequence, depth=3)
    yield from _text("source", _inherited(erratum.source, inherited_from), depth=3)
    yield f"{_INDENT * 3}certainty=Certainty.ASSUMED,"
    for name in ("affects", "cores", "unless"):
        if (condition := getattr(erratum, name)) is not None:
            yield f"{_INDENT * 3}{name}={_value(condition)},"
    yield f"{_INDENT * 2}),"


def _inherited(source: str, chip: str) -> str:
    return f"inherited from {chip}, check: {source}"


def _text(name: str, text: str, *, depth: int) -> Iterator[str]:
    """A keyword argument that is a text, on as many lines as it needs."""
    indent = _INDENT * depth
    line = f"{indent}{name}={_quoted(text)},"
    if len(line) <= _WIDTH:
        yield line
        return
    room = _WIDTH - len(indent) - len(_INDENT) - len('""')
    *pieces, last = textwrap.wrap(text, room - len(" "), break_on_hyphens=False)
    yield f"{indent}{name}=("
    yield from (f"{indent}{_INDENT}{_quoted(f'{piece} ')}" for piece in pieces)
    yield f"{indent}{_INDENT}{_quoted(last)}"
    yield f"{indent}),"


def _quoted(text: str) -> str:
    """A text as the formatter quotes it: in double quotes, unless that takes a backslash."""
    if '"' in text:
        return repr(text)
    return '"' + text.replace("\\", "\\\\") + '"'
