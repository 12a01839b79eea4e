"""Where the neurons of a core are: each is given a number, and every address is read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.address import bits_for
from speckhal.characterise import Result, Verdict
from speckhal_samna.characterise.bit_fields import (
    NOWHERE,
    SINABS_FORMULA,
    Sighting,
    locate,
    merge,
    named,
    simplest_fields,
    sinabs_addresses,
    solve,
)
from speckhal_samna.characterise.findings import COUNTED
from speckhal_samna.characterise.setup import CoreSetup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from speckhal.address import Shape
    from speckhal.characterise import Value
    from speckhal_samna.characterise.bench import Bench

NAME: Final = "neuron_address"

_ODD: Final[Shape] = (5, 7, 12)
QUICK_MAPS: Final[tuple[Mapping[int, Shape], ...]] = (
    {0: (4, 4, 8), 2: (8, 4, 16), 5: _ODD},
    {0: _ODD, 2: (8, 16, 4), 5: (4, 16, 4)},
)
FULL_MAPS: Final[tuple[Mapping[int, Shape], ...]] = (
    dict.fromkeys(range(9), _ODD),
    # three maps that together put every bit of a coordinate beside every bit of the others
    {0: (4, 16, 32), 1: (4, 32, 16), 2: (1024, 1, 64), 3: (4, 8, 32), 5: (4, 32, 8)},
    {0: (4, 32, 16), 1: (4, 16, 32), 2: (1024, 64, 1), 3: (4, 32, 8), 5: (4, 8, 32)},
    {2: (16, 64, 64)},
)


def measure_addresses(bench: Bench) -> Iterator[Result]:
    """The address of every neuron of several maps, as bit fields."""
    sightings = [
        sighting
        for maps in (QUICK_MAPS if bench.quick else FULL_MAPS)
        for sighting in _see(bench, maps)
    ]
    assumed = bench.facts.neuron_address.value
    value, told = _explain(bench, sightings)
    agrees = all(
        np.array_equal(sighting.addresses, assumed.addresses(sighting.shape))
        for sighting in sightings
    )
    maps = ", ".join(
        f"{'x'.join(map(str, sighting.shape))} on core {sighting.core}" for sighting in sightings
    )
    assumes_sinabs = all(
        np.array_equal(assumed.addresses(sighting.shape), sinabs_addresses(sighting.shape))
        for sighting in sightings
    )
    blame = f" The driver uses {SINABS_FORMULA}, which is wrong here." if assumes_sinabs else ""
    yield Result(
        NAME,
        value,
        COUNTED,
        f"Each neuron was given a number, and every address read with the clock off: {maps} "
        f"(channels x height x width). {told}{'' if agrees else blame}",
        SINABS_FORMULA if assumes_sinabs else list(assumed.fields),
        Verdict.AS_ASSUMED if agrees else Verdict.DIFFERS,
    )


def _see(bench: Bench, maps: Mapping[int, Shape]) -> Iterator[Sighting]:
    """Where the neurons of these maps are."""
    seen: dict[int, list[npt.NDArray[np.int16]]] = {core: [] for core in maps}
    ranges = {core: np.arange(1 << sum(map(bits_for, shape))) for core, shape in maps.items()}
    setups = [
        {
            core: CoreSetup(shape=shape, v_mem=_numbers(shape, complement=complement), leaks=False)
            for core, shape in maps.items()
        }
        for complement in (False, True)
    ]
    for setup in setups:
        bench.configure(setup)
        for core, addresses in ranges.items():
            seen[core].append(bench.read(core, addresses))
    lost = {
        core: shape for core, shape in maps.items() if (locate(shape, *seen[core]) == NOWHERE).any()
    }
    if lost:
        # they must be beyond the addresses that their maps should need
        words = [memory.neuron_words for memory in bench.facts.core_memories.value]
        again: dict[int, list[npt.NDArray[np.int16]]] = {core: [] for core in lost}
        for setup in setups:
            bench.configure(setup)
            for core in lost:
                again[core].append(bench.read(core, np.arange(words[core])))
        seen |= again
    for core, shape in maps.items():
        yield Sighting(core, shape, locate(shape, *seen[core]))


def _numbers(shape: Shape, *, complement: bool) -> npt.NDArray[np.int16]:
    numbers = np.arange(math.prod(shape), dtype=np.uint16).reshape(shape)
    return (~numbers if complement else numbers).view(np.int16)


def _explain(bench: Bench, sightings: Sequence[Sighting]) -> tuple[Value, str]:
    """The layout as fields, or else what it is, and a sentence on it."""
    orders = [solve(sighting) for sighting in sightings]
    formula = named(sightings)
    if formula is not None:
        return formula, f"The board follows {formula}, y << (cb + yb)."
    if None in orders:
        lost = sum(int((sighting.addresses == NOWHERE).sum()) for sighting in sightings)
        return (
            "no permutation of coordinate bits",
            f"{lost} neurons share an address or have none."
            if lost
            else "The addresses are no permutation of the bits of the coordinates.",
        )
    merged = merge(order for order in orders if order is not None)
    if merged is None:
        by_core = "; ".join(
            f"core {sighting.core}: {' '.join(order or ())}"
            for sighting, order in zip(sightings, orders, strict=True)
        )
        return "another on each core", f"The maps have different orders of bits: {by_core}."
    facts = bench.facts
    side = bits_for(facts.map_size_range.value.highest)
    limits = {"c": bits_for(facts.channel_range.value.highest), "x": side, "y": side}
    fields = simplest_fields(merged, limits)
    return list(fields), f"The bits from the lowest up: {' '.join(merged)}."
