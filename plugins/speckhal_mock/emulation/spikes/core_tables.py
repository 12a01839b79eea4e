"""What a kernel sees of a chip's cores: numbers in arrays, one row for each core.

Compiled code knows no objects. So the shapes and settings of all cores stand in one table of whole
numbers, by the columns below, and their memories lie one behind another. The neurons are the
memory of the chip itself: what the kernel writes there is what a read of the host finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# columns of CoreTables.facts
IN_CHANNELS: Final = 0
IN_HEIGHT: Final = 1
IN_WIDTH: Final = 2
OUT_CHANNELS: Final = 3
OUT_HEIGHT: Final = 4
OUT_WIDTH: Final = 5
KERNEL: Final = 6  # height and width of the kernel: it is square
STRIDE_SHIFT_Y: Final = 7  # coordinates are divided by the stride, a power of two: its logarithm
STRIDE_SHIFT_X: Final = 8
PADDING_Y: Final = 9
PADDING_X: Final = 10
THRESHOLD_HIGH: Final = 11
THRESHOLD_LOW: Final = 12
RETURN_TO_ZERO: Final = 13  # 1: a neuron that fires becomes 0; 0: it loses the threshold
OVERFLOW_WRAPS: Final = 14  # 1: a sum beyond 16 bits is taken modulo 2^16; 0: it stays at the end
ZERO_WEIGHT_SKIPS: Final = 15  # 1: a weight of 0 leaves its neuron alone; 0: it is compared too
FLOOR_KEPT: Final = 16  # 1: a neuron that was written below the lower threshold is not raised
FIRST_NEURON: Final = 17  # where in CoreTables.neurons the core's memory begins
FIRST_WEIGHT: Final = 18  # where in CoreTables.weights its weights begin
FIRST_PLACE: Final = 19  # where in CoreTables.places its places begin
FIRST_FEATURE: Final = 20  # where in CoreTables.features its channels begin
NEIGHBOURS: Final = 21  # 1: channels of a place are neighbours in memory, in their order
FACTS: Final = 22

# columns of CoreTables.counts that the kernel adds to
OPERATIONS: Final = 0  # kernel words that were read, those of weight 0 among them
UPDATES: Final = 1  # neurons that were read, added to and compared
FLOOR_HITS: Final = 2  # updates that the lower threshold held up
SATURATIONS: Final = 3  # updates whose sum left 16 bits
FIRED: Final = 4  # updates that made their neuron fire
RESIDUES: Final = 5  # of these, those after which it is still at or above the threshold
KERNEL_COUNTS: Final = 6

# rows of the array that a kernel writes fired neurons to
FIRED_CHANNEL: Final = 0
FIRED_Y: Final = 1
FIRED_X: Final = 2
FIRED_STEP: Final = 3  # which of the event's operations it was, from 1, in the kernel's own order
FIRED_ROWS: Final = 4


class CoreTables(NamedTuple):
    """The cores of a chip, for compiled code.

    Attributes:
        facts: (cores, FACTS), what each core is; the columns are named above.
        neurons: (words,), the neuron memories of all cores, one behind another.
        weights: (words,), for each core (input channel, kernel row, kernel column, output
            channel), row after row as NumPy lays it out.
        places: (height * width,) for each core, row by row: what the place (y, x) adds to the
            address of a neuron within the core's memory.
        features: (output channels,) for each core: what the channel adds to it.
        counts: (cores, at least KERNEL_COUNTS), what happened so far.
    """

    facts: npt.NDArray[np.int64]
    neurons: npt.NDArray[np.int16]
    weights: npt.NDArray[np.int8]
    places: npt.NDArray[np.int64]
    features: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
