"""What one input spike does to a core, compiled: `speckhal_mock.emulation.spike_rule`, fast.

At one position of the kernel a few channels are done together, in two passes. The first one knows
no branch, so that the compiler makes vectors of it: it adds, holds and compares, and writes all
sums back. The second one looks for neurons that fire, and is made only where there are some.
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
"""Channels of a pass. Below 128, so that two counts of them have room in 16 bits."""


@compiled
def take_event(
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
    facts, neurons = tables.facts[core], tables.neurons
    channels, width, kernel = facts[at.OUT_CHANNELS], facts[at.OUT_WIDTH], facts[at.KERNEL]
    stride_y, stride_x = facts[at.STRIDE_Y], facts[at.STRIDE_X]
    neighbours = facts[at.NEIGHBOURS] != 0
    work = neurons if neighbours else np.empty(TOGETHER, np.int16)
    features = tables.features[facts[at.FIRST_FEATURE] : facts[at.FIRST_FEATURE] + channels]
    first_weight = facts[at.FIRST_WEIGHT] + channel * kernel * kernel * channels
    number, step = 0, 0
    updates, floored, saturated, residues = 0, 0, 0, 0
    # the first kernel position that leads to a neuron leads to the last such place
    reach_y, reach_x = y + facts[at.PADDING_Y], x + facts[at.PADDING_X]
    last_oy = min(reach_y // stride_y, facts[at.OUT_HEIGHT] - 1)
    ox = min(reach_x // stride_x, width - 1)
    kx = reach_x - ox * stride_x
    while ox >= 0 and kx < kernel:
        oy, ky = last_oy, reach_y - last_oy * stride_y
        while oy >= 0 and ky < kernel:
            word = first_weight + (ky * kernel + kx) * channels
            place = facts[at.FIRST_NEURON] + tables.places[facts[at.FIRST_PLACE] + oy * width + ox]
            first = 0
            while first < channels:
                count = min(channels - first, TOGETHER)
                start = place + first if neighbours else 0
                if not neighbours:
                    for i in range(count):
                        work[i] = neurons[place + features[first + i]]
                packed, fires = add(tables.weights, word + first, work, start, count, facts)
                updates += packed & 255
                floored += packed >> 8
                saturated += fires >> 8
                if fires & 255:
                    before = number
                    number, again = fire(
                        tables.weights, word + first, work, start, count, facts, fired, number
                    )
                    residues += again
                    for i in range(before, number):
                        fired[at.FIRED_STEP, i] = step + 1 + fired[at.FIRED_CHANNEL, i]
                        fired[at.FIRED_CHANNEL, i] += first
                        fired[at.FIRED_Y, i] = oy
                        fired[at.FIRED_X, i] = ox
                if not neighbours:
                    for i in range(count):
                        neurons[place + features[first + i]] = work[i]
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
    counts[at.RESIDUES] += residues
    return number


@compiled
def add(
    weights: npt.NDArray[np.int8],
    word: int,
    neurons: npt.NDArray[np.int16],
    start: int,
    count: int,
    facts: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Add weights to as many neurons: the first pass.

    Returns:
        Two numbers of two counts each, the second one shifted by 8 bits: updates, and those that
        the lower threshold held up; those that reach the upper threshold, and sums beyond 16 bits.
    """
    high, low = np.int16(facts[at.THRESHOLD_HIGH]), np.int16(facts[at.THRESHOLD_LOW])
    wraps, kept = facts[at.OVERFLOW_WRAPS] != 0, facts[at.FLOOR_KEPT] != 0
    compares_all = facts[at.ZERO_WEIGHT_SKIPS] == 0
    held, fires = np.int16(0), np.int16(0)
    for i in range(count):
        weight = np.int16(weights[np.uint64(word + i)])
        before = neurons[np.uint64(start + i)]
        v = np.int16(before + weight)
        beyond = (before ^ v) & (weight ^ v) < 0  # both had the other sign
        if beyond and not wraps:
            v = np.int16(before >> 15 ^ V_MAX)  # the end of the range with the sign of before
        floor = min(low, before) if kept else low
        below = v < floor
        v = max(v, floor)
        acts = compares_all or weight != 0
        held = np.int16(held + (acts | (below & acts) << 8))
        fires = np.int16(fires + (((v >= high) & acts) | beyond << 8))
        neurons[np.uint64(start + i)] = v if acts else before
    return held, fires


@compiled
def fire(
    weights: npt.NDArray[np.int8],
    word: int,
    neurons: npt.NDArray[np.int16],
    start: int,
    count: int,
    facts: npt.NDArray[np.int64],
    fired: npt.NDArray[np.int64],
    number: int,
) -> tuple[int, int]:
    """Let those neurons fire that an update left at the upper threshold: the second pass.

    It writes to `fired`, behind the `number` that are there, which of the neurons they are.

    Returns:
        How many are there now, and how many of the new ones are still at the threshold.
    """
    high, to_zero = np.int16(facts[at.THRESHOLD_HIGH]), facts[at.RETURN_TO_ZERO] != 0
    compares_all = facts[at.ZERO_WEIGHT_SKIPS] == 0
    residues = 0
    for i in range(count):
        v = neurons[np.uint64(start + i)]
        if v >= high and (compares_all or weights[np.uint64(word + i)] != 0):
            v = np.int16(0 if to_zero else v - high)
            neurons[np.uint64(start + i)] = v
            residues += v >= high
            fired[at.FIRED_CHANNEL, number] = i
            number += 1
    return number, residues
