"""Mutants of the kernels, of the sweep's orders and of their specification; who notices them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kernel_examples import Example, by_a_kernel, by_the_rule
from mutants import Mutant, mutants, unchanged
from speckhal_mock.emulation import spike_rule
from speckhal_mock.emulation.spikes import compiled_kernel, numpy_kernel, sweep_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

MODULES: Final = (compiled_kernel, numpy_kernel, sweep_order, spike_rule)
SWEPT: Final = [(channels, places) for channels in (1, 3, 4) for places in (1, 2, 9)]


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Every mutant of a module."""
    return mutants(_source(module))


def survives(mutant: Mutant, module: ModuleType, given: Sequence[Example]) -> bool:
    """Whether a mutant of a module does all that the tests ask of it."""
    try:
        with np.errstate(all="ignore"):
            names = mutant.executed(module)
            return all(_as_it_was(names, module, each) for each in given) and (
                module not in {sweep_order, spike_rule} or _orders(names) == _orders(vars(module))
            )
    except Exception:  # noqa: BLE001  # whatever it raises, it has been noticed
        return False


def the_original_passes(module: ModuleType, given: Sequence[Example]) -> bool:
    """Whether the module itself does, executed as its mutants are."""
    return survives(unchanged(_source(module)), module, given)


def _as_it_was(names: dict[str, Any], module: ModuleType, example: Example) -> bool:
    if module is sweep_order:
        return True
    if module is spike_rule:
        done = by_the_rule(example.cores, example.events, names["take_event"])
    else:
        done = by_a_kernel(names["take_event"], example.cores, example.events)
    return done == example.outcome


def _orders(names: dict[str, Any]) -> list[object]:
    """What a module says about orders, and where spikes arrive."""
    if "swept" in names:
        return [
            names["arrival"]((5, 13, 22), (4, 2), 3),
            *(
                names["swept"](sweep, step, channels, places, range(100, 200))
                for sweep in sweep_order.SWEEP_CODES
                for channels, places in SWEPT
                for step in range(1, channels * places + 1)
            ),
        ]
    found: list[object] = []
    for code in sweep_order.SWEEP_CODES.values():
        for channels, places in SWEPT:
            for skipped in (1, 3):
                steps = np.arange(1, channels * places + 1, skipped)
                fired = np.array([steps, steps, steps, steps])
                of_what = 2**32 + 5, 1, 2**40 + 7  # seed, core and number
                names["order_fired"](code, fired, len(steps), channels, places, *of_what)
                found.append(fired.tolist())
    return found


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text("utf-8")
