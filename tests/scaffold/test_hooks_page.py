"""Every hook has a section in docs/hooks.md, and each example there prints what it says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from speckhal.hooks import PROJECT, HookSpecs

PAGE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_every_hook_has_a_section_and_no_other_has_one() -> None:
    hooks = {name for name in vars(HookSpecs) if name.startswith(f"{PROJECT}_")}
    assert set(SECTIONS) == hooks


@pytest.mark.parametrize("hook", SECTIONS)
def test_the_example_of_a_hook_prints_what_the_page_says(hook: str) -> None:
    (example,), (output,) = blocks(SECTIONS[hook], "python"), blocks(SECTIONS[hook], "text")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, f"docs/hooks.md, {hook}", "exec"), {"__name__": "__main__"})  # noqa: S102 - the page is ours
    assert printed.getvalue() == output
