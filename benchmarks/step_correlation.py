#!/usr/bin/env python3
"""How alike spikes are in time: on a chip and in sinabs, and on a chip under two permitted orders.

Dense networks of random weights get the same spikes for half a second. Of each output neuron the
spikes in steps of a millisecond are correlated, once as they are and once as the mean over 50
steps; printed is the mean over the neurons and networks. `rates` is the correlation of how often
each neuron fires in all. Run it with `python benchmarks/step_correlation.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from random_networks import (
    DURATION_US,
    dense_weights,
    random_input,
    random_network,
    raster_of_sinabs,
    spikes_of_chip,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    Raster = npt.NDArray[np.float64]

CHANNELS: Final = (96, 256, 128, 36)
SHAPE: Final = (96, 1, 1)
SPIKES: Final = {0.04: 1920, 0.2: 9600}
WINDOW: Final = 50
STEP_US: Final = 1000
STEPS: Final = DURATION_US // STEP_US


def rasters(spikes: int, seed: int, *, floor: bool, hard_reset: bool) -> tuple[Raster, ...]:
    """(steps, neurons) of sinabs, of a chip, and of a chip under another order."""
    network = random_network(seed, CHANNELS, 1, dense_weights, floor=floor, hard_reset=hard_reset)
    given = random_input(seed, SHAPE, spikes)
    found = [raster_of_sinabs(network, SHAPE, given, step_us=STEP_US)]
    for sweep in ("kernel_first", "shuffled"):
        fired, shape = spikes_of_chip(network, SHAPE, given, sweep=sweep, order_seed=1)
        within = fired[fired.time_us < DURATION_US]
        found.append(within.to_raster(shape, dt_us=STEP_US, steps=STEPS))
    return tuple(raster.reshape(STEPS, -1).astype(np.float64) for raster in found)


def correlation(one: Raster, other: Raster) -> float:
    """The mean over the neurons that fire in both."""
    pairs = [(a, b) for a, b in zip(one.T, other.T, strict=True) if a.any() and b.any()]
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairs]))


def smoothed(raster: Raster) -> Raster:
    """The mean over a window that moves on step by step."""
    sums = np.vstack([np.zeros(raster.shape[1]), raster.cumsum(axis=0)])
    return np.asarray((sums[WINDOW:] - sums[:-WINDOW]) / WINDOW, dtype=np.float64)


def compared(one: Raster, other: Raster) -> tuple[float, float, float]:
    """Correlation of single steps, of smoothed ones, and of the rates of neurons."""
    rates = np.corrcoef(one.sum(axis=0), other.sum(axis=0))[0, 1]
    return correlation(one, other), correlation(smoothed(one), smoothed(other)), float(rates)


@click.command()
@click.option("--networks", default=6, show_default=True, help="How many of each kind.")
def main(networks: int) -> None:
    """Print a row for each input, reset and floor."""
    torch.set_num_threads(1)
    head = f"{'steps':>7}{'smoothed':>10}{'rates':>7}"
    click.echo(f"{'':28}{'chip and sinabs':>24}   {'two orders of a chip':>24}")
    click.echo(f"{'input':8}{'reset':10}{'floor':10}{head}   {head}")
    for each_step, spikes in SPIKES.items():
        for hard_reset in (False, True):
            for floor in (True, False):
                pairs = []
                for seed in range(1, networks + 1):
                    sinabs, chip, other = rasters(spikes, seed, floor=floor, hard_reset=hard_reset)
                    pairs.append((compared(chip, sinabs), compared(chip, other)))
                cells = "   ".join(
                    f"{steps:7.2f}{smooth:10.2f}{rates:7.2f}"
                    for steps, smooth, rates in np.mean(pairs, axis=0)
                )
                reset = "zero" if hard_reset else "subtract"
                click.echo(f"{each_step:<8}{reset:10}{'yes' if floor else 'no':10}{cells}")


if __name__ == "__main__":
    main()
