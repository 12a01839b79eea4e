"""Reads the page of a report as a browser does, and holds it to what every page must keep."""

from __future__ import annotations

import base64
import itertools
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VOID = {"meta", "link", "source", "img"}
HEADINGS = ("h1", "h2", "h3")


class Page(HTMLParser):
    """What a browser makes of a page, and nothing that it would have to repair."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.headings: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            assert not (tag in {"p", "div", "ul", "table", "dl", "pre"} and "p" in self.open)
            self.open.append(tag)
        if tag in HEADINGS:
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
        if self.open and self.open[-1] in HEADINGS:
            self.headings[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.seen if name == tag]

    def values(self, *names: str) -> Iterator[str]:
        for _, attributes in self.seen:
            yield from (value or "" for name, value in attributes.items() if name in names)


def sound(text: str) -> Page:
    """The page, once it is well-formed, and can be read by ear."""
    page = Page(text)
    assert page.seen[0] == ("html", {"lang": "en"})
    assert not page.all("script")
    for address in page.values("src", "href", "srcset"):
        assert address.startswith("data:")
    assert not re.search(r"url\(|@import", text)
    names = list(page.values("id"))
    assert len(names) == len(set(names))
    assert set(page.values("aria-labelledby")) <= set(names)
    levels = [int(tag[1]) for tag, _ in page.seen if tag in HEADINGS]
    assert levels[0] == 1 < min(levels[1:])
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(heading["scope"] for heading in page.all("th"))
    assert all(picture["alt"] for picture in page.all("img"))
    return page


def drawn(page: Page) -> list[str]:
    """The pictures for light and dark screens, as SVG."""
    found = [address for address in page.values("src", "srcset") if "image/svg+xml" in address]
    return [base64.b64decode(one.partition("base64,")[2]).decode("utf-8") for one in found]
