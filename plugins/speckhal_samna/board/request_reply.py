"""One question to many addresses of a core, the count of the answers, and how to set the same."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import ProbeIncomplete
from speckhal_samna.board.still_collector import no_garbage_collection

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from speckhal_samna.bindings import Addressed
    from speckhal_samna.board.open_board import Board
    from speckhal_samna.chip import Question

PATIENCE_S = 2.0
"""Longest wait for the next answer; a kit answers within milliseconds."""


class Exchange:
    """Asks the same addresses again and again.

    The requests are built once and written again for every reading; answers are put in place
    with a table from address to position. Answers may come in any order, since the vendor
    promises none, but each must come exactly once.

    Args:
        board: whom to ask.
        question: what to ask.
        core: of which core.
        addresses: in which order the values are wanted; each once.
    """

    def __init__(
        self,
        board: Board,
        question: Question,
        core: int,
        addresses: npt.NDArray[np.int64],
    ) -> None:
        self._board = board
        self._question = question
        self._core = core
        self._requests: list[Addressed] = []
        for address in addresses.tolist():
            request = question.request()
            # the vendor's field is called layer and means the core
            request.layer = core
            request.address = address
            self._requests.append(request)
        self._position_of = np.full(int(addresses.max(initial=0)) + 1, -1, dtype=np.int64)
        self._position_of[addresses] = np.arange(addresses.size)

    def ask(self) -> npt.NDArray[np.int16]:
        """The values now, in the order of the addresses.

        Raises:
            ProbeIncomplete: an answer is missing, came twice, or belongs to another address.
            DeviceClosed: the board is closed.
            DeviceFailed: the vendor raised.
        """
        with self._board.asked_to(f"read {self._question.what}"), no_garbage_collection():
            self.settle()
            self._board.may_still_answer = True
            self._board.sink.clear_events()
            self._board.source.write(self._requests)
            values = self._collect()
            self._board.may_still_answer = False
            return values

    def settings(self, values: npt.NDArray[np.int16]) -> list[Addressed]:
        """What sets the addresses to these values, in their order; `ask` finds out what is there.

        Raises:
            ValueError: there are more or fewer values than addresses.
        """
        settings: list[Addressed] = []
        for request, value in zip(self._requests, values.tolist(), strict=True):
            setting = self._question.setting()
            setting.layer, setting.address = request.layer, request.address
            setattr(setting, self._question.field, value)
            settings.append(setting)
        return settings

    def set(self, settings: list[Addressed]) -> None:
        """Send what `settings` made.

        Raises:
            DeviceClosed: the board is closed.
            DeviceFailed: the vendor raised.
        """
        with self._board.asked_to(f"write {self._question.what}"):
            self._board.source.write(settings)

    def settle(self) -> None:
        """Wait until nothing more comes of an earlier reading, if that failed.

        What comes late must not be taken for the answer to another question. Spikes are no
        answers, and may never cease to come.
        """
        with self._board.asked_to("finish an earlier reading"):
            board, spikes = self._board, {self._board.classes.event.Spike}
            if board.may_still_answer:
                until_s = board.clock.now_s() + PATIENCE_S
                while (left_s := until_s - board.clock.now_s()) > 0:
                    heard = board.sink.get_n_events(1, timeout=_milliseconds(left_s))
                    if not heard:
                        break
                    if not {*map(type, heard), *map(type, board.sink.get_events())} <= spikes:
                        until_s = board.clock.now_s() + PATIENCE_S
            board.may_still_answer = False

    def _collect(self) -> npt.NDArray[np.int16]:
        wanted = len(self._requests)
        values = np.zeros(wanted, dtype=np.int16)
        times_answered = np.zeros(wanted, dtype=np.int64)
        foreign = 0
        deadline_s = self._board.clock.now_s() + PATIENCE_S
        while True:
            missing = wanted - int(np.count_nonzero(times_answered))
            remaining_s = deadline_s - self._board.clock.now_s()
            is_over = not missing or remaining_s <= 0
            # one more look when all is there: an answer too many counts as well
            events = (
                self._board.sink.get_events()
                if is_over
                else self._board.sink.get_n_events(missing, timeout=_milliseconds(remaining_s))
            )
            answers = self._answers_among(events)
            if answers:
                positions, states = self._locate(answers)
                known = positions >= 0
                foreign += int((~known).sum())
                values[positions[known]] = states[known]
                times_answered += np.bincount(positions[known], minlength=wanted)
                deadline_s = self._board.clock.now_s() + PATIENCE_S
            if is_over:
                break
        self._check(times_answered, foreign)
        return values

    def _answers_among(self, events: Sequence[object]) -> Sequence[object]:
        wanted = self._question.answer
        if set(map(type, events)) <= {wanted}:  # as good as always, and much faster to find
            return events
        return [event for event in events if isinstance(event, wanted)]

    def _locate(
        self, answers: Sequence[object]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int16]]:
        """Which position each answer is for (-1: none that was asked for), and its value."""
        addresses = _column("address", answers)
        states = _column(self._question.field, answers)
        inside = addresses < self._position_of.size
        if set(map(attrgetter("layer"), answers)) != {self._core}:  # else it is not worth a column
            inside &= _column("layer", answers) == self._core
        positions = np.where(inside, self._position_of[np.where(inside, addresses, 0)], -1)
        return positions, states.astype(np.int16)

    def _check(self, times_answered: npt.NDArray[np.int64], foreign: int) -> None:
        requested = times_answered.size
        once = int((times_answered == 1).sum())
        faults = {
            "never answered": int((times_answered == 0).sum()),
            "answered more than once": int((times_answered > 1).sum()),
            "answers came from addresses that were not asked": foreign,
        }
        found = [f"{count} {what}" for what, count in faults.items() if count]
        if found:
            raise ProbeIncomplete(
                f"Read {requested} {self._question.what} of core {self._core}: "
                f"{once} of {requested} answered exactly once, {', '.join(found)}.",
                requested=requested,
                answered=once,
                hint="Read again; if it stays, lower the slow clock's rate or reset the board."
                if times_answered.any()
                else "Check the cable and the power, and read again; if it stays, reset the board.",
            )


def _milliseconds(duration_s: float) -> int:
    return max(1, round(duration_s * 1e3))


def _column(field: str, answers: Sequence[object]) -> npt.NDArray[np.int64]:
    return np.fromiter(map(attrgetter(field), answers), dtype=np.int64, count=len(answers))
