"""What one input spike does to a core, compiled: `speckhal_mock.emulation.spike_rule`, fast.

It takes two passes. The first one knows no branch where it goes from channel to channel, so that
the compiler makes vectors of it: it adds, holds, compares and counts, and writes all sums back. The
second one visits only groups of channels of which some fire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal_mock.emulation.spikes import core_tables as at
from speckhal_mock.emulation.spikes.jit import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

V_MAX: Final = (1 << 15) - 1
TOGETHER: Final = 32
"""Channels of a group. Four counts of it have room in 32 bits up to 127 of them."""


@compiled
def take_event(  # noqa: PLR0915  # one nest of loops, whose numbers stay in registers
    tables: at.CoreTables, core: int, channel: int, y: int, x: int, fired: npt.NDArray[np.int64]
) -> int:
    """Do to a core what one input spike does, and write down which neurons fire.

    Args:
        tables: of all cores; neurons and counts change.
        core: which core the spike goes to.
        channel: of the input spike, which must lie on the core's input map.
        y: of the input spike.
        x: of the input spike.
        fired: (FIRED_ROWS, room), where the neurons that fire are written to, in the order of the
            kernel's memory; there must be room for every neuron that the spike reaches.

    Returns:
        How many neurons fired.
    """
    facts, neurons, weights = tables.facts[core], tables.neurons, tables.weights
    channels, width, kernel = facts[at.OUT_CHANNELS], facts[at.OUT_WIDTH], facts[at.KERNEL]
    stride_y, stride_x = facts[at.STRIDE_Y], facts[at.STRIDE_X]
    high, low = np.int16(facts[at.THRESHOLD_HIGH]), np.int16(facts[at.THRESHOLD_LOW])
    wraps, kept = facts[at.OVERFLOW_WRAPS] != 0, facts[at.FLOOR_KEPT] != 0
    compares_all = facts[at.ZERO_WEIGHT_SKIPS] == 0
    neighbours = facts[at.NEIGHBOURS] != 0
    features = tables.features[facts[at.FIRST_FEATURE] :]
    number, step = 0, 0
    updates, floored, saturated = 0, 0, 0
    # the first kernel position that leads to a neuron leads to the last such place
    reach_y, reach_x = y + facts[at.PADDING_Y], x + facts[at.PADDING_X]
    last_oy = min(reach_y // stride_y, facts[at.OUT_HEIGHT] - 1)
    ox = min(reach_x // stride_x, width - 1)
    kx = reach_x - ox * stride_x
    while ox >= 0 and kx < kernel:
        oy, ky = last_oy, reach_y - last_oy * stride_y
        while oy >= 0 and ky < kernel:
            word = facts[at.FIRST_WEIGHT] + ((channel * kernel + ky) * kernel + kx) * channels
            place = tables.places[np.uint64(facts[at.FIRST_PLACE] + oy * width + ox)]
            place += facts[at.FIRST_NEURON]
            first = 0
            while first < channels:
                count = min(channels - first, TOGETHER)
                seen = np.int32(0)
                for i in range(first, first + count):
                    weight = np.int16(weights[np.uint64(word + i)])
                    neuron = np.uint64(place + (i if neighbours else features[np.uint64(i)]))
                    before = neurons[neuron]
                    v = np.int16(before + weight)
                    beyond = (before ^ v) & (weight ^ v) < 0  # both had the other sign
                    if beyond and not wraps:
                        v = np.int16(before >> 15 ^ V_MAX)  # the end with the sign of before
                    floor = min(low, before) if kept else low
                    below = v < floor
                    v = max(v, floor)
                    acts = compares_all or weight != 0
                    fires = v >= high
                    seen = np.int32(
                        seen + (acts | (below & acts) << 8 | (fires & acts) << 16 | beyond << 24)
                    )
                    neurons[neuron] = v if acts else before
                updates += seen & 255
                floored += seen >> 8 & 255
                saturated += seen >> 24
                firing = seen >> 16 & 255
                if firing:  # the group, in the first of as many columns as it needs
                    fired[at.FIRED_CHANNEL, np.uint64(number)] = first
                    fired[at.FIRED_Y, np.uint64(number)] = oy
                    fired[at.FIRED_X, np.uint64(number)] = ox
                    fired[at.FIRED_STEP, np.uint64(number)] = step + 1
                    number += firing
                first += count
                step += count
            oy, ky = oy - 1, ky + stride_y
        ox, kx = ox - 1, kx + stride_x
    counts = tables.counts[core]
    counts[at.OPERATIONS] += step
    counts[at.UPDATES] += updates
    counts[at.FLOOR_HITS] += floored
    counts[at.SATURATIONS] += saturated
    counts[at.FIRED] += number
    if number:
        counts[at.RESIDUES] += fire(tables, core, channel, reach_y, reach_x, fired, number)
    return number


@compiled
def fire(
    tables: at.CoreTables,
    core: int,
    channel: int,
    reach_y: int,
    reach_x: int,
    fired: npt.NDArray[np.int64],
    number: int,
) -> int:
    """Let neurons fire, and write each of them down where the first pass left groups of them.

    Args:
        tables: of all cores; neurons change.
        core: which core it is.
        channel: of the input spike.
        reach_y: y of the input spike, counted from the edge of the padding.
        reach_x: x of the input spike, counted from there.
        fired: (FIRED_ROWS, room), in the first column of each group its first channel, its place,
            and the step of its first operation.
        number: how many columns it has.

    Returns:
        How many neurons are still at the upper threshold.
    """
    facts, neurons, weights = tables.facts[core], tables.neurons, tables.weights
    channels, kernel = facts[at.OUT_CHANNELS], facts[at.KERNEL]
    high, to_zero = np.int16(facts[at.THRESHOLD_HIGH]), facts[at.RETURN_TO_ZERO] != 0
    compares_all = facts[at.ZERO_WEIGHT_SKIPS] == 0
    features = tables.features[facts[at.FIRST_FEATURE] :]
    done, residues = 0, 0
    while done < number:
        first, step = fired[at.FIRED_CHANNEL, done], fired[at.FIRED_STEP, done]
        oy, ox = fired[at.FIRED_Y, done], fired[at.FIRED_X, done]
        ky, kx = reach_y - oy * facts[at.STRIDE_Y], reach_x - ox * facts[at.STRIDE_X]
        word = facts[at.FIRST_WEIGHT] + ((channel * kernel + ky) * kernel + kx) * channels
        place = tables.places[facts[at.FIRST_PLACE] + oy * facts[at.OUT_WIDTH] + ox]
        place += facts[at.FIRST_NEURON]
        for i in range(first, min(first + TOGETHER, channels)):
            neuron = np.uint64(place + features[np.uint64(i)])
            v = neurons[neuron]
            if v >= high and (compares_all or weights[np.uint64(word + i)] != 0):
                v = np.int16(0 if to_zero else v - high)
                neurons[neuron] = v
                residues += v >= high
                fired[at.FIRED_CHANNEL, np.uint64(done)] = i
                fired[at.FIRED_Y, np.uint64(done)] = oy
                fired[at.FIRED_X, np.uint64(done)] = ox
                fired[at.FIRED_STEP, np.uint64(done)] = step + i - first
                done += 1
    return residues
