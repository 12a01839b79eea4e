"""Layers that are just too large for a chip, by one of its memories and by no other limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.conformance.measures import Measures
    from speckhal.contract.address import Shape


def too_many_neurons(measures: Measures) -> LayerSpec | None:
    """A layer with too many neurons for every core, and not too many biases or weights.

    None where the chip's other limits permit no such layer.
    """
    most = max(core.neuron_words for core in measures.room.cores)
    channels, height, width = measures.largest()
    biases = max(core.bias_words for core in measures.room.cores)
    allowed, sizes = measures.facts.channel_range.value, measures.facts.map_size_range.value
    shapes: list[Shape] = [(channels + 1, height, width)]
    shapes += [(channels, size, size) for size in range(height + 1, sizes.highest + 1)]
    for shape in shapes:
        is_allowed = shape[0] in allowed and shape[0] <= biases
        if is_allowed and measures.room.neuron_words(shape) > most:
            return _layer(measures, shape)
    return None


def too_many_weights(measures: Measures) -> Sequence[LayerSpec] | None:
    """Layers of which the last has too many weights for every core, and all else has room.

    None where the chip's other limits permit no such layers.
    """
    cores = measures.room.cores
    most = max(core.kernel_words for core in cores)
    for specs in _candidates(measures):
        *_, need = measures.room.needs(specs)
        spared = [attrs.evolve(core, kernel_words=need.kernel_words) for core in cores]
        if need.kernel_words > most and measures.room.places(specs, spared):
            return specs
    return None


def _candidates(measures: Measures) -> Iterator[Sequence[LayerSpec]]:
    """One layer where the chip has one core; else two, from few weights to many."""
    channels, sizes = measures.facts.channel_range.value, measures.facts.map_size_range.value
    powers = (1 << power for power in range(channels.highest.bit_length()))
    counts = sorted({channels.lowest, channels.highest, *filter(channels.__contains__, powers)})
    least = sizes.lowest
    if len(measures.room.cores) == 1:
        yield from ([_layer(measures, (count, least, least), leaks=False)] for count in counts)
        return
    for kernel in range(1, min(_LARGEST_KERNEL, sizes.highest - least + 1) + 1):
        size = least + kernel - 1
        for more in range(len(counts)):
            # as many inputs as outputs, or the next power of two
            for outputs in counts[max(0, more - 1) : more + 1]:
                yield (
                    _layer(measures, (counts[more], size, size)),
                    _layer(measures, (outputs, least, least), leaks=False),
                )


_LARGEST_KERNEL = 16


def _layer(measures: Measures, shape: Shape, *, leaks: bool = True) -> LayerSpec:
    spec = measures.fit(LayerSpec(shape))
    return attrs.evolve(spec, shape=shape, biases=(-1.0,) * shape[0] if leaks else None)
