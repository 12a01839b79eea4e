"""HTML of a run, made of the templates beside this file and in its folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping


def html_of(template: str, values: Mapping[str, object]) -> str:
    """The template with these values in it, each escaped.

    Args:
        template: name of its file, from this folder on.
        values: by the names that the template has for them.
    """
    import jinja2  # noqa: PLC0415  # slow import

    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("speckhal.runs", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html: str = templates.get_template(template).render(values)
    return html


def _shown(value: object) -> object:
    """Texts of files and boards without what no page may have, such as control characters."""
    return printable(value) if type(value) is str else value
