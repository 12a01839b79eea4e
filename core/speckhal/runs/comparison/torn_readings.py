"""Whether ticks that came while a neuron was read explain that two runs read it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.leak.step_inference import Floats, Integers

    Flags = npt.NDArray[np.bool_]

_LOWEST = -(1 << 40)
_HIGHEST = 1 << 40


@attrs.frozen(eq=False)
class Leak:
    """What a tick does to each neuron.

    Attributes:
        steps: what it adds, (neurons,).
        low: where leak stops.
        high: a neuron fires at or above this.
    """

    steps: Integers
    low: int
    high: int

    @classmethod
    def of(
        cls,
        steps: Sequence[Integers],
        layers: Sequence[DeployedLayer | None],
        neurons_per_channel: int,
    ) -> list[Leak]:
        """Each that two runs may follow; one where both were deployed alike.

        Args:
            steps: what a tick adds in both, for each channel.
            layers: as they were deployed; None where nobody knows.
            neurons_per_channel: height times width.
        """
        known = [(one.threshold_low, one.threshold_high) for one in layers if one is not None]
        ends = list(dict.fromkeys(known)) or [(_LOWEST, _HIGHEST)]
        different = [steps[0]] if np.array_equal(steps[0], steps[1]) else list(steps)
        return [
            cls(np.repeat(each, neurons_per_channel), low, high)
            for each in different
            for low, high in ends
        ]

    def of_neurons(self, which: Integers | slice) -> Leak:
        """That of some neurons."""
        return attrs.evolve(self, steps=self.steps[which])


def explained(
    a: Integers, b: Integers, slack: Integers, allowed: Floats, leaks: Sequence[Leak]
) -> Flags:
    """Where some number of ticks, up to the slack, leads from one of two values to the other.

    A neuron that stands at its floor is led nowhere: two that stand at different floors are apart,
    whatever the slack.

    Args:
        a: values of the one run, (pairs, neurons).
        b: of the other.
        slack: most ticks between the two, (pairs,).
        allowed: how far values of one tick may be apart, (pairs,).
        leaks: that they may follow.
    """
    lower, upper = np.minimum(a, b), np.maximum(a, b)
    gap = upper - lower
    most, room = slack[:, None], allowed[:, None]
    found = np.zeros(gap.shape, np.bool_)
    for leak in leaks:
        size = np.abs(leak.steps)
        reach = most * size
        ticks = np.minimum((gap + size // 2) // np.maximum(size, 1), most)
        whole = np.abs(gap - ticks * size) <= room
        falls, rises = leak.steps < 0, leak.steps > 0
        # the last step to the floor is cut short, and none leads below it or away from it
        to_floor = (np.abs(lower - leak.low) <= room) & (gap <= reach + room)
        found |= falls & ((whole & (lower >= leak.low - room)) | to_floor)
        found |= rises & whole
        if rises.any():
            # a spike takes a neuron that was near the threshold to 0, or to what was above it
            for before, after in ((lower, upper), (upper, lower)):
                near = before + reach >= leak.high - room
                found |= rises & near & (after >= -room) & (after <= reach + room)
    return found
