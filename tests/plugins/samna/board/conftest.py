"""What boards are asked for begins where a network has its place on the chip's cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from placed_once import placed_once

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def networks_are_placed_once() -> Iterator[None]:
    """For tests of what comes after; placing is the subject of `tests/plugins/samna/network`."""
    with placed_once():
        yield
