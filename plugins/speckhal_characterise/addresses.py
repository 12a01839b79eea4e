"""Where the neurons of a core are: each is given a number, and every address is read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.address import AddressLayout, bits_for
from speckhal.contract.characterise import Comparison, Result
from speckhal_characterise.bit_fields import (
    NOWHERE,
    SINABS_FORMULA,
    Bits,
    Sighting,
    follows,
    locate,
    merge,
    order_of_bits,
    simplest_fields,
    sinabs_addresses,
    solve,
)
from speckhal_characterise.core_setup import CoreSetup
from speckhal_characterise.results import COUNTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Addresses, Shape
    from speckhal.contract.characterise import Value
    from speckhal_characterise.workbench import Workbench

NAME: Final = "neuron_address"

_ODD: Final[Shape] = (5, 7, 12)
QUICK_MAPS: Final[tuple[Mapping[int, Shape], ...]] = (
    {0: (4, 4, 8), 2: (8, 4, 16), 5: _ODD},
    {0: _ODD, 2: (8, 16, 4), 5: (4, 16, 4)},
)
LARGE_MAPS: Final[tuple[Mapping[int, Shape], ...]] = (
    # together they put every bit of a coordinate beside every bit of the others
    {0: (4, 16, 32), 1: (4, 32, 16), 2: (1024, 1, 64), 3: (4, 8, 32), 5: (4, 32, 8)},
    {0: (4, 32, 16), 1: (4, 16, 32), 2: (1024, 64, 1), 3: (4, 32, 8), 5: (4, 8, 32)},
    {2: (16, 64, 64)},
)
FULL_MAPS: Final[tuple[Mapping[int, Shape], ...]] = ({0: _ODD}, *LARGE_MAPS)
"""The first of them goes onto every core that the chip has."""


def measure_addresses(bench: Workbench) -> Iterator[Result]:
    """The address of every neuron of several maps, as bit fields."""
    on_every_core = dict.fromkeys(range(len(bench.facts.core_memories.value)), _ODD)
    sightings = [
        sighting
        for maps in (QUICK_MAPS if bench.quick else (on_every_core, *FULL_MAPS[1:]))
        for sighting in _see(bench, _fitting(bench, maps))
    ]
    glimpses: list[_Glimpse] = []
    if bench.quick and None not in map(solve, sightings):
        glimpses += [
            glimpse for maps in LARGE_MAPS for glimpse in _glance(bench, _fitting(bench, maps))
        ]
    assumed = bench.facts.neuron_address.value
    value, explanation = _explain(bench, sightings, glimpses)
    agrees = all(
        np.array_equal(sighting.addresses, assumed.addresses(sighting.shape))
        for sighting in sightings
    ) and all(
        glimpse.order == solve(Sighting(0, glimpse.shape, assumed.addresses(glimpse.shape)))
        for glimpse in glimpses
    )
    assumes_sinabs = all(
        np.array_equal(assumed.addresses(sighting.shape), sinabs_addresses(sighting.shape))
        for sighting in sightings
    )
    blame = f" The driver uses {SINABS_FORMULA}, which is wrong here." if assumes_sinabs else ""
    named = list(assumed.fields) if isinstance(assumed, AddressLayout) else assumed.formula()
    partly = (
        f", and the addresses of a single bit of larger maps: {_list_of(glimpses)}"
        if glimpses
        else ""
    )
    yield Result(
        NAME,
        value,
        COUNTED,
        f"Each neuron was given a number, and every address read with the clock off: "
        f"{_list_of(sightings)} (channels x height x width){partly}. {explanation}"
        f"{'' if agrees else blame}",
        SINABS_FORMULA if assumes_sinabs else named,
        Comparison.AS_ASSUMED if agrees else Comparison.DIFFERS,
    )


def _fitting(bench: Workbench, maps: Mapping[int, Shape]) -> dict[int, Shape]:
    """Those that the chip has the core, and that the memory, for."""
    words = [memory.neuron_words for memory in bench.facts.core_memories.value]
    return {
        core: shape
        for core, shape in maps.items()
        if core < len(words) and 1 << sum(map(bits_for, shape)) <= words[core]
    }


def _list_of(maps: Sequence[Sighting | _Glimpse]) -> str:
    return ", ".join(f"{'x'.join(map(str, seen.shape))} on core {seen.core}" for seen in maps)


@attrs.frozen
class _Glimpse:
    """The order of the bits in the addresses of one core; None if they have none."""

    core: int
    shape: Shape
    order: Bits | None


def _glance(bench: Workbench, maps: Mapping[int, Shape]) -> Iterator[_Glimpse]:
    """In which order the bits of these maps are, without reading all of their neurons."""
    single = {
        core: np.array([0, *(1 << bit for bit in range(sum(map(bits_for, shape))))])
        for core, shape in maps.items()
    }
    held = _read_numbered(bench, maps, single)
    for core, shape in maps.items():
        yield _Glimpse(core, shape, order_of_bits(shape, *held[core]))


def _see(bench: Workbench, maps: Mapping[int, Shape]) -> Iterator[Sighting]:
    """Where the neurons of these maps are."""
    ranges = {core: np.arange(1 << sum(map(bits_for, shape))) for core, shape in maps.items()}
    seen = _read_numbered(bench, maps, ranges)
    lost = {
        core: shape for core, shape in maps.items() if (locate(shape, *seen[core]) == NOWHERE).any()
    }
    if lost:
        # they must be beyond the addresses that their maps should need
        words = [memory.neuron_words for memory in bench.facts.core_memories.value]
        seen |= _read_numbered(bench, maps, {core: np.arange(words[core]) for core in lost})
    for core, shape in maps.items():
        yield Sighting(core, shape, locate(shape, *seen[core]))


def _read_numbered(
    bench: Workbench, maps: Mapping[int, Shape], addresses: Mapping[int, Addresses]
) -> dict[int, list[npt.NDArray[np.int16]]]:
    """What these addresses hold where each neuron has its number, and then its complement."""
    neurons = {core: bench.neurons(core, asked) for core, asked in addresses.items()}
    held: dict[int, list[npt.NDArray[np.int16]]] = {core: [] for core in addresses}
    for complement in (False, True):
        bench.configure(
            {
                core: CoreSetup(
                    shape=shape, v_mem=_numbers(shape, complement=complement), leaks=False
                )
                for core, shape in maps.items()
            }
        )
        for core, exchange in neurons.items():
            held[core].append(exchange.ask())
    return held


def _numbers(shape: Shape, *, complement: bool) -> npt.NDArray[np.int16]:
    numbers = np.arange(math.prod(shape), dtype=np.uint16).reshape(shape)
    return (~numbers if complement else numbers).view(np.int16)


def _explain(
    bench: Workbench, sightings: Sequence[Sighting], glimpses: Sequence[_Glimpse]
) -> tuple[Value, str]:
    """The layout as fields, or else what it is, and a sentence on it."""
    orders = [*map(solve, sightings), *(glimpse.order for glimpse in glimpses)]
    if all(follows(sighting, sinabs_addresses(sighting.shape)) for sighting in sightings):
        return SINABS_FORMULA, f"The board follows {SINABS_FORMULA}, y << (cb + yb)."
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
        cores = [
            *(sighting.core for sighting in sightings),
            *(glimpse.core for glimpse in glimpses),
        ]
        by_core = "; ".join(
            f"core {core}: {' '.join(order or ())}"
            for core, order in zip(cores, orders, strict=True)
        )
        return "another on each core", f"The maps have different orders of bits: {by_core}."
    facts = bench.facts
    side = bits_for(facts.map_size_range.value.highest)
    limits = {"c": bits_for(facts.channel_range.value.highest), "x": side, "y": side}
    fields = simplest_fields(merged, limits)
    return list(fields), f"The bits from the lowest up: {' '.join(merged)}."
