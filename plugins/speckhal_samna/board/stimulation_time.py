"""How long a board without a sign of its own is waited for: what follows from published rates."""

from __future__ import annotations

import graphlib
import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from speckhal_samna.bindings import CoreConfiguration

LIMIT_S: Final = 10.0
"""Longest wait for what was played to come to its end, once the cores may have done with it."""


@attrs.frozen
class CoreLoad:
    """What events cost a core.

    Attributes:
        updates: of neurons, at most, for one event.
        updates_per_s: that the core can make.
        followers: cores that get its spikes; one that gets them twice stands here twice.
    """

    updates: int
    updates_per_s: int
    followers: tuple[int, ...] = ()

    @classmethod
    def of(cls, core: CoreConfiguration, updates_per_s: int) -> CoreLoad:
        """The load of one configured core: an event meets each output at most once."""
        size, out = core.dimensions.kernel_size, core.dimensions.output_shape
        stride = core.dimensions.stride
        columns = min(math.ceil(size / stride.x), out.size.x)
        rows = min(math.ceil(size / stride.y), out.size.y)
        followers = tuple(to.layer for to in core.destinations if to.enable)
        return cls(columns * rows * out.feature_count, updates_per_s, followers)

    @property
    def event_s(self) -> float:
        """Seconds that one event takes."""
        return self.updates / self.updates_per_s

    def done_s(self, times_us: npt.NDArray[np.int64]) -> float:
        """When the core has done with events of these times, which are in order.

        One that comes while it works waits for its turn.
        """
        if not times_us.size:
            return 0.0
        to_come = np.arange(times_us.size, 0, -1)
        return float((times_us / 1e6 + to_come * self.event_s).max())


def work_s(loads: Mapping[int, CoreLoad], given: Mapping[int, int]) -> float:
    """How long cores can be at work at most, if every neuron that is updated fires.

    Args:
        loads: by core, of those in use.
        given: how many events the host sends to each.

    Returns:
        Seconds, for all cores one after another; infinite where spikes can come back to the core
        that they left, since then nothing bounds their number.
    """
    before: dict[int, list[int]] = {core: [] for core in loads}
    for core, load in loads.items():
        for follower in load.followers:
            if follower in before:
                before[follower].append(core)
    events: dict[int, float] = {}
    try:
        for core in graphlib.TopologicalSorter(before).static_order():
            spikes = (events[one] * loads[one].updates for one in before[core])
            events[core] = given.get(core, 0) + sum(spikes)
    except graphlib.CycleError:
        return math.inf
    return sum(count * loads[core].event_s for core, count in events.items())


def silence_s(loads: Iterable[CoreLoad], quiet_for_s: float) -> float:
    """How long nothing must come until nothing is expected any more.

    One event on its way through all cores in a row may be seen only at its end.
    """
    return quiet_for_s + sum(load.event_s for load in loads)
