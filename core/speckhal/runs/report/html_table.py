"""A table as the page's template takes it."""

from __future__ import annotations

import attrs


@attrs.frozen
class HtmlTable:
    """Texts in rows under the names of their columns; the first of a row names it.

    Attributes:
        name: that no other table of the page has, of letters, digits and hyphens.
        caption: what the table is.
        columns: their names.
        rows: a text for each column.
        right: numbers of the columns that are aligned to the right.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
