"""How the pages become a site: sphinx-build -W docs docs/_build."""

from __future__ import annotations

import enum
import re
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

from sphinx.pycode import ModuleAnalyzer

import speckhal

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "speckhal"
author = "The speckhal authors"
project_copyright = "2026, the speckhal authors"
version = release = version_of("speckhal")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = False  # types in signatures link where they can; numpy's need a network

# Docstrings are in Google's style, and put code between single backticks
default_role = "code"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
python_maximum_signature_line_length = 88

# Markdown as GitHub shows it, with an anchor for every heading
myst_heading_anchors = 3
myst_enable_extensions = ["tasklist"]

html_theme = "pydata_sphinx_theme"
html_title = "speckhal"
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def _without_noise(
    _app: Sphinx,
    _what: str,
    _name: str,
    subject: object,
    _options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str, str | None] | None:
    """Leave out how Protocols and enumerations are called, which nobody does; and lambdas."""
    if isinstance(subject, type) and (
        getattr(subject, "_is_protocol", False) or issubclass(subject, enum.Enum)
    ):
        return "", None
    return (signature.replace("<function <lambda>>", "..."), returns) if signature else None


def _own_docstring(
    _app: Sphinx, what: str, name: str, _subject: object, _options: object, lines: list[str]
) -> None:
    """Give a value that `speckhal` passes on the docstring below its definition, not its type's."""
    module = speckhal._MODULE_OF_NAME.get(name.removeprefix("speckhal."))  # noqa: SLF001 - its own
    if what == "data" and module is not None:
        analyzer = ModuleAnalyzer.for_module(f"speckhal.{module}")
        analyzer.analyze()
        found = analyzer.attr_docs.get(("", name.removeprefix("speckhal.")))
        if found is not None:
            lines[:] = found


def _code_without_colons(
    _app: Sphinx, what: str, _name: str, _subject: object, _options: object, lines: list[str]
) -> None:
    """Keep napoleon from taking what precedes a colon within code for the type of an attribute."""
    if what in {"attribute", "data", "property"}:
        lines[:] = [re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", line) for line in lines]


def _prose_with_colons(
    _app: Sphinx, what: str, _name: str, _subject: object, _options: object, lines: list[str]
) -> None:
    """Undo what napoleon made of a colon in the first line of an attribute's docstring."""
    kinds = [line for line in lines if line.startswith(":type: ")]
    if what in {"attribute", "data", "property"} and kinds:
        first = next(index for index, line in enumerate(lines) if line)
        lines[first] = f"{kinds[0].removeprefix(':type: ')}: {lines[first]}"
        lines.remove(kinds[0])


def setup(app: Sphinx) -> None:
    """What Sphinx calls before it begins."""
    app.connect("autodoc-process-docstring", _own_docstring, priority=300)
    app.connect("autodoc-process-docstring", _code_without_colons, priority=400)
    # napoleon comes at 500
    app.connect("autodoc-process-docstring", _prose_with_colons, priority=600)
    app.connect("autodoc-process-signature", _without_noise)
