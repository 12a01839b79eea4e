"""When requests of the host are done that do not overtake the spikes that were sent before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.emulation.counters import EmulatedStopWatch

if TYPE_CHECKING:
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.spike_flow import SpikeFlow

NEVER_NS: Final = EmulatedStopWatch.NEVER_NS
"""Later than any moment: of what waits for a stop watch that stands, or for nothing that comes."""


class RequestOrder:
    """What a request waits for, beside its own latency.

    Args:
        flow: the spikes of the board.
        options: what is assumed of it.
    """

    def __init__(self, flow: SpikeFlow, options: EmulationOptions) -> None:
        self._flow = flow
        self._in_queue = options.request_vs_spikes == "after_queue"

    def mark(self) -> int:
        """What stands for all spikes that the host has sent so far."""
        return self._flow.played

    def let_in_ns(self, mark: int) -> int:
        """When the stop watch has let in all spikes up to a mark; `NEVER_NS` while it stands."""
        return self._flow.let_in_ns(mark)

    def is_outside(self, moment: int) -> bool:
        """Whether spikes of the host that came by a moment wait for room in a core."""
        return self._flow.waits(None, moment)

    def is_in_queue(self, core: int | None, moment: int) -> bool:
        """Whether a request waits for spikes that have come to its core by a moment."""
        return self._in_queue and core is not None and self._flow.waits(core, moment)

    def next_ns(self) -> int:
        """When to look at all this again."""
        then = self._flow.next_ns()
        return NEVER_NS if then is None else then
