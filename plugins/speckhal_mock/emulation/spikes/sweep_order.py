"""In which order the spikes of one input event leave a core: the orders of the option `sweep`.

A kernel writes fired neurons down in the order of its own memory. Another order of the sweep leaves
all of them as they are, and only gives each operation of the event another turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.emulation.spikes.core_tables import FIRED_ROWS, FIRED_STEP
from speckhal_mock.emulation.spikes.jit import compiled

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.spike_options import Sweep

KERNEL_FIRST: Final = 0
CHANNEL_FIRST: Final = 1
REVERSED: Final = 2
SHUFFLED: Final = 3

SWEEP_CODES: Final[dict[Sweep, int]] = {
    "kernel_first": KERNEL_FIRST,
    "channel_first": CHANNEL_FIRST,
    "reversed": REVERSED,
    "shuffled": SHUFFLED,
}
"""What compiled code knows each order by."""


@compiled
def order_fired(
    sweep_code: int,
    fired: npt.NDArray[np.int64],
    count: int,
    channels: int,
    positions: int,
    seed: int,
    core: int,
    number: int,
) -> None:
    """Bring the neurons that one event made fire into the order of the sweep, in place.

    Args:
        sweep_code: which order, as `SWEEP_CODES` has it.
        fired: (FIRED_ROWS, room), what a kernel wrote down; its steps are rewritten.
        count: how many neurons fired.
        channels: output channels of the core.
        positions: kernel positions that the event did; it did positions * channels operations.
        seed: of all shuffled orders, 0 or more; the next two make another one for each event.
        core: which core it is.
        number: which of the core's events it was.
    """
    if sweep_code == KERNEL_FIRST:
        return
    total = positions * channels
    for i in range(count):
        step = fired[FIRED_STEP, i] - 1
        if sweep_code == CHANNEL_FIRST:
            step = step % channels * positions + step // channels
        elif sweep_code == REVERSED:
            step = total - 1 - step
        else:
            step = shuffled_step(step, total, seed, core, number)
        fired[FIRED_STEP, i] = step + 1
    gap = count
    while gap > 1:  # Shell's sort
        gap = max(gap * 5 // 11, 1)
        for i in range(gap, count):
            place = i
            while place >= gap and fired[FIRED_STEP, place - gap] > fired[FIRED_STEP, place]:
                for row in range(FIRED_ROWS):
                    moved = fired[row, place]
                    fired[row, place] = fired[row, place - gap]
                    fired[row, place - gap] = moved
                place -= gap


@compiled
def shuffled_step(step: int, total: int, seed: int, core: int, number: int) -> int:
    """Turn of an operation, from 0, in a shuffled sweep: one of its own for each of `total`.

    Multiplying by an odd number, adding, and folding high bits into low ones each map the numbers
    of that many bits onto themselves; where that leads beyond the operations, it is done again.
    """
    bits = 0
    while 1 << bits < total:
        bits += 1
    mask = (1 << bits) - 1
    fold = (bits + 1) >> 1
    key = mixed(mixed(mixed(seed) + core) + number)
    while True:
        for turn in range(4):
            odd = mixed(key + turn) | 1
            step = (step * odd + (odd >> 16)) & mask
            step ^= step >> fold
        if step < total:
            return step


@compiled
def mixed(value: int) -> int:
    """A number of 32 bits that looks drawn by lot, always the same for the same value."""
    value &= (1 << 32) - 1
    for _ in range(2):
        value = (value ^ value >> 16) * 0x45D9F3B & (1 << 32) - 1
    return value ^ value >> 16
