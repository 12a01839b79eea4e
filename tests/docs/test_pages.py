"""Every block of every page is carried out, and prints what the page says."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import pytest

from pages import PAGES, PROJECT, Block, PageRun, blocks_of, commands_by

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {str(page.relative_to(PROJECT)): page for page in PAGES}


@pytest.mark.parametrize("name", NAMES)
def test_every_block_of_the_page_does_what_the_page_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = NAMES[name]
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    loggers = [logging.getLogger(), logging.getLogger("speckhal")]
    levels = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    run = PageRun(monkeypatch, commands_by=commands_by(page))
    try:
        for block in blocks_of(page):
            run.run(block)
    finally:
        for logger, level, handlers in levels:
            logger.setLevel(level)
            logger.handlers[:] = handlers
        for module in set(sys.modules) - before:
            if (tmp_path / f"{module}.py").is_file():  # another page may have a file of that name
                del sys.modules[module]


@pytest.mark.parametrize(
    ("language", "text", "mark"),
    [
        ("text", "nobody printed this\n", ""),
        ("text", "BACKEND  and more\n", "output of speckhal list"),
        ("sh", "rm -r something\n", ""),
        ("sh", "speckhal lsit\n", ""),
        ("sh", "speckhal list\n", "exits with 1"),
        ("toml", "[project\n", "executed by no/such/file.py"),
        ("python", "assert False\n", ""),
        ("ruby", "puts 1\n", ""),
        ("sh", "speckhal list\n", "not executed:"),
    ],
)
def test_a_page_that_promises_something_else_fails(
    language: str, text: str, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        PageRun(monkeypatch).run(Block(where="a page", language=language, text=text, mark=mark))
