"""Lets the frozen distributions be imported, so that their own tests are run as they were written.

The distributions are those of `examples/` at version 0.1.0, a chip as its scaffold wrote it and an
exporter, without a change. Whoever must change a file of theirs to keep the tests green breaks
every plugin that is out there.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from placed_once import placed_once
from speckhal.discovery.registry import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

# now, since the tests of a distribution import it when they are collected
sys.path += map(str, Path(__file__).parent.glob("*/src"))


@pytest.fixture(autouse=True)
def _networks_are_placed_once() -> Iterator[None]:
    """The suite deploys a few networks in each case."""
    with placed_once():
        yield


@pytest.fixture(autouse=True)
def _the_exporter_is_installed() -> Iterator[None]:
    registry().register("csv", importlib.import_module("speckhal_csv"))
    yield
    registry().unregister("csv")
