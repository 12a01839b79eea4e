"""What one input spike does to a core, with arrays of NumPy: `speckhal_mock.emulation.spike_rule`.

It is for where nothing can be compiled. An event is one operation on arrays of (kernel column,
kernel row, output channel), the order of the kernel's memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal_mock.emulation.spikes import core_tables as at

if TYPE_CHECKING:
    import numpy.typing as npt

V_MIN: Final = -(1 << 15)
V_MAX: Final = (1 << 15) - 1


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
    facts: list[int] = tables.facts[core].tolist()
    channels, height, width = facts[at.OUT_CHANNELS], facts[at.OUT_HEIGHT], facts[at.OUT_WIDTH]
    kernel = facts[at.KERNEL]
    stride_y, stride_x = 1 << facts[at.STRIDE_SHIFT_Y], 1 << facts[at.STRIDE_SHIFT_X]
    # the first kernel position that leads to a neuron leads to the last such place
    reach_y, reach_x = y + facts[at.PADDING_Y], x + facts[at.PADDING_X]
    oy, ox = min(reach_y // stride_y, height - 1), min(reach_x // stride_x, width - 1)
    ky, kx = reach_y - oy * stride_y, reach_x - ox * stride_x
    rows, columns = min(oy, (kernel - 1 - ky) // stride_y), min(ox, (kernel - 1 - kx) // stride_x)
    if rows < 0 or columns < 0:
        return 0
    first = facts[at.FIRST_WEIGHT] + channel * kernel * kernel * channels
    words = tables.weights[first : first + kernel * kernel * channels]
    words = words.reshape(kernel, kernel, channels)[ky::stride_y, kx::stride_x]
    words = words[: rows + 1, : columns + 1].swapaxes(0, 1)
    first = facts[at.FIRST_PLACE]
    places = tables.places[first : first + height * width].reshape(height, width)
    places = places[oy - rows : oy + 1, ox - columns : ox + 1][::-1, ::-1].T
    first = facts[at.FIRST_FEATURE]
    features = tables.features[first : first + channels]
    addresses = (places + facts[at.FIRST_NEURON])[..., np.newaxis] + features

    before = tables.neurons[addresses]
    v = np.add(before, words, dtype=np.int32)
    acts = words != 0 if facts[at.ZERO_WEIGHT_SKIPS] else np.ones(words.shape, dtype=np.bool_)
    counts = tables.counts[core]
    counts[at.OPERATIONS] += words.size
    counts[at.UPDATES] += np.count_nonzero(acts)
    # a neuron that is left alone has a weight of 0, and its sum is what it was
    if v.min() < facts[at.THRESHOLD_LOW] or v.max() > V_MAX:
        v = _held(v, before, acts, facts, counts)
    high = facts[at.THRESHOLD_HIGH]
    number = 0
    if v.max() >= high:
        fires = (v >= high) & acts
        steps = np.flatnonzero(fires)
        number = len(steps)
        np.copyto(v, 0 if facts[at.RETURN_TO_ZERO] else v - high, where=fires)
        counts[at.FIRED] += number
        counts[at.RESIDUES] += np.count_nonzero((v >= high) & fires)
        position, fired[at.FIRED_CHANNEL, :number] = np.divmod(steps, channels)
        column, row = np.divmod(position, rows + 1)
        fired[at.FIRED_Y, :number] = oy - row
        fired[at.FIRED_X, :number] = ox - column
        fired[at.FIRED_STEP, :number] = steps + 1
    tables.neurons[addresses] = v
    return number


def _held(
    v: npt.NDArray[np.int32],
    before: npt.NDArray[np.int16],
    acts: npt.NDArray[np.bool_],
    facts: list[int],
    counts: npt.NDArray[np.int64],
) -> npt.NDArray[np.int32]:
    """Sums within 16 bits and not below the lower threshold."""
    held = np.minimum(np.maximum(v, V_MIN), V_MAX)
    counts[at.SATURATIONS] += np.count_nonzero(held != v)
    if facts[at.OVERFLOW_WRAPS]:
        held = v.astype(np.int16).astype(np.int32)
    low = facts[at.THRESHOLD_LOW]
    floor = np.minimum(before, low) if facts[at.FLOOR_KEPT] else low
    below = (held < floor) & acts
    counts[at.FLOOR_HITS] += np.count_nonzero(below)
    np.copyto(held, floor, where=below)
    return held
