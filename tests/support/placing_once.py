"""Lets another process place equal networks once; see `placed_once`.

As a plugin of its pytest, `-p placing_once`, or before a script: `placing_once.py SCRIPT ...`.
"""

from __future__ import annotations

import runpy
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="session")
def _networks_are_placed_once() -> Iterator[None]:
    from placed_once import placed_once  # once pytest has imported speckhal in its own way

    with placed_once():
        yield


if __name__ == "__main__":
    from placed_once import placed_once

    del sys.argv[0]
    with placed_once():
        runpy.run_path(sys.argv[0], run_name="__main__")
