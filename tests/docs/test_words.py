"""Pages, docstrings, comments and messages use plain words: none that made readers stop."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pages import PAGES, PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

BANNED = {
    "told or tells, for returned, reported or printed": r"\b[Tt](ells?|old)\b",
    "is none, for is not a": r"\b(is|was|are) none\b",
    "is had, for there is": r"\b(is|be) had\b",
    "likewise, for what another line says": r"\b[Ll]ikewise\b",
    "so many, for a number": r"\b[Ss]o many\b",
    "put in force, for applied": r"\bputs? in force\b",
    "possessives for things": r"\bothers'(?!\w)",
    "suite, not kit": r"\bconformance kit\b",
}

ALLOWED = (
    r"cannot tell",  # a verdict
    r"\btells-[a-z-]+",  # breakages of the mock by their former names
    r"[Tt]here is none\b",
    r"\b(is|was|are) none of\b",
)

BETWEEN_WORDS = re.compile(r"""\b[bfru]{1,2}(?=["'])|\\[nt]?|["#()+`]|(?<!others)'""")
"""What code can have between two words of one text, besides spaces and the ends of lines."""

CODE = sorted(
    path
    for room in ("core", "plugins", "tests", "benchmarks", "examples")
    for path in (PROJECT / room).rglob("*.py")
    if not {"frozen", "programs", "build"} & set(path.relative_to(PROJECT).parts)
    and path != Path(__file__).resolve()
)
"""Code as it is now: not what is kept as others wrote it, nor this list of banned phrases."""

SETTINGS = [
    PROJECT / "pyproject.toml",
    *sorted((PROJECT / ".ci").iterdir()),
    *sorted((PROJECT / "core").rglob("*.tmpl")),
    *sorted((PROJECT / "examples").rglob("*.toml")),
]


def phrases_in(text: str) -> list[str]:
    """Names of the banned phrases in a text, however its lines are broken."""
    running = " ".join(re.sub(r"`[^`]*`", "", text).split())
    for allowed in ALLOWED:
        running = re.sub(allowed, "", running)
    return [name for name, pattern in BANNED.items() if re.search(pattern, running)]


def phrases_in_code(source: str) -> list[str]:
    """Banned phrases in comments and strings; names of variables are their readers' own matter."""
    comments = " ".join(re.findall("#.*", source))
    if not _may_have_phrases(f"{source} {comments}"):
        return []  # it need not be taken apart
    return [name for text in _texts(source) for name in phrases_in(text)]


def _may_have_phrases(source: str) -> bool:
    """Whether there is a banned phrase once code is read as if all of it were prose."""
    running = " ".join(BETWEEN_WORDS.sub(" ", source).split())
    return any(re.search(pattern, running) for pattern in BANNED.values())


def _texts(source: str) -> Iterator[str]:
    """Each string of a source, and its comments as one text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    yield " ".join(token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_a_page_uses_no_banned_phrase(page: Path) -> None:
    assert phrases_in(page.read_text(encoding="utf-8")) == []


def test_no_docstring_comment_or_message_uses_a_banned_phrase() -> None:
    found = {
        str(path.relative_to(PROJECT)): phrases
        for path in CODE
        if (phrases := phrases_in_code(path.read_text(encoding="utf-8")))
    }

    assert len(CODE) > 100
    assert found == {}


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_settings_and_templates_use_no_banned_phrase(path: Path) -> None:
    assert phrases_in(path.read_text(encoding="utf-8").replace("#", "")) == []


@pytest.mark.parametrize(
    "text", ["the driver tells it", "it is\nnone", "as can be had", "Likewise.", "so\nmany events"]
)
def test_a_banned_phrase_is_found_across_lines(text: str) -> None:
    assert phrases_in(text)


@pytest.mark.parametrize(
    "source",
    [
        '"""What the driver tells."""',
        "x = 1  # likewise",
        "# a board that is\n# none of ours, and is\n# none\n",
        "raise ValueError(f'{5} is '\n    'none')",
    ],
)
def test_a_banned_phrase_is_found_in_code(source: str) -> None:
    assert phrases_in_code(source)


@pytest.mark.parametrize("text", ["It cannot tell.", "tells-other-biases", "There is none."])
def test_an_allowed_phrase_is_not_found(text: str) -> None:
    assert phrases_in(text) == []


def test_a_variable_may_have_any_name() -> None:
    assert phrases_in_code("told = 5") == []
