"""Pages use plain words: none of the phrases that made readers stop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pages import PAGES, PROJECT

if TYPE_CHECKING:
    from pathlib import Path

BANNED = {
    "told or tells, for returned, reported or printed": r"(?<!cannot )\b[Tt](ells?|old)\b",
    "is none, for is not a": r"\b(is|was|are) none\b(?! of)",
    "is had, for there is": r"\b(is|be) had\b",
    "likewise, for what another line says": r"\b[Ll]ikewise\b",
    "so many, for a number": r"\b[Ss]o many\b",
    "put in force, for applied": r"\bput in force\b",
    "possessives for things": r"\bothers'",
    "suite, not kit": r"\bconformance kit\b",
}


def phrases_in(text: str) -> list[str]:
    """Names of the banned phrases in a text, however its lines are broken."""
    running = " ".join(re.sub(r"`[^`]*`", "", text).split())
    return [name for name, pattern in BANNED.items() if re.search(pattern, running)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_a_page_uses_no_banned_phrase(page: Path) -> None:
    assert phrases_in(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text", ["the driver tells it", "it is\nnone", "as can be had", "Likewise.", "so\nmany events"]
)
def test_a_banned_phrase_is_found_across_lines(text: str) -> None:
    assert phrases_in(text)
