"""Writes the files of a new plugin from their templates."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import BackendBroken, InputError
from speckhal.scaffold.facts_source import facts_source
from speckhal.scaffold.plugin_spec import starting_points, template
from speckhal.system.paths import unusable, usable_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.scaffold.plugin_spec import PluginOrder

_ASKED: Final = "Asked to write the plugin into"

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


def write_plugin(order: PluginOrder, out: Path) -> Path:
    """Write a plugin into a new folder inside `out`, and say which it is.

    The folder appears with all that is in it, or not at all.

    Raises:
        InputError: the folder exists already, or cannot be written.
    """
    folder = out / order.distribution
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
