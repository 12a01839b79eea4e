"""What one input spike does to a core, compiled: `speckhal_mock.emulation.spike_rule`, fast.

Channels of a place are neighbours in memory, so that sixteen or eight of them are updated at once;
those that are left over, or lie apart, are updated one by one, by the same code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from speckhal_mock.emulation.spikes import core_tables as at
from speckhal_mock.emulation.spikes.jit import IS_COMPILED, compiled, inlined
from speckhal_mock.emulation.spikes.lanes import (
    bits,
    chosen,
    eight,
    everywhere,
    held_sum,
    how_many,
    larger,
    lowest,
    one,
    put_back,
    sixteen,
    smaller,
)

if IS_COMPILED:
    from speckhal_mock.emulation.spikes import compiled_lanes  # noqa: F401  # which teaches numba

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.emulation.spikes.lanes import Lanes

    Numbers = npt.NDArray[np.int64]

ROOM: Final = 20  # bits of a count of one event, which is of at most 65,536 operations
COUNT: Final = (1 << ROOM) - 1
ALL_BITS: Final = -1


class _Rule(NamedTuple):
    """Settings of a core, as an update needs them."""

    high: np.int16
    low: np.int16
    remainder: np.int16  # which bits of what is above the threshold stay when a neuron fires
    wraps: bool
    floor_kept: bool
    compares_all: np.int16  # 1: a weight of 0 is compared too


@compiled
def take_event(
    tables: at.CoreTables, core: int, channel: int, y: int, x: int, fired: Numbers
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
    shift_y, shift_x = facts[at.STRIDE_SHIFT_Y], facts[at.STRIDE_SHIFT_X]
    in_groups = channels if facts[at.NEIGHBOURS] else 0
    rule = _rule_of(facts)
    number, step, seen, residues = 0, 0, 0, 0
    # the first kernel position that leads to a neuron leads to the last such place
    reach_y, reach_x = y + facts[at.PADDING_Y], x + facts[at.PADDING_X]
    last_oy = min(reach_y >> shift_y, facts[at.OUT_HEIGHT] - 1)
    ox = min(reach_x >> shift_x, width - 1)
    kx = reach_x - (ox << shift_x)
    while ox >= 0 and kx < kernel:
        oy, ky = last_oy, reach_y - (last_oy << shift_y)
        while oy >= 0 and ky < kernel:
            word = facts[at.FIRST_WEIGHT] + ((channel * kernel + ky) * kernel + kx) * channels
            place = tables.places[np.uint64(facts[at.FIRST_PLACE] + oy * width + ox)]
            place += facts[at.FIRST_NEURON]
            first = 0
            while first < channels:
                if first + 16 <= in_groups:
                    count, neuron = 16, place + first
                    before, weight = sixteen(neurons, neuron), sixteen(weights, word + first)
                    firing, still, done = _update(neurons, neuron, before, weight, rule)
                elif first + 8 <= in_groups:
                    count, neuron = 8, place + first
                    before_, weight_ = eight(neurons, neuron), eight(weights, word + first)
                    firing, still, done = _update(neurons, neuron, before_, weight_, rule)
                else:
                    feature = np.uint64(facts[at.FIRST_FEATURE] + first)
                    count, neuron = 1, place + tables.features[feature]
                    its, its_weight = one(neurons, neuron), one(weights, word + first)
                    firing, still, done = _update(neurons, neuron, its, its_weight, rule)
                seen += done
                if firing:
                    residues += how_many(still)
                    number = _write_down(fired, number, firing, first, oy, ox, step)
                first += count
                step += count
            oy, ky = oy - 1, ky + (1 << shift_y)
        ox, kx = ox - 1, kx + (1 << shift_x)
    counts = tables.counts[core]
    counts[at.OPERATIONS] += step
    counts[at.UPDATES] += seen & COUNT
    counts[at.FLOOR_HITS] += seen >> ROOM & COUNT
    counts[at.SATURATIONS] += seen >> 2 * ROOM
    counts[at.FIRED] += number
    counts[at.RESIDUES] += residues
    return number


@inlined
def _write_down(
    fired: Numbers, number: int, firing: int, first: int, oy: int, ox: int, step: int
) -> int:
    """Write down the channels of a place that fire, given as bits; how many there are then."""
    while firing:
        lane = lowest(firing)
        firing &= firing - 1
        fired[at.FIRED_CHANNEL, np.uint64(number)] = first + lane
        fired[at.FIRED_Y, np.uint64(number)] = oy
        fired[at.FIRED_X, np.uint64(number)] = ox
        fired[at.FIRED_STEP, np.uint64(number)] = step + lane + 1
        number += 1
    return number


@inlined
def _rule_of(facts: Numbers) -> _Rule:
    """The settings of the core that these facts are of."""
    return _Rule(
        np.int16(facts[at.THRESHOLD_HIGH]),
        np.int16(facts[at.THRESHOLD_LOW]),
        np.int16(0 if facts[at.RETURN_TO_ZERO] else ALL_BITS),
        facts[at.OVERFLOW_WRAPS] != 0,
        facts[at.FLOOR_KEPT] != 0,
        np.int16(facts[at.ZERO_WEIGHT_SKIPS] == 0),
    )


@inlined
def _update(
    neurons: npt.NDArray[np.int16], first: int, before: Lanes, weight: Lanes, rule: _Rule
) -> tuple[int, int, int]:
    """Add weights to neurons that are side by side, let them fire, and write them back.

    Args:
        neurons: the memory of all cores.
        first: where in it they begin.
        before: their membrane potentials.
        weight: what each gets.
        rule: settings of their core.

    Returns:
        Which of them fire, and which still are at the upper threshold then, as bits; and three
        counts of ROOM bits each: updates, hits of the lower threshold, and sums beyond 16 bits.
    """
    v = held_sum(before, weight)
    beyond = v != before + weight
    if rule.wraps:
        v = before + weight
    floor = everywhere(before, rule.low)
    if rule.floor_kept:
        floor = smaller(floor, before)
    below = v < floor
    v = larger(v, floor)
    acts = (weight | rule.compares_all) != 0
    fires = (v >= rule.high) & acts
    rest = v - rule.high & rule.remainder
    v = chosen(fires, rest, v)
    put_back(neurons, first, chosen(acts, v, before))
    done = how_many(bits(acts)) | how_many(bits(below & acts)) << ROOM
    done |= how_many(bits(beyond)) << 2 * ROOM
    return bits(fires), bits((rest >= rule.high) & fires), done
