"""Plays spikes into a network, and gathers what comes of them until nothing more does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.errors import InputError, ProbeIncomplete, StimulationUnfinished
from speckhal.contract.spikes import SENSOR_INPUT, Spikes
from speckhal_samna.board.chip_spikes import SENSOR, STAMPS, ChipSpikes
from speckhal_samna.board.request_reply import Exchange
from speckhal_samna.board.stimulation_time import LIMIT_S, silence_s, work_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from speckhal_samna.board.chip_spikes import SpikeWay
    from speckhal_samna.board.open_board import Board
    from speckhal_samna.board.slow_clock import SlowClock
    from speckhal_samna.board.spike_record import SpikeRecord
    from speckhal_samna.board.stimulation_time import CoreLoad
    from speckhal_samna.board.waiting_spikes import WaitingSpikes

LOOK_EVERY_S: Final = 0.1
"""How often what has come is fetched while spikes are played."""

SHORTEST_PAUSE_S: Final = 1e-6
"""Until a board that knows whether it is quiet is asked a second time; each pause is twice as long
as the one before, up to `LOOK_EVERY_S`."""


MOST_LATE: Final = 5_000_000
"""Spikes that may come late where nothing bounds their number. One core makes as many in a second;
ten times as many take more memory than most computers have, with the files that are made of them.
"""


class _Lasts(Exception):
    """Something does not come to its end; why, as the end of a sentence."""


class Stimulation:
    """Stimulations of a deployed network, one after another.

    Each ends by a rule. The time of the last spike must have come, first. A board that knows then
    says when it is quiet. No real board does: there the cores are given the time that their work
    can take, the board must answer a request that was sent after the spikes, and then nothing may
    come for as long as an event takes through all cores. What a core works at in silence for longer
    than that, nobody can see.

    The answer shows that all spikes are on the board, not that all have been let in: whether a
    request waits behind spikes there or overtakes them is not published. So the work of those that
    may have come late is waited for besides.

    It is an error if that does not come. Where no spike can come back to the core that it left, and
    neither the slow clock nor the sensor makes neurons fire, all work comes to an end: a board that
    knows whether it is quiet is waited for, however far it is behind, and a real one for as long as
    all that can come of the spikes takes at most, and `LIMIT_S` more. Elsewhere `LIMIT_S` after the
    spikes can have had their effect is the end, or, on an emulated board, after there were last
    fewer spikes under way than ever before: such a board is behind, and gets on. On a kit much work
    and endless work look the same. As many as `MOST_LATE` spikes in that time are the end too, as
    they would fill the memory. A board that knows of a dead lock is not waited for.

    What one leaves that was interrupted, or did not end, never comes out of the next one. An
    emulated board drops what waits for its time. No call of the vendor's does that, so on a kit the
    next one begins after the last of them, or is refused if that is more than `LIMIT_S` away. Then
    what is on its way must come to its end, as of any stimulation.

    Args:
        board: which is open.
        way: by which spikes get there and back.
        record: which keeps what comes.
        waiting: what may wait on the board.
        slow_clock: the board's, which makes neurons fire as long as it runs.
        has_sensor: whether the sensor may do so.
        cores: by layer.
        loads: by core, of those in use.
    """

    def __init__(
        self,
        board: Board,
        way: SpikeWay,
        record: SpikeRecord,
        waiting: WaitingSpikes,
        *,
        slow_clock: SlowClock,
        has_sensor: bool,
        cores: Mapping[int, int],
        loads: Mapping[int, CoreLoad],
    ) -> None:
        self._board = board
        self._way = way
        self._record = record
        self._waiting = waiting
        self._slow_clock = slow_clock
        self._has_sensor = has_sensor
        self._cores = cores
        self._loads = loads

    def run(self, spikes: Spikes) -> Spikes:
        """Play spikes, in the order of time; what monitored layers send meanwhile.

        Raises:
            StimulationUnfinished: it does not end.
        """
        board, record = self._board, self._record
        lead_s = 0.0 if board.clock.is_virtual else board.chip.stimulation_lead_s.value
        lead_us = round(lead_s * 1e6)
        if len(spikes) and int(spikes.time_us[-1]) + lead_us >= STAMPS:
            raise InputError(
                f"Asked for spikes up to {int(spikes.time_us[-1]):,} us, and the board's stop "
                f"watch counts to {STAMPS - 1:,} us, {lead_us:,} of which pass before time 0.",
                hint="Play them in parts of at most 71 minutes.",
            )
        self._end_the_one_before()
        core_of = np.zeros(max(self._cores, default=0) + 1, np.int64)
        core_of[list(self._cores)] = list(self._cores.values())
        of_sensor = spikes.layer == SENSOR_INPUT
        core = np.where(of_sensor, SENSOR, core_of[np.where(of_sensor, 0, spikes.layer)])
        stamp_us = spikes.time_us + lead_us
        send = self._way.prepare(ChipSpikes(core, spikes.channel, spikes.y, spikes.x, stamp_us))
        # what the sensor gets may all go to any of them
        of_core = {one: spikes.time_us[(core == one) | of_sensor] for one in self._loads}
        record.restart(lead_us=lead_us)
        began_s = board.clock.now_s() + lead_s
        last_s = began_s + (int(spikes.time_us[-1]) / 1e6 if len(spikes) else 0.0)
        # what an error or an interrupt leaves in the record is for whoever asks what was recorded
        self._waiting.play(until_s=last_s)
        send()
        late_us = max(0, round((board.clock.now_s() - began_s) * 1e6))
        try:
            self._wait_until(last_s)
            self._wait_for_the_end(began_s, late_us, of_core)
        except _Lasts as lasts:
            raise self._unfinished(str(lasts)) from lasts.__cause__
        self._waiting.forget()
        record.look()
        return record.take_since_restart().sorted()

    def _end_the_one_before(self) -> None:
        """See that nothing is left of a stimulation of which nobody has seen the end."""
        if not self._waiting.may_be_there:
            return
        self._waiting.clear("play spikes")
        try:
            self._wait_for_the_end(self._board.clock.now_s(), 0, {})
        except _Lasts as lasts:
            raise StimulationUnfinished(
                f"Asked {self._board.name} to play spikes, and those of a stimulation that was "
                f"left are still at work: {lasts}. Nothing was played.",
                spikes=Spikes.concatenate(()),
                hint="Deploy again to quiet the chip.",
            ) from lasts.__cause__
        self._waiting.forget()

    def _wait_for_the_end(
        self, began_s: float, late_us: int, of_core: Mapping[int, npt.NDArray[np.int64]]
    ) -> None:
        """Wait until nothing more can come of events, which have all been sent.

        Args:
            began_s: the moment of their time 0.
            late_us: their time at which the last was sent; none is later on the board than that, or
                than its own time.
            of_core: times of those that each core gets.

        Raises:
            _Lasts: it does not come to an end.
        """
        done = (
            self._loads[core].done_s(np.maximum(times_us, late_us))
            for core, times_us in of_core.items()
        )
        done_s = began_s + max(done, default=0.0)
        given = {core: times_us.size for core, times_us in of_core.items()}
        is_driven = self._slow_clock.is_running or self._has_sensor
        at_most_s = math.inf if is_driven else work_s(self._loads, given)
        if self._way.is_quiet() is None:
            self._wait_for_silence(done_s, given, began_s + at_most_s)
        else:
            self._wait_for_quiet(done_s, ends=at_most_s < math.inf)
        if (lock := self._way.dead_lock()) is not None:
            raise _Lasts(f"they are in a dead lock: {lock}")

    def _wait_until(self, moment_s: float) -> None:
        while (left_s := moment_s - self._board.clock.now_s()) > 0:
            self._pass_time(min(left_s, LOOK_EVERY_S))

    def _pass_time(self, duration_s: float) -> bool:
        """Let time pass; whether anything has come meanwhile."""
        self._board.clock.sleep_s(max(duration_s, SHORTEST_PAUSE_S))
        return self._record.look()

    def _wait_for_quiet(self, done_s: float, *, ends: bool) -> None:
        """Wait for a board that knows whether anything is on its way."""
        until_s = math.inf if ends else max(done_s, self._board.clock.now_s()) + LIMIT_S
        fewest, pause_s = self._way.under_way(), SHORTEST_PAUSE_S
        self._record.look()
        before = self._record.came
        while not self._way.is_quiet() and self._way.dead_lock() is None:
            if (left := self._way.under_way()) < fewest:  # it is getting on
                before = self._record.came
                fewest, until_s = left, max(until_s, self._board.clock.now_s() + LIMIT_S)
            self._refuse_after(until_s, "something was still on its way")
            if not ends and self._board.clock.now_s() > done_s:
                self._refuse_flood(before)
            self._pass_time(pause_s)
            pause_s = min(2 * pause_s, LOOK_EVERY_S)

    def _wait_for_silence(self, done_s: float, given: Mapping[int, int], work_s: float) -> None:
        """Wait for a board that cannot know it."""
        clock, quiet_for_s = self._board.clock, self._board.chip.quiet_for_s.value
        self._wait_until(done_s)
        if any(given.values()):
            asked_s = clock.now_s()
            self._ask_after_spikes(next(iter(self._loads)))
            if clock.now_s() - asked_s > quiet_for_s:  # so spikes were still coming to the board
                backlog = (self._loads[core].event_s * count for core, count in given.items())
                self._wait_until(clock.now_s() + max(backlog))
        for_s = silence_s(self._loads.values(), quiet_for_s)
        heard_s, before = clock.now_s(), self._record.came
        until_s = (max(heard_s, work_s) if work_s < math.inf else heard_s) + LIMIT_S
        while (left_s := heard_s + for_s - clock.now_s()) > 0:
            self._refuse_after(until_s, f"spikes still came at less than {for_s:.3g} s distance")
            if work_s == math.inf:
                self._refuse_flood(before)
            if self._pass_time(min(left_s, LOOK_EVERY_S)):
                heard_s = clock.now_s()

    def _ask_after_spikes(self, core: int) -> None:
        """Let the board answer what is sent after the last spike: then all are on it."""
        question = self._board.classes.neuron_question
        try:
            Exchange(self._board, question, core, np.zeros(1, np.int64)).ask()
        except ProbeIncomplete as error:
            raise _Lasts("the board did not answer what was sent after them") from error

    def _refuse_after(self, moment_s: float, what: str) -> None:
        if self._board.clock.now_s() > moment_s:
            raise _Lasts(f"{LIMIT_S:.3g} s after they could have had their effect {what}")

    def _refuse_flood(self, before: int) -> None:
        if (more := self._record.came - before) > MOST_LATE:
            raise _Lasts(
                f"{more:,} spikes came after they could have had their effect, and they did not end"
            )

    def _unfinished(self, what: str) -> StimulationUnfinished:
        self._record.look()
        gathered = self._record.take_since_restart().sorted()
        return StimulationUnfinished(
            f"Played spikes to {self._board.name}, and {what}. The monitored layers have sent "
            f"{len(gathered):,} spikes until then; the error's `spikes` are these.",
            spikes=gathered,
            hint="Look for layers that keep each other firing, and for a slow clock that runs and "
            "makes neurons fire: stop it, and use tick(). Deploy again to quiet the chip.",
        )
