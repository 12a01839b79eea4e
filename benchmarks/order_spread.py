#!/usr/bin/env python3
"""How far results go apart under the orders of spikes that a chip may follow.

Which of its neurons a spike reaches first, and which of several spikes a core takes first, is not
published. Random networks of four convolutions get the same spikes under the orders that have a
name, and under shuffled ones. The rows are what that makes of the number of spikes of the last
layer: in the named orders, against the default; and in the shuffled ones, the standard deviation
of the total and the largest distance of one from their mean, both in per cent of it, and the same
two for the channel where they are largest, with its spikes. Run it with
`python benchmarks/order_spread.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import speckhal
from random_networks import on_chip, random_input, random_network
from speckhal.contract.core_activity import order_options

if TYPE_CHECKING:
    import numpy.typing as npt

CHANNELS: Final = (2, 8, 8, 8, 8)
SHAPE: Final = (2, 16, 16)
NAMED: Final[dict[str, dict[str, object]]] = {
    "channel_first": {"sweep": "channel_first"},
    "reversed": {"sweep": "reversed"},
    "by_core": {"arbitration": "by_core"},
}


def of_channels(seed: int, spikes: int, **options: object) -> npt.NDArray[np.int64]:
    """How often each channel of the last layer fires."""
    network = random_network(
        seed, CHANNELS, 3, lambda chance, shape: chance.normal(0, 40, shape), floor=True
    )
    fired = on_chip(network, SHAPE, random_input(seed, SHAPE, spikes), **options)
    return np.asarray(fired.sum(axis=(1, 2)), dtype=np.int64)


def spread(counts: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Standard deviation, and largest distance from the mean, in per cent of the mean."""
    mean = counts.mean()
    return 100 * counts.std(ddof=1) / mean, 100 * np.abs(counts - mean).max() / mean


@click.command()
@click.option("--networks", default=4, show_default=True, help="How many.")
@click.option("--orders", default=20, show_default=True, help="How many shuffled ones.")
@click.option("--spikes", default=5000, show_default=True, help="How many go in.")
def main(networks: int, orders: int, spikes: int) -> None:
    """Print a row for each network."""
    torch.set_num_threads(1)
    mock, _ = speckhal.select("mock")
    permitted = [order_options(mock, number) or {} for number in range(1, orders + 1)]
    named = "".join(f"{name:>15}" for name in NAMED)
    click.echo(f"{'':{9 + 15 * len(NAMED)}}   {orders} shuffled orders")
    click.echo(
        f"{'spikes':>9}{named}   {'all: sd':>8}{'most':>8}{'one: sd':>10}{'most':>8}{'of':>9}"
    )
    for seed in range(1, networks + 1):
        default = of_channels(seed, spikes)
        cells = ""
        for options in NAMED.values():
            change = of_channels(seed, spikes, **options).sum() / default.sum() - 1
            cells += f"{100 * change:+13.2f} %"
        shuffled = np.array([of_channels(seed, spikes, **options) for options in permitted])
        total = spread(shuffled.sum(axis=1))
        worst, most, count = max(
            (*spread(channel), channel.mean()) for channel in shuffled.T if channel.mean()
        )
        click.echo(
            f"{default.sum():9,}{cells}   {total[0]:6.2f} %{total[1]:6.2f} %"
            f"{worst:8.2f} %{most:6.2f} %{count:9,.0f}"
        )


if __name__ == "__main__":
    main()
