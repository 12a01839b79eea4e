"""Spikes between cores as the facts say it, one Python object for each: slow, and written apart.

It follows spikes by the rule file and a heap. It knows no queue of limited depth but that of the
congestion balancer.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal_mock.emulation.spike_rule import SpikeRule, arrival, take_event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal_mock.emulation.core import CoreConfig
    from speckhal_mock.emulation.options import EmulationOptions

Out = tuple[int, int, int, int, int]
"""When (ns), core, channel, y and x."""


def rule_of(config: CoreConfig, options: EmulationOptions) -> SpikeRule:
    """The rule of a core."""
    return SpikeRule(
        stride=config.stride,
        padding=config.padding,
        threshold_high=config.threshold_high,
        threshold_low=config.threshold_low,
        return_to_zero=config.return_to_zero,
        overflow=options.overflow,
        below_threshold_low=options.below_threshold_low,
        zero_weight_skips=options.zero_weight_skips,
    )


@attrs.define
class OracleCore:
    """A core: its neurons, when it is free, what waits, and how many spikes its decimator saw."""

    config: CoreConfig
    v_mem: npt.NDArray[np.int16]
    free_at: int = 0
    inbox: list[tuple[int, int, tuple[int, int, int]]] = attrs.field(factory=list)
    begun: list[int] = attrs.field(factory=list)
    decimated: int = 0
    dropped: int = 0
    taken: int = 0


class Oracle:
    """Some cores, and spikes that are given to them before anything runs."""

    def __init__(self, configs: Mapping[int, CoreConfig], options: EmulationOptions) -> None:
        self.cores = {
            core: OracleCore(config, config.initial_v_mem.copy())
            for core, config in configs.items()
        }
        self.options = options
        self.seen: list[Out] = []
        self._number = 0
        self._given: list[tuple[int, int, int, tuple[int, int, int]]] = []

    def give(self, when: int, core: int, place: tuple[int, int, int]) -> None:
        """A spike from outside."""
        self._given.append((when, len(self._given), core, place))

    def run(self, at_most: int = 3000) -> bool:
        """Do all; False if there was more than that many events."""
        heapq.heapify(self._given)
        for _ in range(at_most):
            starts = [
                (max(core.inbox[0][0], core.free_at), core.inbox[0][1], index)
                for index, core in self.cores.items()
                if core.inbox
            ]
            first = min(starts, default=None)
            if self._given and (first is None or self._given[0][0] <= first[0]):
                when, _, index, place = heapq.heappop(self._given)
                self._put(index, when, place)
            elif first is None:
                self.seen.sort(key=lambda out: out[0])
                return True
            else:
                self._take(first[2], first[0])
        return False

    def _put(self, core: int, when: int, place: tuple[int, int, int]) -> None:
        heapq.heappush(self.cores[core].inbox, (when, self._number, place))
        self._number += 1

    def _take(self, index: int, start: int) -> None:
        core, options = self.cores[index], self.options
        when, _, place = heapq.heappop(core.inbox)
        waiting = sum(begun > when for begun in core.begun)
        full = options.queue_depth is not None and waiting >= options.queue_depth
        if start > when and core.config.drops_when_congested and full:
            core.dropped += 1
            return
        core.begun.append(start)
        core.taken += 1
        done = take_event(rule_of(core.config, options), core.config.weights, core.v_mem, place)
        rate = {0: options.core_0_operations_per_s, 1: options.core_1_operations_per_s}.get(
            index, options.core_operations_per_s
        )

        def after(step: int) -> int:
            took = step * 1_000_000_000 // rate if rate else 0
            return start + round(options.event_s * 1e9) + took

        core.free_at = after(len(done))
        for operation in done:
            if operation.update is not None and operation.update.fired:
                self._fire(index, after(operation.step), operation.neuron)

    def _fire(self, index: int, when: int, neuron: tuple[int, int, int]) -> None:
        core = self.cores[index]
        core.decimated += 1
        if core.decimated % core.config.passes_one_spike_of:
            return
        if core.config.monitor_enable:
            self.seen.append((when, index, *neuron))
            self._number += 1
        for to in core.config.destinations:
            self._put(to.layer, when, arrival(neuron, (to.pooling, to.pooling), to.feature_shift))


def random_net(seed: int, *, loops: bool = False) -> dict[int, CoreConfig]:
    """A few small cores that fit together, each of which sends to one or two others."""
    from speckhal_mock.emulation.core import CoreConfig, Destination

    chance = np.random.default_rng(seed)
    indices: Sequence[int] = sorted(chance.choice(9, size=chance.integers(1, 5), replace=False))
    channels = int(chance.integers(1, 5))
    size = int(chance.choice([4, 8]))
    configs: dict[int, CoreConfig] = {}
    for number, index in enumerate(map(int, indices)):
        behind = indices if loops else indices[number + 1 :]
        count = min(2, len(behind))
        targets = chance.choice([*behind, 0], size=0)
        if count:
            targets = chance.choice(behind, size=count, replace=False)
        weights = chance.integers(-60, 70, (channels, channels, 3, 3)).astype(np.int8)
        weights[chance.random(weights.shape) < (0.7 if loops else 0.2)] = 0
        configs[index] = CoreConfig(
            shape=(channels, size, size),
            biases=np.zeros(channels, np.int16),
            threshold_high=int(chance.integers(30, 200)),
            threshold_low=int(-chance.integers(1, 200)),
            return_to_zero=bool(chance.integers(2)),
            leak_enable=False,
            leak_internal=False,
            monitor_enable=bool(chance.integers(4)),
            initial_v_mem=chance.integers(-50, 150, (channels, size, size)).astype(np.int16),
            weights=weights,
            padding=(1, 1),
            destinations=tuple(
                Destination(int(to), pooling=int(chance.choice([1, 2, 4]))) for to in targets
            ),
            passes_one_spike_of=int(chance.choice([1, 1, 1, 2, 4])),
            drops_when_congested=bool(chance.integers(2)),
        )
    return configs
