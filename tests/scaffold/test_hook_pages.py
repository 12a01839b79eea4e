"""Every hook has a page in docs/hooks, and the example there prints what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from speckhal.discovery.hooks import PROJECT, HookSpecs

FOLDER = Path(__file__).parents[2] / "docs" / "hooks"
PAGES = {page.stem: page for page in sorted(FOLDER.glob(f"{PROJECT}_*.md"))}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_every_hook_has_a_page_and_the_index_names_them_all() -> None:
    hooks = {name for name in vars(HookSpecs) if name.startswith(f"{PROJECT}_")}
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(PAGES) == hooks
    assert set(re.findall(r"^\| \[(\w+)\]\(\1\.md\)", index, flags=re.MULTILINE)) == hooks


@pytest.mark.parametrize("hook", PAGES)
def test_the_example_of_a_hook_prints_what_the_page_says(hook: str) -> None:
    page = PAGES[hook].read_text(encoding="utf-8")
    assert page.startswith(f"# {hook}\n")
    (example,), (output,) = blocks(page, "python"), blocks(page, "text")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, PAGES[hook].name, "exec"), {"__name__": "__main__"})  # noqa: S102 - the page is ours
    assert printed.getvalue() == output
