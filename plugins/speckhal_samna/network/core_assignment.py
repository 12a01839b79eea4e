"""Which layers fit which cores, and what is missing where they do not.

The sizes needed are sinabs' (`memory_summary`), the sizes there are the chip's facts. sinabs
itself says only that no mapping was found.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.chip import CoreMemory
from speckhal.contract.errors import NetworkDoesNotFit
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sinabs.backend.dynapcnn import DynapcnnLayer

    from speckhal.contract.chip import ChipFacts


def _need(layer: DynapcnnLayer) -> CoreMemory:
    summary = layer.memory_summary()
    return CoreMemory(*(int(summary[memory]) for memory in ("kernel", "neuron", "bias")))


def explain_misfit(layers: Mapping[int, DynapcnnLayer], facts: ChipFacts) -> None:
    """Refuse a network whose layers cannot all have a core that they fit.

    A placement exists exactly when every group of layers has at least as many cores to go to as
    it has layers (Hall's marriage theorem), so the smallest group that has not is the reason.

    Raises:
        NetworkDoesNotFit: with the layer, the memory, and by how much.
    """
    cores = facts.core_memories.value
    candidates: dict[int, list[int]] = {}
    for index, layer in layers.items():
        need = _need(layer)
        fitting = [core for core, memory in enumerate(cores) if not memory.shortfalls(need)]
        if not fitting:
            raise NetworkDoesNotFit(_too_large(index, layer, need, facts), hint=_SMALLER)
        candidates[index] = fitting
    if len(layers) > len(cores):
        raise NetworkDoesNotFit(
            f"The network has {len(layers)} layers, and a {facts.name} has {len(cores)} cores, "
            "one for each layer.",
            hint="Use fewer layers.",
        )
    for size in range(2, len(candidates) + 1):
        for rivals in combinations(candidates, size):
            places = sorted(set().union(*(candidates[index] for index in rivals)))
            if len(places) < size:
                raise NetworkDoesNotFit(
                    f"Layers {_listed(rivals)} fit only cores {_listed(places)} of a "
                    f"{facts.name}: {size} layers compete for {len(places)} cores.",
                    hint=_SMALLER,
                )


_SMALLER = "Use fewer channels, smaller maps, a larger stride or a smaller kernel."


def _too_large(index: int, layer: DynapcnnLayer, need: CoreMemory, facts: ChipFacts) -> str:
    cores = facts.core_memories.value
    # the core that comes closest, measured by how many times too small its worst memory is
    nearest = min(
        range(len(cores)),
        key=lambda core: max(
            asked / there for asked, there in cores[core].shortfalls(need).values()
        ),
    )
    missing = "; ".join(
        f"{memory} memory: needs {asked} words, has {there}, {asked - there} too many"
        for memory, (asked, there) in cores[nearest].shortfalls(need).items()
    )
    return (
        f"Layer {index}, with neurons of shape {layer.get_neuron_shape()} (channels, height, "
        f"width), fits no core of a {facts.name}. Nearest is core {nearest}: {missing}."
    )


@attrs.frozen(eq=False)
class _Core:
    """A core as sinabs asks of one: whether a layer may go there."""

    memory: CoreMemory
    forbidden: Collection[DynapcnnLayer]

    def fits(self, layer: DynapcnnLayer) -> bool:
        return layer not in self.forbidden and not self.memory.shortfalls(_need(layer))


def placement_for_leak(
    layers: Mapping[int, DynapcnnLayer], facts: ChipFacts, *, leaking: Collection[int]
) -> dict[int, int]:
    """A placement in which as few layers as can be leak where that is in doubt.

    Args:
        layers: of a network that fits the chip.
        facts: the chip.
        leaking: indices of the layers that leak.

    Returns:
        The core of each layer.
    """
    cores = range(len(facts.core_memories.value))
    doubtful = [
        index
        for index in leaking
        if any(_is_in_doubt(layers[index], core, facts) for core in cores)
    ]
    # those that are given up may go anywhere; one more of them only where fewer will not do
    placements = (
        _placement(layers, facts, kept=[layers[index] for index in doubtful if index not in up])
        for count in range(len(doubtful) + 1)
        for up in combinations(doubtful, count)
    )
    return next(placement for placement in placements if placement is not None)


def _placement(
    layers: Mapping[int, DynapcnnLayer], facts: ChipFacts, *, kept: Collection[DynapcnnLayer]
) -> dict[int, int] | None:
    """The core of each layer, those that are kept where leak is sure; None if they do not fit."""
    from sinabs.backend.dynapcnn.mapping import get_valid_mapping  # noqa: PLC0415  # imports samna

    cores = [
        _Core(memory, [layer for layer in kept if _is_in_doubt(layer, core, facts)])
        for core, memory in enumerate(facts.core_memories.value)
    ]
    try:
        return get_valid_mapping(dict(layers), cores)
    except ValueError as error:
        if is_interrupt(error):
            raise
        return None


def _is_in_doubt(layer: DynapcnnLayer, core: int, facts: ChipFacts) -> bool:
    return bool(facts.errata_of("leak", core, layer.get_neuron_shape()))


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
