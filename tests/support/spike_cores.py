"""Cores of any shape that the chips allow, and spikes into them, for hypothesis."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from hypothesis import strategies as st

from core_tables_made import CoreSettings
from speckhal.contract.address import AddressLayout
from speckhal.contract.linear_address import LinearAddresses
from speckhal_mock.emulation.spike_rule import SpikeRule

Event: TypeAlias = tuple[int, int, int, int]
"""Which of the cores, and (channel, y, x) of its input."""

LAYOUTS: Final = (
    AddressLayout(),
    AddressLayout(("x", "y", "c")),
    AddressLayout(("c0", "x", "c1", "c2", "y", "c3", "c4", "c5", "c6")),
    LinearAddresses(),
    LinearAddresses(("y", "x", "c")),
)
CHANNELS: Final = (1, 2, 3, 8, 31, 32, 33, 70)

strides = st.sampled_from([1, 1, 2, 4, 8])
paddings = st.one_of(st.just(0), st.integers(0, 7))


@st.composite
def cores(draw: st.DrawFn) -> CoreSettings:
    """One core of any geometry; some hold extreme numbers."""
    padding = draw(st.tuples(paddings, paddings))
    input_map = draw(st.tuples(st.integers(1, 20), st.integers(1, 20)))
    room = min(size + 2 * pad for size, pad in zip(input_map, padding, strict=True))
    kernel = draw(st.integers(1, min(16, room)))
    high = draw(st.one_of(st.integers(0, 300), st.sampled_from([0, 1, 127, 32766, 32767])))
    rule = SpikeRule(
        stride=draw(st.tuples(strides, strides)),
        padding=padding,
        threshold_high=high,
        threshold_low=draw(st.one_of(st.integers(-300, -1), st.sampled_from([-1, -32768]))),
        return_to_zero=draw(st.booleans()),
        overflow=draw(st.sampled_from(["saturate", "wrap"])),
        below_threshold_low=draw(st.sampled_from(["raised", "kept"])),
        zero_weight_skips=draw(st.booleans()),
    )
    out = draw(st.sampled_from(CHANNELS if kernel < 6 else CHANNELS[:5]))
    size = tuple(
        (input_map[axis] - kernel + 2 * padding[axis]) // rule.stride[axis] + 1 for axis in (0, 1)
    )
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.sampled_from([0.0, 0.2, 1.0]))
    weights = chance.integers(-128, 128, (out, draw(st.integers(1, 3)), kernel, kernel))
    weights[chance.random(weights.shape) < 0.2] = 0
    neurons = chance.integers(-300, 301, (out, *size))
    some = chance.random(neurons.shape) < spread
    edges = [-32768, -32767, -32700, rule.threshold_low - 1, rule.threshold_low, -1, 0]
    edges += [high - 1, high, high + 1, 2 * high, 32700, 32766, 32767]
    neurons[some] = chance.choice(np.clip(edges, -32768, 32767), int(some.sum()))
    return CoreSettings(
        rule=rule,
        weights=weights.astype(np.int8),
        neurons=neurons.astype(np.int16),
        input_map=input_map,
        layout=draw(st.sampled_from(LAYOUTS)),
    )


@st.composite
def events(draw: st.DrawFn, into: list[CoreSettings], at_most: int = 4) -> list[Event]:
    """Spikes into any of the cores."""
    made: list[Event] = []
    for _ in range(draw(st.integers(1, at_most))):
        core = draw(st.integers(0, len(into) - 1))
        height, width = into[core].input_map
        channel = draw(st.integers(0, into[core].weights.shape[1] - 1))
        place = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        made.append((core, channel, *place))
    return made
