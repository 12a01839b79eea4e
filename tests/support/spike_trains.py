"""Spikes drawn by lot, for any cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from speckhal_mock.emulation.core import CoreConfig


def spikes_for(configs: dict[int, CoreConfig], seed: int, count: int) -> list[tuple[int, ...]]:
    """Stamp (us), core, channel, y and x, in the order of stamps."""
    chance = np.random.default_rng(seed)
    into = chance.choice(list(configs), size=count)
    stamps = np.sort(chance.integers(0, 40, size=count))
    channels, height, width = next(iter(configs.values())).shape
    places = [chance.integers(0, size, size=count) for size in (channels, height, width)]
    return [tuple(map(int, row)) for row in zip(stamps, into, *places, strict=True)]
