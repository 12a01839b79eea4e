"""Plays spikes into a network, and gathers what comes of them until nothing more does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.errors import InputError, ProbeIncomplete, StimulationUnfinished
from speckhal.contract.spikes import SENSOR_INPUT
from speckhal_samna.board.chip_spikes import SENSOR, STAMPS, ChipSpikes
from speckhal_samna.board.request_reply import Exchange
from speckhal_samna.board.stimulation_time import LIMIT_S, silence_s

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.spikes import Spikes
    from speckhal_samna.board.chip_spikes import SpikeWay
    from speckhal_samna.board.open_board import Board
    from speckhal_samna.board.spike_record import SpikeRecord
    from speckhal_samna.board.stimulation_time import CoreLoad

LOOK_EVERY_S: Final = 0.1
"""How often what has come is fetched while spikes are played."""

SHORTEST_PAUSE_S: Final = 1e-6
"""Until a board that knows whether it is quiet is asked a second time; each pause is twice as long
as the one before, up to `LOOK_EVERY_S`."""


class Stimulation:
    """One stimulation of a deployed network.

    It ends by a rule. The time of the last spike must have come, first. A board that knows then
    says when it is quiet. No real board does: there the cores are given the time that their work
    can take, the board must answer a request that queues behind the spikes, and then nothing may
    come for as long as an event takes through all cores. What a core works at in silence for longer
    than that, nobody can see.

    Args:
        board: which is open.
        way: by which spikes get there and back.
        record: which keeps what comes.
        cores: by layer.
        loads: by core, of those in use.
    """

    def __init__(
        self,
        board: Board,
        way: SpikeWay,
        record: SpikeRecord,
        *,
        cores: Mapping[int, int],
        loads: Mapping[int, CoreLoad],
    ) -> None:
        self._board = board
        self._way = way
        self._record = record
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
        core_of = np.zeros(max(self._cores, default=0) + 1, np.int64)
        core_of[list(self._cores)] = list(self._cores.values())
        of_sensor = spikes.layer == SENSOR_INPUT
        core = np.where(of_sensor, SENSOR, core_of[np.where(of_sensor, 0, spikes.layer)])
        stamp_us = spikes.time_us + lead_us
        send = self._way.prepare(ChipSpikes(core, spikes.channel, spikes.y, spikes.x, stamp_us))
        record.restart(lead_us=lead_us)
        began_s = board.clock.now_s() + lead_s
        # what an error or an interrupt leaves in the record is for whoever asks what was recorded
        send()
        self._wait_until(began_s + (int(spikes.time_us[-1]) / 1e6 if len(spikes) else 0.0))
        done_s = began_s + max(
            # what the sensor gets may all go to any of them
            (
                load.done_s(spikes.time_us[(core == one) | of_sensor])
                for one, load in self._loads.items()
            ),
            default=0.0,
        )
        if self._way.is_quiet() is None:
            self._wait_for_silence(done_s, played=bool(len(spikes)))
        else:
            self._wait_for_quiet(done_s)
        if (lock := self._way.dead_lock()) is not None:
            raise self._unfinished(f"they are in a dead lock: {lock}")
        record.look()
        return record.take_since_restart().sorted()

    def _wait_until(self, moment_s: float) -> None:
        while (left_s := moment_s - self._board.clock.now_s()) > 0:
            self._pass_time(min(left_s, LOOK_EVERY_S))

    def _pass_time(self, duration_s: float) -> bool:
        """Let time pass; whether anything has come meanwhile."""
        self._board.clock.sleep_s(max(duration_s, SHORTEST_PAUSE_S))
        return self._record.look()

    def _wait_for_quiet(self, done_s: float) -> None:
        """Wait for a board that knows whether anything is on its way."""
        until_s = max(done_s, self._board.clock.now_s()) + LIMIT_S
        pause_s = SHORTEST_PAUSE_S
        self._record.look()
        while not self._way.is_quiet() and self._way.dead_lock() is None:
            self._refuse_after(until_s, "something was still on its way")
            self._pass_time(pause_s)
            pause_s = min(2 * pause_s, LOOK_EVERY_S)

    def _wait_for_silence(self, done_s: float, *, played: bool) -> None:
        """Wait for a board that cannot know it."""
        clock = self._board.clock
        self._wait_until(done_s)
        if played:
            self._ask_behind_spikes(next(iter(self._loads)))
        for_s = silence_s(self._loads.values(), self._board.chip.quiet_for_s.value)
        heard_s = clock.now_s()
        until_s = heard_s + LIMIT_S
        while (left_s := heard_s + for_s - clock.now_s()) > 0:
            self._refuse_after(until_s, f"spikes still came at less than {for_s:.3g} s distance")
            if self._pass_time(min(left_s, LOOK_EVERY_S)):
                heard_s = clock.now_s()

    def _ask_behind_spikes(self, core: int) -> None:
        """Let the board answer what queues behind the last spike: so it has let in all of them."""
        question = self._board.classes.neuron_question
        try:
            Exchange(self._board, question, core, np.zeros(1, np.int64)).ask()
        except ProbeIncomplete as error:
            raise self._unfinished("the board did not answer what queues behind them") from error

    def _refuse_after(self, moment_s: float, what: str) -> None:
        if self._board.clock.now_s() > moment_s:
            raise self._unfinished(f"{LIMIT_S:.3g} s after they could have had their effect {what}")

    def _unfinished(self, what: str) -> StimulationUnfinished:
        self._record.look()
        gathered = self._record.take_since_restart().sorted()
        return StimulationUnfinished(
            f"Played spikes to {self._board.name}, and {what}. The monitored layers have sent "
            f"{len(gathered)} spikes until then; the error's `spikes` are these.",
            spikes=gathered,
            hint="Look for layers that keep each other firing, and for a slow clock that runs and "
            "makes neurons fire: stop it, and use tick(). Deploy again to quiet the chip.",
        )
