"""Writes the files of a new plugin from their templates, and the facts of its chip as source."""

from __future__ import annotations

import json
import os
import tempfile
import textwrap
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import BackendBroken, InputError
from speckhal.contract.facts import Fact
from speckhal.scaffold.plugin_spec import starting_points, template
from speckhal.system.paths import unusable, usable_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.facts import Erratum
    from speckhal.scaffold.plugin_spec import PluginOrder

_ASKED: Final = "Asked to write the plugin into"

_INDENT: Final = "    "
_WIDTH: Final = 100  # of a line of generated source

_EVERY: Final[Mapping[str, str]] = {
    ".github/workflows/ci.yml": "ci.yml",
    ".gitignore": "gitignore",
    "LICENSE": "LICENSE.$license",
    "pyproject.toml": "pyproject.toml",
    "tests/test_conformance.py": "test_conformance.py",
}
"""The template of each file that every plugin has."""


def plugin_files(order: PluginOrder) -> dict[str, str]:
    """The files of a plugin, by their paths inside its folder.

    Raises:
        BackendBroken: a template of the backend that offers them is malformed.
    """
    chosen = starting_points().by_like[order.like]
    words = {"lint_exceptions": "", **_words(order), **chosen.words}
    if chosen.chip is not None:
        words["facts"] = facts_source(chosen.chip)
    names = {path: Template(name).substitute(words) for path, name in _EVERY.items()}
    templates = {path: template("every", name) for path, name in names.items()}
    templates |= {"src/$package/py.typed": "", **chosen.files}
    try:
        return {
            Template(path).substitute(words): Template(text).substitute(words)
            for path, text in sorted(templates.items())
        }
    except (KeyError, ValueError) as error:
        raise BackendBroken(
            f"A template of a plugin like {order.like!r} is malformed: {error}.",
            hint="Report this to the authors of the backend that offers it.",
        ) from error


def write_plugin(order: PluginOrder, out: str | os.PathLike[str]) -> Path:
    """Write a plugin into a new folder inside `out`, and say which it is.

    The folder appears with all that is in it, or not at all.

    Raises:
        InputError: the folder exists already, or cannot be written.
    """
    folder = Path(out) / order.distribution
    usable_folder(out, _ASKED)
    if os.path.lexists(folder):
        raise InputError(
            f"{_ASKED} {folder}, and that exists already.",
            hint="Remove it, or choose another place with --out.",
        )
    files = plugin_files(order)
    try:
        # beside it, since a folder takes a new name within one file system only
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=out) as made:
            whole = Path(made) / folder.name
            for path, text in files.items():
                file = whole / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            whole.rename(folder)
    except (OSError, ValueError) as error:
        raise unusable(folder, _ASKED, error) from error
    return folder


def _words(order: PluginOrder) -> dict[str, str]:
    """What the templates leave open."""
    author = order.author or f"the authors of {order.distribution}"
    return {
        "name": order.name,
        "emulated_name": order.emulated_name,
        "distribution": order.distribution,
        "package": order.package,
        "title": order.title,
        "board": order.board,
        "like": order.like.capitalize(),
        "license": order.license,
        "author": author,
        "author_toml": json.dumps(author, ensure_ascii=False),  # TOML quotes as JSON does
        "year": str(datetime.now(tz=timezone.utc).year),
        "speckhal_version": metadata.version("speckhal"),
    }


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
