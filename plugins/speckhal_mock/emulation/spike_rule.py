"""What one input spike does to a core: the specification, written to be read and not to be fast.

The room `spikes` does the same fast; tests hold it to this file. Sources, by how sure they are: [A]
a vendor's document or a measurement on a board, [C] one secondary source, [D] a guess; where an
option of the emulation is named, the other choice can be made.

* Which neurons it touches is the geometry of conv2d, without a flip: each at most once [A: sinabs
  3.1.3, dev kit data sheet 1.0].
* Each touch reads, adds, compares and writes back; there is no time step [A: data sheet 3.2.4].
* A sum beyond 16 bits is held or wraps around [D: `overflow`].
* The lower threshold holds at every update [A: data sheet]; it raises a neuron that was written
  below it [D: `below_threshold_low`].
* A neuron fires at or above the threshold, once for an update, and keeps the rest [A: measured with
  trains of 2.5 thresholds, and with one weight of 127 at a threshold of 127].
* A weight of 0 is skipped when the kernel is read: nothing is compared [C: `zero_weight_skips`].
* Biases are the slow clock's business, and are not added here [A: data sheet].
* The order in which the spikes of one event leave [D: `sweep`] changes nothing in the core itself.
* A destination divides coordinates and shifts channels; every spike goes on [A: samna 0.48].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from speckhal_mock.emulation.leak_rule import V_MAX, V_MIN, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.options import BelowThresholdLow, Overflow
    from speckhal_mock.emulation.spike_options import Sweep


@attrs.frozen(kw_only=True)
class SpikeRule:
    """Settings of a core that decide what an input spike does; pairs are (y, x).

    Attributes:
        stride: 1, 2, 4 or 8 each.
        padding: 0..7 each.
        threshold_high: a neuron fires at or above this, 0..32767.
        threshold_low: no update leaves a neuron below this, -32768..-1.
        return_to_zero: whether a neuron that fires becomes 0, not v - threshold_high.
    """

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    threshold_high: int
    threshold_low: int
    return_to_zero: bool
    overflow: Overflow = "saturate"
    below_threshold_low: BelowThresholdLow = "raised"
    zero_weight_skips: bool = True


class Update(NamedTuple):
    """A neuron's update: the membrane potential that it leaves, and what happened on the way."""

    v: int
    saturated: bool  # the sum left 16 bits
    floored: bool  # the lower threshold held it up
    fired: bool


class Operation(NamedTuple):
    """A word of the kernel that was read, for the neuron (channel, y, x); None: it was skipped."""

    step: int  # which of the event's operations it was, from 1, in the order of `positions`
    neuron: tuple[int, int, int]
    update: Update | None


def updated(rule: SpikeRule, v: int, weight: int) -> Update:
    """What adding a weight does to a membrane potential."""
    total = v + weight
    saturated = not V_MIN <= total <= V_MAX
    if saturated and rule.overflow == "wrap":
        total = (total - V_MIN) % VALUES + V_MIN
    total = min(max(total, V_MIN), V_MAX)
    kept = rule.below_threshold_low == "kept"
    floor = min(v, rule.threshold_low) if kept else rule.threshold_low
    held = max(total, floor)
    fired = held >= rule.threshold_high
    after = 0 if rule.return_to_zero else held - rule.threshold_high
    return Update(after if fired else held, saturated, total < floor, fired)


def positions(
    rule: SpikeRule, kernel: int, y: int, x: int, height: int, width: int
) -> Iterator[tuple[int, int, int, int]]:
    """Places (ky, kx) of the kernel and (oy, ox) of the map that an input at (y, x) touches.

    The kernel has that many rows and columns; the map of neurons is so high and wide.
    """
    for kx in range(kernel):
        for ky in range(kernel):
            oy, off_y = divmod(y + rule.padding[0] - ky, rule.stride[0])
            ox, off_x = divmod(x + rule.padding[1] - kx, rule.stride[1])
            if off_y == 0 and off_x == 0 and 0 <= oy < height and 0 <= ox < width:
                yield ky, kx, oy, ox


def take_event(
    rule: SpikeRule,
    weights: npt.NDArray[np.int8],
    neurons: npt.NDArray[np.int16],
    event: tuple[int, int, int],
) -> list[Operation]:
    """Do to a core what one input spike does, and return it, operation by operation.

    Args:
        rule: settings of the core.
        weights: (out channels, in channels, height, width) of the kernels.
        neurons: (channels, height, width), membrane potentials; they change in place.
        event: (channel, y, x) of the input spike.
    """
    operations: list[Operation] = []
    channels, height, width = neurons.shape
    c, y, x = event
    for ky, kx, oy, ox in positions(rule, weights.shape[-1], y, x, height, width):
        for out in range(channels):
            weight = int(weights[out, c, ky, kx])
            update = None
            if weight != 0 or not rule.zero_weight_skips:
                update = updated(rule, int(neurons[out, oy, ox]), weight)
                neurons[out, oy, ox] = update.v
            operations.append(Operation(len(operations) + 1, (out, oy, ox), update))
    return operations


def swept(sweep: Sweep, step: int, channels: int, places: int, shuffled: Sequence[int]) -> int:
    """When an event's operation has its turn, from 1; `shuffled` is any order of all its turns."""
    place, channel = divmod(step - 1, channels)
    turns = {"kernel_first": step, "channel_first": channel * places + place + 1}
    turns |= {"reversed": places * channels + 1 - step, "shuffled": shuffled[step - 1]}
    return turns[sweep]


def arrival(
    spike: tuple[int, int, int], pooling: tuple[int, int], feature_shift: int
) -> tuple[int, int, int]:
    """Input (channel, y, x) of a destination that pools by 1, 2 or 4 for each of (y, x)."""
    return spike[0] + feature_shift, spike[1] // pooling[0], spike[2] // pooling[1]
