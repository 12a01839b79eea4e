"""Reading again and again keeps nothing but the last reading."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from speckhal import Device

READINGS = 500


def test_memory_does_not_grow_with_the_number_of_readings(
    mock: Device, make_network: Callable[..., nn.Module]
) -> None:
    mock.deploy(make_network(), input_shape=(1, 2, 2))
    probe = mock.probe()
    for _ in range(100):
        probe.read()
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(READINGS):
            probe.read()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # a single number kept for each reading would be 28 bytes
    assert after - before < 10 * READINGS
