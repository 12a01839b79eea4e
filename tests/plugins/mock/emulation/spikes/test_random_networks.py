"""A sample of `benchmarks/floor_effect.py` and `benchmarks/order_spread.py`, on small networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from random_networks import in_steps, on_chip, random_input, random_network

if TYPE_CHECKING:
    from torch import nn

SHAPE = (2, 6, 6)
SPIKES = random_input(1, SHAPE, 800)


def _network(*, floor: bool) -> nn.Sequential:
    return random_network(
        2, (2, 4, 4), 3, lambda chance, shape: chance.normal(0, 60, shape), floor=floor
    )


@pytest.mark.parametrize(
    ("floor", "lowest", "highest"), [(True, 1.15, 1.5), (False, 1.0, 1.03)], ids=["floor", "none"]
)
def test_a_chip_fires_more_than_a_simulation_in_steps_where_there_is_a_floor(
    *, floor: bool, lowest: float, highest: float
) -> None:
    network = _network(floor=floor)
    in_simulation = in_steps(network, SHAPE, SPIKES, step_us=5000).sum()
    assert in_simulation > 500
    assert lowest < on_chip(network, SHAPE, SPIKES).sum() / in_simulation < highest


def test_permitted_orders_differ_by_little_in_the_whole() -> None:
    network = _network(floor=True)
    fired = [
        on_chip(network, SHAPE, SPIKES, sweep="shuffled", arbitration="shuffled", order_seed=seed)
        for seed in (1, 2, 3)
    ]
    totals = np.array([each.sum() for each in fired])
    assert (fired[0] != fired[1]).any()
    assert np.abs(totals / totals.mean() - 1).max() < 0.03
