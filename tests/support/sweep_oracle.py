"""Ticks that go through a core neuron by neuron among its spikes: a loop without any shortcut.

It is written from what the option `leak_sweep` says, on top of the oracle for spikes.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.leak_rule import LeakRule, tick
from spike_oracle import Oracle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speckhal_mock.emulation.core import CoreConfig
    from speckhal_mock.emulation.options import EmulationOptions

Update = tuple[int, int, tuple[int, int, int]]
"""When (ns), which core, and the neuron (channel, y, x)."""


class SweepOracle(Oracle):
    """Some cores with their spikes, and ticks that begin at given moments."""

    def __init__(
        self, configs: Mapping[int, CoreConfig], options: EmulationOptions, ticks: list[int]
    ) -> None:
        super().__init__(configs, options)
        self._updates = heapq.merge(
            *(
                self._updates_of(core, ticks)
                for core, config in configs.items()
                if config.leak_enable
            ),
            key=lambda update: update[:2],
        )

    def run_until(self, end: int) -> None:
        """Do all that begins by a moment."""
        heapq.heapify(self._given)
        update = next(self._updates, None)
        while True:
            starts = [
                (max(core.inbox[0][0], core.free_at), core.inbox[0][1], index)
                for index, core in self.cores.items()
                if core.inbox
            ]
            first = min(starts, default=None)
            moments = [first[0]] if first else []
            moments += [self._given[0][0]] if self._given else []
            spike = min(moments, default=end + 1)
            early = self.options.leak_vs_event == "tick_first"
            if update is not None and update[0] < spike + early and update[0] <= end:
                moment = update[0]
                while update is not None and update[0] == moment:  # events come before or after all
                    self._tick(*update)
                    update = next(self._updates, None)
            elif spike > end:
                break
            elif self._given and (first is None or self._given[0][0] <= first[0]):
                when, _, index, place = heapq.heappop(self._given)
                self._put(index, when, place)
            else:
                assert first is not None
                self._take(first[2], first[0])
        self.seen = sorted((out for out in self.seen if out[0] <= end), key=lambda out: out[0])

    def _updates_of(self, core: int, ticks: list[int]) -> Iterator[Update]:
        shape = self.cores[core].config.shape
        addresses = self.options.neuron_address.addresses(shape)
        neurons = sorted(np.ndindex(*shape), key=lambda neuron: int(addresses[neuron]))
        rate = {0: self.options.core_0_operations_per_s, 1: self.options.core_1_operations_per_s}
        each = rate.get(core, self.options.core_operations_per_s)
        free = 0
        for begins in ticks:
            start = max(begins, free)
            for number, (c, y, x) in enumerate(neurons, start=1):
                free = start + (number * 1_000_000_000 // each if each else 0)
                yield free, core, (c, y, x)

    def _tick(self, when: int, index: int, neuron: tuple[int, int, int]) -> None:
        core = self.cores[index]
        rule = LeakRule(
            core.config.threshold_high, core.config.threshold_low, core.config.return_to_zero
        )
        v_mem, fires = tick([core.v_mem[neuron]], [core.config.biases[neuron[0]]], rule)
        core.v_mem[neuron] = v_mem[0]
        if fires[0]:
            self._fire(index, when, neuron)
