"""Writes the files of a new plugin from their templates."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import datetime, timezone
from importlib import metadata, resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError
from speckhal.discovery.registry import registry
from speckhal.scaffold.facts_source import facts_source
from speckhal.scaffold.plugin_spec import LIKES
from speckhal.system.paths import unusable, usable_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.scaffold.plugin_spec import PluginOrder

_ASKED: Final = "Asked to write the plugin into"

_TEMPLATES: Final[Mapping[str, str]] = {
    ".github/workflows/ci.yml": "ci.yml",
    ".gitignore": "gitignore",
    "LICENSE": "LICENSE.$license",
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    "src/$package/__init__.py": "init.py",
    "src/$package/chip.py": "chip.py",
    "src/$package/facts.py": "facts.py",
    "src/$package/py.typed": "",
    "tests/test_conformance.py": "test_conformance.py",
}
"""The template of each file; an empty one has none."""


def plugin_files(order: PluginOrder) -> dict[str, str]:
    """The files of a plugin, by their paths inside its folder."""
    words = _words(order)
    return {
        Template(path).substitute(words): _filled(Template(template).substitute(words), words)
        for path, template in _TEMPLATES.items()
    }


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
    vendor = LIKES[order.like]
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
        "module": vendor.module,
        "input_node": vendor.input_node,
        "output_node": vendor.output_node,
        "facts": facts_source(registry().backend(order.like).chip()),
    }


def _filled(template: str, words: Mapping[str, str]) -> str:
    if not template:
        return ""
    source = resources.files("speckhal.scaffold") / "templates" / f"{template}.tmpl"
    return Template(source.read_text(encoding="utf-8")).substitute(words)
