"""What a chip can have by its facts, so that no case asks an honest chip for more than that."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.conformance.shapes import CoreRoom, distinct
from speckhal.contract.facts import Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.network_spec import LayerSpec

WORD = Range(-(1 << 15), (1 << 15) - 1)
"""What the arrays of the Protocols hold, whatever the chip."""

_ROUNDING = 0.4  # what can be added to a whole number without making it another one


@attrs.frozen(eq=False)
class Measures:
    """Layers, biases, potentials and rates that are within a chip's facts.

    Args:
        facts: of the chip.
    """

    facts: ChipFacts

    @functools.cached_property
    def room(self) -> CoreRoom:
        """What the chip's cores have room for."""
        return CoreRoom(self.facts)

    @functools.cached_property
    def v_mem(self) -> Range:
        """Membrane potentials that a neuron holds."""
        return _within(self.facts.v_mem_range.value, WORD)

    @functools.cached_property
    def biases(self) -> Range:
        """Biases that a channel can have."""
        return _within(self.facts.bias_range.value, WORD)

    @property
    def rate_hz(self) -> int:
        """A rate that is typical: 20 Hz, if it may be that."""
        return self.rate(20)

    def rate(self, wanted_hz: int) -> int:
        """The typical rate that comes closest; the wanted one where none is said to be typical."""
        typical = self.facts.slow_clock_typical_rate_hz
        return max(1, wanted_hz) if typical is None else _clip(wanted_hz, typical.value)

    @property
    def events_per_tick(self) -> tuple[int, ...]:
        """Numbers of sensor events that the internal clock can count; empty without one."""
        dividers = self.facts.internal_clock_divider_range
        if dividers is None:
            return ()
        ends = dividers.value
        return tuple(1 << divider for divider in range(ends.lowest, ends.highest + 1))

    @property
    def period_s(self) -> float:
        """Of the clock at `rate_hz`."""
        return 1 / self.rate_hz

    def bias(self, wanted: int) -> int:
        """The bias that comes closest."""
        return _clip(wanted, self.biases)

    def potential(self, wanted: int) -> int:
        """The membrane potential that comes closest."""
        return _clip(wanted, self.v_mem)

    def beyond(self, name: str) -> Iterator[tuple[int, dict[str, int]]]:
        """Values that must be refused by the fact of that name, each with what the refusal names.

        A limit that is only assumed may be warned of, but for what no word of 16 bits holds.
        """
        limit = self.facts.limit(name)
        allowed = _within(limit.fact.value, WORD) if limit.is_known else WORD
        for value, end in (
            (allowed.highest + 1, allowed.highest),
            (allowed.lowest - 1, allowed.lowest),
            (WORD.highest + 1, allowed.highest),
        ):
            yield value, {"the value": value, "the limit": end}

    def within_words(self, name: str) -> Iterator[tuple[int, dict[str, int]]]:
        """Values just beyond the fact of that name that 16 bits hold; as `beyond` gives them."""
        allowed = self.facts.limit(name).fact.value
        for value, limit in (
            (allowed.highest + 1, allowed.highest),
            (allowed.lowest - 1, allowed.lowest),
        ):
            if value in WORD:
                yield value, {"the value": value, "the limit": limit}

    def quiet(
        self, biases: npt.NDArray[np.int16], spec: LayerSpec, ticks: int
    ) -> npt.NDArray[np.int16]:
        """The biases closest to those by which `ticks` ticks bring no neuron to a threshold."""
        lowest = -int(np.min(spec.initial) - spec.threshold_low) // ticks
        highest = int(spec.threshold_high - 1 - np.max(spec.initial)) // ticks
        return np.clip(biases, min(0, lowest + 1), max(0, highest))

    def free_ticks(self, spec: LayerSpec) -> int:
        """Ticks by which the layer's own biases lead no neuron to a threshold."""
        down = int(np.min(spec.initial) - spec.threshold_low)
        up = int(spec.threshold_high - 1 - np.max(spec.initial))
        whole = [round(bias) for bias in spec.biases or ()]
        return min((down // -bias if bias < 0 else up // bias for bias in whole if bias), default=0)

    def shared(self, biases: Sequence[float], shape: Shape) -> Iterator[Sequence[float]]:
        """Those biases, as many at a time as the layer of that shape has channels."""
        channels = self.shape(shape)[0]
        for first in range(0, len(biases), channels):
            yield biases[first : first + channels]

    def channels_of(self, wanted: Sequence[int], channels: int) -> npt.NDArray[np.int16]:
        """The wanted biases in turn, each as close as the chip has it, int16, (channels,)."""
        return np.array([self.bias(wanted[c % len(wanted)]) for c in range(channels)], np.int16)

    def distinct(self, shape: Shape, first: int = 1) -> npt.NDArray[np.int16]:
        """A potential for each neuron, int16: no two alike, as far as the chip has enough."""
        return distinct(shape, first, self.v_mem)

    def shape(self, wanted: Shape) -> Shape:
        """The shape that comes closest, and that the largest core has room for."""
        channels, sizes = self.facts.channel_range.value, self.facts.map_size_range.value
        lowest = (channels.lowest, sizes.lowest, sizes.lowest)
        shape = [
            _clip(size, allowed)
            for size, allowed in zip(wanted, (channels, sizes, sizes), strict=True)
        ]
        while not self.room.holds(_shape(shape)):
            spare = [size - least for size, least in zip(shape, lowest, strict=True)]
            if not any(spare):
                break  # not even the smallest layer has room: to deploy it says so
            shape[int(np.argmax(spare))] -= 1
        return _shape(shape)

    def fit(self, spec: LayerSpec) -> LayerSpec:
        """The layer as close as the chip can have it."""
        shape = self.shape(spec.shape)
        highs, lows = self.facts.threshold_high_range.value, self.facts.threshold_low_range.value
        high = min(max(spec.threshold_high, highs.lowest, 1), highs.highest, self.v_mem.highest)
        low = max(min(max(spec.threshold_low, lows.lowest), lows.highest), self.v_mem.lowest)
        room = _within(Range(int(low), max(int(low), int(high) - 1)), self.v_mem)
        return attrs.evolve(
            spec,
            shape=shape,
            biases=None if spec.biases is None else self._biases(spec.biases, shape[0]),
            threshold_high=high,
            threshold_low=low,
            initial=self._states(spec, shape, room),
        )

    def _biases(self, wanted: Sequence[float], channels: int) -> tuple[float, ...]:
        cycle = [wanted[channel % len(wanted)] for channel in range(channels)]
        # a fraction stays one, for the chip to round
        spare = [0.0 if float(bias).is_integer() else _ROUNDING for bias in cycle]
        return tuple(
            min(max(bias, self.biases.lowest - more), self.biases.highest + more)
            for bias, more in zip(cycle, spare, strict=True)
        )

    def _states(self, spec: LayerSpec, shape: Shape, room: Range) -> int | npt.NDArray[np.int16]:
        if isinstance(spec.initial, int):
            return _clip(spec.initial, room)
        is_inside = spec.initial.min() in room and spec.initial.max() in room
        if spec.initial.shape == shape and is_inside:
            return spec.initial
        return distinct(shape, int(spec.initial.min()), room)

    def largest(self) -> Shape:
        """The most channels of the largest square maps that a core has room for."""
        sizes = self.facts.map_size_range.value
        for size in range(sizes.highest, sizes.lowest - 1, -1):
            channels = self.room.most_channels(size)
            if channels:
                return channels, size, size
        return self.shape((1, 1, 1))

    def fit_each(self, *specs: LayerSpec) -> tuple[LayerSpec, ...]:
        """The first of these layers, as many as find a core, and no fewer than one."""
        fitted = [self.fit(spec) for spec in specs]
        if any(one.shape != spec.shape for one, spec in zip(fitted, specs, strict=True)):
            # maps must follow from one another, so that they are all alike
            fitted = [self.fit(attrs.evolve(spec, shape=fitted[0].shape)) for spec in specs]
        count = len(fitted)
        while count > 1 and not self.room.places(fitted[:count]):
            count -= 1
        return tuple(fitted[:count])


def _shape(sizes: Sequence[int]) -> Shape:
    channels, height, width = sizes
    return channels, height, width


def _clip(wanted: int, allowed: Range) -> int:
    return min(max(wanted, allowed.lowest), allowed.highest)


def _within(one: Range, other: Range) -> Range:
    lowest = _clip(one.lowest, other)
    return Range(lowest, max(lowest, _clip(one.highest, other)))
