"""Spikes, queues and ticks of several cores as the facts say it, written apart from the emulation.

It shares no rule with it: neither what a spike does to a neuron, nor who goes first, nor who waits.
"""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from event_oracle import Place, added, swept, take

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal_mock.emulation.core import CoreConfig

Key = tuple[int, int]
Given = tuple[int, int, Place]
"""When (ns), into which core, and where."""

NS_PER_S = 1_000_000_000
HOST = -1


@attrs.define
class Held:
    """A spike that leaves at `due` if nobody makes it wait, sent as `number`."""

    due: int
    number: int
    place: Place
    goes_on: bool
    route: int = 0


@attrs.define
class Core:
    """A core and what it did; times are in ns."""

    config: CoreConfig
    v_mem: list[list[list[int]]]
    holds: bool
    queue: list[tuple[int, Key, Place]] = attrs.field(factory=list)
    begun: list[int] = attrs.field(factory=list)
    held: list[Held] = attrs.field(factory=list)
    free_at: int = 0
    late: int = 0
    counts: Counter[str] = attrs.field(factory=Counter)
    seen_by_decimator: Counter[int] = attrs.field(factory=Counter)
    kept_back: Place | None = None
    longest_delay: int = 0


class TrafficOracle:
    """Cores that are given spikes from outside, in the order of time, and perhaps ticks."""

    def __init__(
        self,
        configs: Mapping[int, CoreConfig],
        options: Mapping[str, Any],
        given: Sequence[Given],
        tick_ns: int | None,
    ) -> None:
        self.options, self._given, self._tick_ns = options, list(given), tick_ns
        self.seen: list[tuple[int, Key, int, Place]] = []
        self._number = 0
        self.cores = {
            index: Core(
                config,
                config.initial_v_mem.tolist(),
                any(self._can_be_full(configs[to.layer]) for to in config.destinations),
            )
            for index, config in configs.items()
        }

    def run(self, end_ns: int, at_most: int) -> bool:
        """Do all that begins by a moment; False if it is more than that many things."""
        now, ticks = 0, 0
        while True:
            now, _, _, what, index = self._next(now, (ticks + 1) * (self._tick_ns or 0))
            if not what or now > end_ns:
                return True
            if (at_most := at_most - 1) < 0:
                return False
            if what == "tick":
                ticks += 1
                self._tick(now)
            elif what == "given":
                _, into, place = self._given.pop(0)
                self._put(now, into, place, self._next_key(HOST))
            elif what == "leaves":
                self._let_go(index, now)
            else:
                self._begin(index, now)

    def _next(self, now: int, tick: int) -> tuple[int, int, Key, str, int]:
        """What happens next: when, its rank and key among what happens then, what, and where."""
        can: list[tuple[int, int, Key, str, int]] = []
        if tick:
            rank = 0 if self.options["leak_vs_event"] == "tick_first" else 4
            can.append((tick, rank, (0, 0), "tick", 0))
        if self._given and self._has_room(self._given[0][1]):
            can.append((max(self._given[0][0], now), 1, (0, 0), "given", 0))
        for index, core in self.cores.items():
            if core.held:
                first = core.held[0]
                to = core.config.destinations[first.route].layer
                if not first.goes_on or self._has_room(to):
                    key = self._key(index, first.number + 1 + first.route)
                    can.append((max(first.due + core.late, now), 2, key, "leaves", index))
            elif core.queue:
                when, key, _ = core.queue[0]
                can.append((max(when, core.free_at), 3, key, "begins", index))
        return min(can, default=(now, 0, (0, 0), "", 0))

    def _can_be_full(self, config: CoreConfig) -> bool:
        return self.options["queue_depth"] is not None and not config.drops_when_congested

    def _has_room(self, index: int) -> bool:
        core = self.cores[index]
        return not self._can_be_full(core.config) or len(core.queue) < self.options["queue_depth"]

    def _key(self, producer: int, number: int) -> Key:
        return (producer if self.options["arbitration"] == "by_core" else 0), number

    def _next_key(self, producer: int) -> Key:
        self._number += 1
        return self._key(producer, self._number)

    def _put(self, now: int, into: int, place: Place, key: Key) -> None:
        core = self.cores[into]
        sizes = core.config.input_shape
        if any(at >= size for at, size in zip(place, sizes, strict=True)):
            core.counts["outside"] += 1
            if self.options["out_of_range_event"] != "wrap":
                return
            c, y, x = (
                at % 2 ** (size - 1).bit_length() for at, size in zip(place, sizes, strict=True)
            )
            if c >= sizes[0] or y >= sizes[1] or x >= sizes[2]:
                return
            place = c, y, x
        heapq.heappush(core.queue, (now, key, place))

    def _send(self, index: int, now: int, place: Place, route: int, key: Key) -> None:
        to = self.cores[index].config.destinations[route]
        c, y, x = place
        self._put(now, to.layer, (c + to.feature_shift, y // to.pooling, x // to.pooling), key)

    def _begin(self, index: int, now: int) -> None:
        core, options = self.cores[index], self.options
        arrival, _, place = heapq.heappop(core.queue)
        waiting = sum(begun > arrival for begun in core.begun)
        full = options["queue_depth"] is not None and waiting >= options["queue_depth"]
        if now > arrival and core.config.drops_when_congested and full:
            core.counts["dropped"] += 1
            return
        core.begun.append(now)
        core.counts["delay"] += now - arrival
        core.longest_delay = max(core.longest_delay, now - arrival)
        fired, operations = take(core.config, core.v_mem, place, options, core.counts)
        name = "core_operations_per_s" if index > 1 else f"core_{index}_operations_per_s"
        rate: int = options[name]
        overhead = round(float(options["event_s"]) * NS_PER_S)

        def after(step: int) -> int:
            return overhead + (step * NS_PER_S // rate if rate else 0)

        core.counts["busy"] += after(operations)
        core.free_at, core.late = now + after(operations), 0
        for step, neuron in swept(fired, operations, core.config.shape[0], options["sweep"]):
            self._fire(index, now + after(step), neuron, holds=core.holds)

    def _fire(self, index: int, when: int, neuron: Place, *, holds: bool) -> None:
        core, options = self.cores[index], self.options
        leaving: Place | None = neuron
        if options["retained_last_spike"] and index < 2:  # cores 0 and 1
            leaving, core.kept_back = core.kept_back, neuron
        if leaving is None:
            return
        every, goes_on = core.config.passes_one_spike_of, True
        if every > 1:
            counted = leaving[0] if options["decimator_scope"] == "channel" else 0
            core.seen_by_decimator[counted] += 1
            phase = int(options["decimator_phase"] == "first")
            goes_on = core.seen_by_decimator[counted] % every == phase
            core.counts["decimated"] += not goes_on
        shown = core.config.monitor_enable and (goes_on or not options["decimator_before_monitor"])
        if holds:
            if goes_on or shown:
                core.held.append(Held(when, self._number + 1, leaving, goes_on))
                self._number += 3
            return
        if shown:
            self.seen.append((when, self._next_key(index), index, leaving))
        if goes_on:
            for route in range(len(core.config.destinations)):
                self._send(index, when, leaving, route, self._next_key(index))

    def _let_go(self, index: int, now: int) -> None:
        core = self.cores[index]
        first, config = core.held[0], core.config
        core.counts["stalled"] += now - first.due - core.late
        core.late = now - first.due
        shown = first.goes_on or not self.options["decimator_before_monitor"]
        if first.route == 0 and config.monitor_enable and shown:
            self.seen.append((now, self._key(index, first.number), index, first.place))
        if first.goes_on:
            key = self._key(index, first.number + 1 + first.route)
            self._send(index, now, first.place, first.route, key)
            if first.route + 1 < len(config.destinations):
                first.route += 1
                return
        core.held.pop(0)
        if not core.held:
            core.free_at += core.late

    def _tick(self, now: int) -> None:
        wraps = self.options["overflow"] == "wrap"
        for index in sorted(self.cores):
            core = self.cores[index]
            if not core.config.leak_enable:
                continue
            channels, height, width = core.config.shape
            fired = [
                (c, y, x)
                for y in range(height)
                for x in range(width)
                for c in range(channels)
                if added(
                    core.config, core.v_mem, (c, y, x), int(core.config.biases[c]), wraps, Counter()
                )
            ]
            core.counts["spikes_of_ticks"] += len(fired)
            for neuron in fired:
                self._fire(index, now, neuron, holds=False)
