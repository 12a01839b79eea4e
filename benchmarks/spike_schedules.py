#!/usr/bin/env python3
"""Plays seeded schedules of the bus between cores, and says which seeds give something wrong.

Each is a net of a few cores, often with loops, with queues, balancers, decimators, orders and
rates drawn by lot, spikes from outside, and ticks of the slow clock among them; it is played at
once and in parts. Both must give the same; nothing may be lost, doubled or out of the order of time
without being counted; and where a slow oracle knows all that is asked for, it must say the same.
Run it with `python benchmarks/spike_schedules.py`; one seed again with `--first SEED --number 1`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from spike_schedules import problem


@click.command()
@click.option("--first", default=0, show_default=True, help="The first seed.")
@click.option("--number", default=1000, show_default=True, help="How many seeds.")
def main(first: int, number: int) -> None:
    """Play them all."""
    started = time.perf_counter()
    wrong = 0
    for seed in range(first, first + number):
        if found := problem(seed):
            wrong += 1
            click.echo(f"seed {seed}: {found}")
    click.echo(f"{number} schedules, {wrong} wrong, {time.perf_counter() - started:.0f} s")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
