"""Ticks that take time: each neuron of a core has its own moment, and events come in between.

This is what `leak_sweep` "interleaved" assumes. A tick goes through the neurons of a core in the
order of their addresses, one operation each, at the core's rate of operations; neuron number j of
them, from 1, is done j / rate after the tick, and its spike leaves then. An event finds the neurons
before that place with the tick and the others without it, and so does a read. Events and ticks do
not slow each other down, and a tick that comes while the one before it is under way waits for it.

Between two moments at which anything happens, neurons are done in one piece; where ticks make many
neurons fire, each is a moment of its own, and that is slow.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.clock import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from speckhal_mock.emulation.chip import LeakingCore
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.population import Spikes
    from speckhal_mock.emulation.spike_flow import SpikeFlow

_LOOKED_AT_ONCE: Final = 1 << 10
"""Neurons of which it is found out together whether they fire: what follows may change the rest."""


@attrs.define(eq=False)
class _Sweep:
    """A tick on its way through a core.

    Attributes:
        core: whose neurons it goes through.
        rate: neurons in a second; None for all at the moment of the tick.
        start: when it began, in nanoseconds.
        done: how many neurons have had it.
        waiting: moments of ticks that come after it.
    """

    core: LeakingCore
    rate: int | None
    start: int
    done: int = 0
    waiting: deque[int] = attrs.field(factory=deque)

    @property
    def size(self) -> int:
        """How many neurons the core has."""
        return self.core.population.size

    @property
    def end(self) -> int:
        """When the last neuron has it."""
        return self.moment_of(self.size)

    def moment_of(self, number: int) -> int:
        """When the neuron of that number, from 1, has it."""
        return self.start + (0 if self.rate is None else number * NS_PER_S // self.rate)

    def done_by(self, moment: int) -> int:
        """How many neurons have it by a moment."""
        elapsed = moment - self.start
        if elapsed < 0:
            return self.done
        if self.rate is None:
            return self.size
        return max(self.done, min(self.size, ((elapsed + 1) * self.rate - 1) // NS_PER_S))

    def first_firing(self, last: int) -> int | None:
        """When the next neuron up to number `last` fires, if no event comes before."""
        for first in range(self.done, last, _LOOKED_AT_ONCE):
            number = self.core.population.next_firing(first, min(last, first + _LOOKED_AT_ONCE))
            if number is not None:
                return self.moment_of(number + 1)
        return None


class LeakSweeps:
    """Ticks on their way through the cores, and the spikes that come meanwhile.

    Args:
        options: what is assumed of the chip.
        flow: spikes between the cores.
        send: called with a core, the neurons of it that fired, and when (ns).
    """

    def __init__(
        self,
        options: EmulationOptions,
        flow: SpikeFlow,
        send: Callable[[LeakingCore, Spikes, int], None],
    ) -> None:
        self._rates = {0: options.core_0_operations_per_s, 1: options.core_1_operations_per_s}
        self._other_rate = options.core_operations_per_s
        self._lead_ns = 1 if options.leak_vs_event == "tick_first" else 0
        self._flow = flow
        self._send = send
        self._sweeps: dict[int, _Sweep] = {}

    @property
    def is_idle(self) -> bool:
        """Whether no tick is on its way."""
        return not self._sweeps

    def longest_ns(self, cores: Collection[LeakingCore]) -> int:
        """How long a tick takes in that of some cores which takes longest."""
        return max((_Sweep(core, self._rate(core), 0).end for core in cores), default=0)

    def begin(self, cores: Sequence[LeakingCore], moment: int) -> None:
        """Let a tick begin, of which no neuron is done yet; all before it must be run."""
        for core in cores:
            under_way = self._sweeps.get(core.index)
            if under_way is None:
                core.population.settle()
                self._sweeps[core.index] = _Sweep(core, self._rate(core), moment)
            else:
                under_way.waiting.append(moment)

    def keep(self, cores: Collection[LeakingCore]) -> None:
        """Forget ticks in all but these very cores: a core that is configured is another one."""
        self._sweeps = {
            index: sweep for index, sweep in self._sweeps.items() if sweep.core in cores
        }

    def next_ns(self) -> int | None:
        """When a neuron could next fire that somebody hears; None if none will."""
        moments = []
        for sweep in self._sweeps.values():
            if not sweep.core.is_observed:
                continue
            fires = sweep.first_firing(sweep.size)
            if fires is not None:
                moments.append(fires)
            elif sweep.waiting:
                moments.append(max(sweep.end, sweep.waiting[0]))
        return min(moments, default=None)

    def run_to(self, moment: int) -> None:
        """Do neurons and events in the order of time, up to a moment.

        Raises:
            NotEmulatedError: what follows from a spike cannot be emulated.
        """
        while self._sweeps:
            spike_ns = self._flow.next_ns()
            quiet = moment if spike_ns is None else min(moment, spike_ns - 1 + self._lead_ns)
            ends = [sweep.end for sweep in self._sweeps.values() if sweep.waiting]
            part = min([quiet, *ends])
            fires = self._first_firing(part)
            self._advance(part if fires is None else fires)
            if fires is None and part == quiet:
                if spike_ns is None or spike_ns > moment:
                    break
                self._flow.run_to(spike_ns)
        self._flow.run_to(moment)

    def _rate(self, core: LeakingCore) -> int | None:
        return self._rates.get(core.index, self._other_rate)

    def _first_firing(self, moment: int) -> int | None:
        """When a neuron first fires that somebody hears, up to a moment."""
        first = None
        for sweep in self._sweeps.values():
            if sweep.core.is_observed:
                until = moment if first is None else first
                fires = sweep.first_firing(sweep.done_by(until))
                first = first if fires is None else fires
        return first

    def _advance(self, moment: int) -> None:
        """Do the neurons up to a moment, at which those that fire do so."""
        for index in sorted(self._sweeps):
            sweep = self._sweeps[index]
            last = sweep.done_by(moment)
            if last > sweep.done:
                spikes = sweep.core.population.tick_part(sweep.done, last)
                sweep.done = last
                if spikes.c.size and sweep.core.is_observed:
                    self._send(sweep.core, spikes, moment)
            if sweep.done == sweep.size:
                if sweep.waiting:
                    sweep.start, sweep.done = max(sweep.end, sweep.waiting.popleft()), 0
                else:
                    del self._sweeps[index]
