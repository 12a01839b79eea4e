#!/usr/bin/env python3
"""Lets many spikes go through a full chip, and looks whether any is lost, doubled or out of order.

Nine cores that send to two others each, in a net with loops, with queues of limited depth before
cores that drop, and decimators; the slow clock ticks. What each core was sent must be what it took,
dropped, lost or has yet, and the host must see every spike of monitored cores once, in the order of
time. Run it with `python benchmarks/spike_soak.py`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from spike_soaking import Soak


@click.command()
@click.option("--events", default=10_000_000, show_default=True, help="At least this many.")
@click.option("--seed", default=0, show_default=True, help="Of net and spikes.")
def main(events: int, seed: int) -> None:
    """Go on until there were that many events."""
    soak = Soak(seed)
    started, said = time.perf_counter(), 0
    while soak.events < events:
        if problems := soak.go_on():
            raise SystemExit(" ".join(problems))
        if soak.events > said + events // 10:
            said = soak.events
            click.echo(f"{said / 1e6:.1f} M events, {time.perf_counter() - started:.0f} s")
    done = soak.board.activity()
    dropped, decimated = (
        sum(getattr(each, name) for each in done) for name in ("dropped", "decimated")
    )
    given, seen = sum(soak.given.values()), sum(soak.seen.values())
    click.echo(
        f"{soak.events} events of {len(done)} cores from {given} spikes: {dropped} dropped and "
        f"{decimated} decimated, all counted; {seen} seen by the host, none out of order"
    )


if __name__ == "__main__":
    main()
