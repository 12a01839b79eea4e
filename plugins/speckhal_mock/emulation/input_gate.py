"""The gate through which spikes of the host come: each waits until the stop watch has reached it.

One that waits keeps all that were sent after it, also those whose stamp has passed, and it waits at
a stop watch that stands too (source: samna 0.48.5 documentation, dev kits, time stamps).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.warn import warn_user
from speckhal.system.counted import counted
from speckhal_mock.emulation.errors import EmulationWarning

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.emulation.counters import EmulatedStopWatch
    from speckhal_mock.emulation.host_spikes import HostSpikes

    Integers = npt.NDArray[np.int64]

_AT_ONCE: Final = 1 << 17
"""Longer arrays, of which there are some on the way of spikes, cost more memory, and more time."""


@attrs.define(eq=False)
class _Batch:
    """What was sent at once; moments and how many it has given, as long as nothing changes them."""

    spikes: HostSpikes
    arrived_ns: int
    number: int
    given: int = 0
    moments: Integers | None = None


class InputGate:
    """Keeps what the host sent, until it is its turn.

    Args:
        stop_watch: what its stamps are compared with.

    Attributes:
        put_so_far: how often spikes were put here.
    """

    def __init__(self, stop_watch: EmulatedStopWatch) -> None:
        self._stop_watch = stop_watch
        self._batches: deque[_Batch] = deque()
        self.put_so_far = 0
        self._passed_ns = 0
        self._changes = stop_watch.changes

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._batches

    def put(self, spikes: HostSpikes, arrived_ns: int) -> None:
        """Let spikes wait behind all others, from the moment on at which they have arrived."""
        many = spikes.layers.size
        if many:
            self.put_so_far += 1
        for first in range(0, many, _AT_ONCE):
            part = spikes.part(first, first + _AT_ONCE)
            self._batches.append(_Batch(part, arrived_ns, self.put_so_far))

    def clear(self) -> None:
        """Forget what waits; warn of what would have waited for ever, as nothing else shows it."""
        never = self._stop_watch.NEVER_NS
        left = sum(int((self._moments(each) >= never).sum()) for each in self._batches)
        self._batches.clear()
        if left:
            warn_user(
                f"{counted(left, 'spike')} from the host waited to the end for a stop watch that "
                f"stands: each passes when the stop watch has reached its time stamp. Start it "
                f"before, as `get_stop_watch().start()` of the board does.",
                EmulationWarning,
            )

    def next_ns(self) -> int | None:
        """When the next one passes; None if none waits, or none will by itself."""
        if not self._batches:
            return None
        batch = self._batches[0]
        moment = int(self._moments(batch)[batch.given])
        return None if moment >= self._stop_watch.NEVER_NS else max(moment, self._passed_ns)

    def last_passes_ns(self, number: int) -> int:
        """When all passes that was put here at first, `number` times; 0 if it has passed.

        `EmulatedStopWatch.NEVER_NS` if some of it will not by itself.
        """
        ends = [int(self._moments(each)[-1]) for each in self._batches if each.number <= number]
        return min(max(ends, default=0), self._stop_watch.NEVER_NS)

    def passed(self, moment: int) -> list[tuple[HostSpikes, Integers]]:
        """What has passed by a moment and was not taken yet, and when; in the order of time."""
        taken: list[tuple[HostSpikes, Integers]] = []
        while self._batches:
            batch = self._batches[0]
            moments = self._moments(batch)
            last = int(np.searchsorted(moments, moment, side="right"))
            if last > batch.given:
                passing = np.maximum(moments[batch.given : last], self._passed_ns)
                taken.append((batch.spikes.part(batch.given, last), passing))
                self._passed_ns = int(passing[-1])
                batch.given = last
            if batch.given < moments.size:
                break
            self._batches.popleft()
        return taken

    def _moments(self, batch: _Batch) -> Integers:
        """When each passes; those that have passed may have other moments here by now."""
        if self._changes != self._stop_watch.changes:
            for each in self._batches:
                each.moments = None
            self._changes = self._stop_watch.changes
        if batch.moments is None:
            left = batch.spikes.stamps_us[batch.given :]
            reached = np.maximum.accumulate(self._stop_watch.reached_ns(left, batch.arrived_ns))
            passed = np.zeros(batch.given, dtype=np.int64)
            batch.moments = np.concatenate([passed, np.maximum(reached, batch.arrived_ns)])
        return batch.moments
