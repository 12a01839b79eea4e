#!/usr/bin/env python3
"""How much more a chip fires than sinabs in time steps, with and without a floor.

Random networks get the same spikes, one by one on an emulated chip, and in steps of a millisecond
in sinabs. In a step, inhibition and excitation cancel before sinabs' floor acts; a chip's lower
threshold acts at each spike. The rows are ratios, chip / sinabs, of how often the last layer
fires: the lowest and the highest of some networks. Run it with `python benchmarks/floor_effect.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import click
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from random_networks import dense_weights, in_steps, on_chip, random_input, random_network

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Draw = Callable[[np.random.Generator, tuple[int, ...]], npt.NDArray[np.float64]]


@attrs.frozen
class Kind:
    """A kind of networks, and how many spikes they get in half a second."""

    name: str
    channels: tuple[int, ...]
    kernel: int
    size: int
    spikes: int
    draw: Draw


def _between(lowest: int, highest: int) -> Draw:
    """Weights of which each whole number is as likely."""
    return lambda chance, shape: chance.integers(lowest, highest + 1, shape).astype(np.float64)


_DENSE: Final = (96, 256, 128, 36)
KINDS: Final = (
    Kind("4 convolutions, weights -96..96", (2, 8, 8, 8, 8), 3, 16, 5000, _between(-96, 96)),
    Kind("4 convolutions, weights -64..64", (2, 8, 8, 8, 8), 3, 16, 5000, _between(-64, 64)),
    Kind("3 convolutions, weights -64..71", (2, 8, 8, 8), 3, 16, 5000, _between(-64, 71)),
    Kind("dense 96-256-128-36, 0.04 a step", _DENSE, 1, 1, 1920, dense_weights),
    Kind("dense 96-256-128-36, 0.2 a step", _DENSE, 1, 1, 9600, dense_weights),
)


_STEPS_US: Final = (10_000, 1000, 100)


def ratios(
    kind: Kind, networks: int, *, floor: bool, hard_reset: bool = False, step_us: int = 1000
) -> str:
    """How often the last layer fires on a chip, in parts of how often it does in sinabs."""
    shape = (kind.channels[0], kind.size, kind.size)
    found = []
    for seed in range(1, networks + 1):
        network = random_network(
            seed, kind.channels, kind.kernel, kind.draw, floor=floor, hard_reset=hard_reset
        )
        spikes = random_input(seed, shape, kind.spikes)
        chip = on_chip(network, shape, spikes).sum()
        found.append(chip / in_steps(network, shape, spikes, step_us=step_us).sum())
    return f"{min(found):.2f} .. {max(found):.2f}"


@click.command()
@click.option("--networks", default=6, show_default=True, help="How many of each kind.")
def main(networks: int) -> None:
    """Print a row for each kind of networks and each reset, and then for each time step."""
    torch.set_num_threads(1)
    click.echo(f"{'chip / sinabs':32}  {'reset':8}  {'with a floor':>14}  {'without':>14}")
    for kind in KINDS:
        for hard_reset in (False, True):
            floor, without = (
                ratios(kind, networks, floor=floor, hard_reset=hard_reset)
                for floor in (True, False)
            )
            reset = "zero" if hard_reset else "subtract"
            click.echo(f"{kind.name:32}  {reset:8}  {floor:>14}  {without:>14}")
    click.echo(f"\n{'chip / sinabs':32}  {'step':8}  {'with a floor':>14}  {'without':>14}")
    for kind in (KINDS[1], KINDS[-1]):
        for step_us in _STEPS_US:
            floor, without = (
                ratios(kind, networks, floor=floor, step_us=step_us) for floor in (True, False)
            )
            click.echo(f"{kind.name:32}  {step_us / 1000:5} ms  {floor:>14}  {without:>14}")


if __name__ == "__main__":
    main()
