#!/usr/bin/env python3
"""Makes one small mistake after the other in the kernels of spikes, and counts what is noticed.

Each mutant of both kernels, of the orders of a sweep and of the specification is executed without
being compiled, on the same examples as in the tests, of all geometries and options. What survives
is shown; those that make no difference, as another size of the groups, are among them. Run it with
`python benchmarks/mutate_kernel.py`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import kernel_examples
from kernel_mutants import MODULES, mutants_of, survives, the_original_passes


@click.command()
@click.option("--examples", default=400, show_default=True, help="How many, before large ones go.")
def main(examples: int) -> None:
    """Try all mutants."""
    given = kernel_examples.examples(examples)
    click.echo(f"{len(given)} examples")
    caught, made = 0, 0
    for module in MODULES:
        started = time.perf_counter()
        if not the_original_passes(module, given):
            raise SystemExit(f"{module.__name__} itself does not pass.")
        tried = list(mutants_of(module))
        surviving = [mutant for mutant in tried if survives(mutant, module, given)]
        made += len(tried)
        caught += len(tried) - len(surviving)
        click.echo(
            f"{module.__name__.rpartition('.')[2]}: {len(tried) - len(surviving)} of {len(tried)} "
            f"caught ({1 - len(surviving) / len(tried):.1%}), {time.perf_counter() - started:.0f} s"
        )
        for mutant in surviving:
            click.echo(f"  survives: {mutant.what}")
    click.echo(f"in all {caught} of {made} caught ({caught / made:.1%})")


if __name__ == "__main__":
    main()
