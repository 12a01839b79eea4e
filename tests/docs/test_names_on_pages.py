"""Modules, attributes and files that pages mention are there, and extras named before their use."""

from __future__ import annotations

import importlib
import re
import sys
from typing import TYPE_CHECKING

import pytest

from pages import PAGES, PROJECT, blocks_of

if TYPE_CHECKING:
    from pathlib import Path

DOTTED = re.compile(
    r"`(speckhal(?:_(?:samna|mock|characterise|speck2[ef]))?(?:\.\w+)+)(?:\(.*?\))?`"
)
FILE = re.compile(
    r"`((?:core|plugins|tests|examples|docs|benchmarks|typings|\.ci|\.github)/[\w./-]+)`"
)


OF_A_PLUGIN = {"tests/test_conformance.py", ".github/workflows/ci.yml"}
"""Files that `speckhal new-plugin` writes into another folder."""

BUILT = {"docs/_build/index.html"}
"""What a command on a page makes."""

GROUPS = {"speckhal.backends", "speckhal.plugins"} | {
    f"speckhal.{logger}" for logger in ("device", "discovery", "files")
}
"""Groups of entry points, and loggers, which look like modules."""

OF_EXTRAS = {
    "analysis": re.compile(r"import (?:pandas|xarray)|\.to_(?:pandas|xarray)\(|-o \S+\.nc\b"),
    "cluster": re.compile(r"(?:import|from) (?:dask|distributed)|^dask ", re.MULTILINE),
    "weights": re.compile(r"(?:import|from) safetensors"),
}
"""What blocks have that works with an extra only."""


def is_there(dotted: str) -> bool:
    """Whether Python finds a module of that name, or an attribute along it."""
    names = dotted.split(".")
    found = importlib.import_module(names[0])
    for count, name in enumerate(names[1:], start=2):
        if not hasattr(found, name):
            try:
                importlib.import_module(".".join(names[:count]))
            except ImportError:
                return False
        found = getattr(found, name, None) or sys.modules[".".join(names[:count])]
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in set(DOTTED.findall(text)) - GROUPS if not is_there(name)] == []
    files = set(FILE.findall(text)) - OF_A_PLUGIN - BUILT
    assert [name for name in files if not (PROJECT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_an_extra_is_named_before_the_first_block_that_needs_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for extra, of_extra in OF_EXTRAS.items():
        first = next((one for one in blocks_of(page) if of_extra.search(one.text)), None)
        if first is not None:
            before = text.splitlines()[: int(first.where.rpartition(":")[2])]
            assert f"pip install 'speckhal[{extra}]'" in "\n".join(before), first.where


@pytest.mark.parametrize(
    "name", ["speckhal.nonsense", "speckhal.contract.nonsense", "speckhal.Trace.nonsense"]
)
def test_a_name_that_is_nowhere_is_found_out(name: str) -> None:
    assert not is_there(name)


@pytest.mark.parametrize(
    "name", ["speckhal.open_device", "speckhal.contract.limits", "speckhal.Trace.of"]
)
def test_a_name_that_is_there_is_found(name: str) -> None:
    assert is_there(name)
