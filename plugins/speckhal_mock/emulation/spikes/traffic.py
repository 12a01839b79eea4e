"""The Python side of the event loop: it makes its tables of a chip, and does what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.emulation.spikes import bus_tables as bus_at
from speckhal_mock.emulation.spikes import core_tables as core_at
from speckhal_mock.emulation.spikes.activity import activity_of
from speckhal_mock.emulation.spikes.circles import CircleWatch
from speckhal_mock.emulation.spikes.event_loop import RUN_EVENTS, SEND_THOSE_OF_A_TICK
from speckhal_mock.emulation.spikes.spikes_out import SpikesOut
from speckhal_mock.emulation.spikes.tables_of_chip import (
    bus_of,
    fill_weights,
    tables_of,
    with_wider_line,
    with_wider_log,
    with_wider_starts,
)
from speckhal_mock.emulation.spikes.ticking import quicken

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal.contract.core_activity import CoreActivity
    from speckhal_mock.emulation.chip import EmulatedChip
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.spikes.bus_tables import Bus
    from speckhal_mock.emulation.spikes.core_tables import CoreTables

    Integers = npt.NDArray[np.int64]


class SpikeTraffic:
    """Spikes between the cores of one chip, for as long as its configuration stays.

    Args:
        chip: whose cores take them; its neurons are changed in place.
        options: what is assumed of it.
        deliver: called with what leaves the bus, in the order of time.
        went_round: called while cores keep each other busy, and long after anything last came from
            outside, with these cores.
    """

    def __init__(
        self,
        chip: EmulatedChip,
        options: EmulationOptions,
        deliver: Callable[[SpikesOut], None],
        went_round: Callable[[tuple[int, ...]], None],
    ) -> None:
        self._chip = chip
        self._deliver = deliver
        self._circle = CircleWatch(chip, went_round)
        self._tables: CoreTables = tables_of(chip, options)
        self._bus: Bus = bus_of(chip, options)
        most = int(self._bus.cores[:, bus_at.MOST_FIRED].max(initial=1))
        self._fired = np.zeros((core_at.FIRED_ROWS, most), dtype=np.int64)
        self._inputs = np.zeros((bus_at.INPUT_ROWS, 0), dtype=np.int64)
        self._fed: list[Integers] = []
        self._log = np.zeros((bus_at.LOG_ROWS, 0), dtype=np.int64)
        for core in chip.leaking:
            quicken(core.population, chip.cores[core.index].neurons.words)

    def weights_written(self) -> None:
        """Take the weights of all cores from their memories again."""
        fill_weights(self._tables, self._chip)

    def neurons_written(self, core: int) -> None:
        """Note that the host has written neurons of a core."""
        self._bus.cores[core, bus_at.WRITTEN] = 1

    def feed(
        self, layers: Integers, moments: Integers, c: Integers, y: Integers, x: Integers
    ) -> None:
        """Give spikes for inputs of cores, or for the readout (12), in any order of time.

        Those of one moment come in the order in which they were given.
        """
        rows = np.empty((bus_at.INPUT_ROWS, moments.size), dtype=np.int64)
        rows[bus_at.INPUT_TIME] = moments
        rows[bus_at.INPUT_CORE] = layers
        spikes = rows[bus_at.INPUT_SPIKE]
        np.left_shift(c, 8, out=spikes)
        spikes |= y
        spikes <<= 8
        spikes |= x
        self._fed.append(rows)

    def run_to(self, moment: int) -> None:
        """Do all that begins by a moment, and deliver what has left the bus by then.

        Raises:
            NotEmulatedError: a spike falls outside the map of the core that it goes to, and what
                happens then is not known; or cores that take no time send spikes round for ever.
        """
        self._take_in()
        self._note_owed()
        try:
            while (status := self._run(moment)) != bus_at.DONE:
                self._help(status)
        finally:
            self._note_touched()
        self._let_out(moment)

    def run_ahead(self, moment: int, fewer_than: int) -> int:
        """Do what begins by a moment, and stop before that many spikes can have left.

        Nothing is delivered, and nothing may come from outside by that moment.

        Returns:
            The moment up to which all is done.

        Raises:
            NotEmulatedError: as for `run_to`.
        """
        self._take_in()
        self._note_owed()
        room = min(fewer_than - 1 - self._log.shape[1], self._bus.log.shape[1])
        if room < 1:
            return 0
        log = self._bus.log
        self._bus = self._bus._replace(log=np.zeros((bus_at.LOG_ROWS, room), dtype=np.int64))
        try:
            while (status := self._run(moment)) not in (bus_at.DONE, bus_at.LOG_FULL):
                self._help(status)
        finally:
            self._note_touched()
            logged = self._bus.log[:, : self._bus.run[bus_at.LOGGED]]
            self._log = np.concatenate([self._log, logged], axis=1)
            self._bus.run[bus_at.LOGGED] = 0
            self._bus = self._bus._replace(log=log)
        return self.now_ns - (status == bus_at.LOG_FULL)  # then it stopped before what begins now

    @property
    def now_ns(self) -> int:
        """The latest moment at which anything was done."""
        return int(self._bus.run[bus_at.NOW])

    def send(self, core: int, c: Integers, y: Integers, x: Integers, moment: int) -> None:
        """Let go of neurons of a core that fired at one tick, in their order.

        Raises:
            NotEmulatedError: as for `run_to`.
        """
        spikes = c << 16 | y << 8 | x
        self._note_input()
        while (
            status := SEND_THOSE_OF_A_TICK(self._tables, self._bus, core, moment, spikes)
        ) != bus_at.DONE:
            self._help(status)
        self._let_out(moment)

    def next_ns(self) -> int | None:
        """When something next happens on the bus, or leaves it; None if nothing will."""
        self._take_in()
        moments = [int(self._bus.cores[:, bus_at.NEXT].min())]
        if self._can_enter():
            position, now = self._bus.run[bus_at.INPUT_POSITION], self._bus.run[bus_at.NOW]
            moments.append(int(max(self._inputs[bus_at.INPUT_TIME, position], now)))
        if self._bus.run[bus_at.LOGGED]:
            logged = self._bus.log[bus_at.LOG_TIME, : self._bus.run[bus_at.LOGGED]]
            moments.append(int(logged.min()))
        if self._log.size:
            moments.append(int(self._log[bus_at.LOG_TIME].min()))
        first = min(moments)
        return None if first == bus_at.NEVER else first

    def waits(self, core: int | None, moment: int) -> bool:
        """Whether spikes that came by a moment wait: from outside for room, or for that core."""
        self._take_in()
        outside = self._inputs[bus_at.INPUT_TIME, self._bus.run[bus_at.INPUT_POSITION] :]
        if outside.size and outside[0] <= moment:
            return True
        return core is not None and bool(self._bus.cores[core, bus_at.HEAD_TIME] <= moment)

    @property
    def under_way(self) -> int:
        """How many spikes wait for a core, or to leave one."""
        fed = sum(rows.shape[1] for rows in self._fed)
        left = self._inputs.shape[1] - int(self._bus.run[bus_at.INPUT_POSITION])
        held = int(self._bus.cores[:, bus_at.HELD_COUNT].sum())
        return int(fed + left + held + self._bus.line_ends[:, bus_at.COUNT].sum())

    @property
    def is_stuck(self) -> bool:
        """Whether spikes wait for room that nothing will ever make: a dead lock."""
        self._take_in()
        state = self._bus.cores
        return bool(
            (state[:, bus_at.HELD_COUNT] > 0).any()
            and (state[:, bus_at.NEXT] == bus_at.NEVER).all()
            and not self._can_enter()
        )

    @property
    def stuck_cores(self) -> tuple[int, ...]:
        """Cores that hold spikes for which there is no room."""
        return tuple(np.flatnonzero(self._bus.cores[:, bus_at.HELD_COUNT] > 0).tolist())

    def activity(self) -> tuple[CoreActivity, ...]:
        """What each core has done since the configuration was written."""
        waiting = [self._still_waiting(core) for core in range(len(self._chip.cores))]
        return activity_of(self._tables, waiting)

    def forget_longest(self) -> None:
        """Look for the longest queue and delay of each core anew."""
        self._tables.counts[:, [bus_at.LONGEST_QUEUE, bus_at.LONGEST_DELAY_NS]] = 0

    def _still_waiting(self, core: int) -> int:
        """How many events have arrived at a core and not begun."""
        columns, now = self._bus.cores[core], self._bus.run[bus_at.NOW]
        waiting = 0
        for line in columns[bus_at.FIRST_LINE :][: columns[bus_at.LINE_COUNT]].tolist():
            first, count, offset, room = self._bus.line_ends[line].tolist()
            places = offset + np.arange(first, first + count) % room
            times = self._bus.lines[places, bus_at.TIME]
            waiting += int(np.searchsorted(times, now, side="right"))
        return waiting

    def _take_in(self) -> None:
        """Put what was fed behind what is left to do, in the order of time."""
        if not self._fed:
            return
        left = self._inputs[:, self._bus.run[bus_at.INPUT_POSITION] :]
        self._note_input()
        merged = self._fed[0]
        if left.shape[1] or len(self._fed) > 1:
            merged = np.concatenate([left, *self._fed], axis=1)
        self._fed.clear()
        times = merged[bus_at.INPUT_TIME]
        if (times[1:] < times[:-1]).any():
            merged = np.ascontiguousarray(merged[:, np.argsort(times, kind="stable")])
        self._inputs = merged
        self._bus.run[bus_at.INPUT_POSITION] = 0

    def _can_enter(self) -> bool:
        """Whether a spike from outside is left, and the core that it goes to has room."""
        position = self._bus.run[bus_at.INPUT_POSITION]
        if position == self._inputs.shape[1]:
            return False
        into = int(self._inputs[bus_at.INPUT_CORE, position])
        if into == bus_at.READOUT:
            return True
        core = self._bus.cores[into]
        depth = int(core[bus_at.DEPTH])
        if depth < 0 or core[bus_at.DROPS_WHEN_FULL]:
            return True
        lines = core[bus_at.FIRST_LINE :][: core[bus_at.LINE_COUNT]]
        return int(self._bus.line_ends[lines, bus_at.COUNT].sum()) < depth

    def _run(self, moment: int) -> int:
        status = int(RUN_EVENTS(self._tables, self._bus, self._inputs, moment, self._fired))
        if self._bus.run[bus_at.INPUT_POSITION] < self._inputs.shape[1]:
            self._note_input()
        self._circle.look(int(self._bus.run[bus_at.EVENTS]), int(self._bus.run[bus_at.BEGUN]))
        return status

    def _note_input(self) -> None:
        self._circle.note_input(int(self._bus.run[bus_at.EVENTS]))

    def _help(self, status: int) -> None:
        """Make room, or do what the event loop cannot; raise where nothing helps."""
        asking = int(self._bus.run[bus_at.ASKING])
        if status == bus_at.TICKS_OWED:
            self._chip.cores[asking].settle()
            self._bus.cores[asking, bus_at.OWED] = 0
        elif status == bus_at.LOG_FULL:
            self._let_out(int(self._bus.run[bus_at.NOW]))
            self._bus = with_wider_log(self._bus, asking)
        elif status == bus_at.LINE_FULL:
            if self._bus.line_ends[asking, bus_at.ROOM] >= bus_at.MOST_WAITING:
                raise NotEmulatedError(
                    f"More than {bus_at.MOST_WAITING // 2} spikes wait for one core: it gets more "
                    f"than it can do, for ever. Let fewer spikes come, or say with the option "
                    f"queue_depth how many a core can keep waiting."
                )
            self._bus = with_wider_line(self._bus, asking)
        elif status == bus_at.WAITING_FULL:
            self._bus = with_wider_starts(self._bus, asking)
        elif status == bus_at.OUTSIDE:
            raise NotEmulatedError(
                f"A spike falls outside the input map of core {asking}. What a chip "
                f"makes of it is not published. Let maps fit, or say what to assume with the "
                f"option out_of_range_event: 'drop' or 'wrap'."
            )
        elif status == bus_at.ENDLESS:
            raise NotEmulatedError(
                "Spikes go round in a circle of cores that take no time, so that time stands "
                "still. Give them time, with the option event_s, or core_operations_per_s, "
                "core_0_operations_per_s and core_1_operations_per_s."
            )

    def _let_out(self, moment: int) -> None:
        """Deliver what has left the bus by a moment, before which nothing more will."""
        count = int(self._bus.run[bus_at.LOGGED])
        if not count and not self._log.size:
            return
        rows = np.concatenate([self._log, self._bus.log[:, :count]], axis=1)
        self._bus.run[bus_at.LOGGED] = 0
        out = rows[bus_at.LOG_TIME] <= moment
        self._log = rows[:, ~out]
        rows = rows[:, out]
        if rows.size:
            order = np.lexsort((rows[bus_at.LOG_KEY], rows[bus_at.LOG_TIME]))
            moments, layers, spikes, _ = rows[:, order]
            self._deliver(
                SpikesOut(moments, layers, spikes >> 16, spikes >> 8 & 0xFF, spikes & 0xFF)
            )

    def _note_owed(self) -> None:
        state = self._bus.cores
        state[:, bus_at.OWED] = 0
        for core in self._chip.leaking:
            state[core.index, bus_at.OWED] = core.population.owes_ticks

    def _note_touched(self) -> None:
        touched = self._bus.cores[:, bus_at.TOUCHED]
        for core in self._chip.leaking:
            if touched[core.index]:
                core.population.spikes_came()
        touched[:] = 0
