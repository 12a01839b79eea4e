"""How a host waits for its boards: each look costs time, and time makes them work."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from speckhal.contract.clock import duration_ns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.clock import EmulationClock

_NS_PER_MS: Final = 1_000_000

_BESIDE_THREADS_NS: Final = _NS_PER_MS
"""How long a wait does not look at the boards while other threads run."""

_CROWD_NS: Final = _NS_PER_MS
"""How long it does not where the sensor's next event is nearer than that.

A board sends what comes within about a millisecond together.
"""


def catch_up(boards: Iterable[EmulatedBoard]) -> None:
    """Let the boards do, and send, everything that has fallen due."""
    for board in boards:
        board.catch_up()


def settle(boards: Iterable[EmulatedBoard]) -> None:
    """Let the boards do what has fallen due; one that stands still complains only if it is news."""
    for board in boards:
        board.settle()


def spend(boards: Iterable[EmulatedBoard], cost_s: Callable[[EmulatedBoard], float]) -> None:
    """Let the time pass that an operation on these boards takes, once on each of their clocks."""
    costs: dict[int, tuple[EmulationClock, float]] = {}
    for board in boards:
        _, so_far = costs.get(id(board.clock), (board.clock, 0.0))
        costs[id(board.clock)] = board.clock, max(so_far, cost_s(board))
    for clock, cost in costs.values():
        clock.advance_ns(duration_ns(cost))


def look(boards: Sequence[EmulatedBoard]) -> None:
    """Spend what one look at a sink costs, and let the boards catch up."""
    spend(boards, lambda board: board.options.poll_s)
    catch_up(boards)


def wait_for(
    satisfied: Callable[[], bool],
    boards: Sequence[EmulatedBoard],
    clocks: Sequence[EmulationClock],
    timeout_ms: int | None,
    pending_ns: Callable[[], Iterable[int]],
    work_ahead_ns: Callable[[int | None], int | None],
) -> None:
    """Let time pass on the boards' clocks until `satisfied`, or the time is over.

    Time goes from one moment at which a board has something to do to the next, so that waiting
    costs no more than what happens meanwhile. While other threads run, which may give the boards
    something to do at any time, it goes in short steps. Where a sensor sees much it does not stop
    at each of its events, but goes on by a millisecond.

    Args:
        satisfied: asked after everything that happens.
        boards: all that can make it true.
        clocks: theirs, each once, and those of boards that no longer can.
        timeout_ms: None waits for ever.
        pending_ns: how long until each thing that is still to come.
        work_ahead_ns: lets the board do much at once, at most for so long, and gives how long that
            takes; None if it did nothing. Not asked for while other threads run.

    Raises:
        RuntimeError: it would wait for ever, because no board has anything to do, and no other
            thread runs that could change this.
    """
    look(boards)
    deadlines = (
        None
        if timeout_ms is None
        else {id(clock): clock.now_ns() + timeout_ms * _NS_PER_MS for clock in clocks}
    )
    while not satisfied():
        steps, left_ns = [*pending_ns()], None
        if deadlines is not None:
            left_ns = max((deadlines[id(clock)] - clock.now_ns() for clock in clocks), default=0)
            if left_ns <= 0:
                return
            steps.append(left_ns)
        if threading.active_count() > 1:
            steps.append(_BESIDE_THREADS_NS)
        if not steps:
            raise RuntimeError(
                "Asked to wait for events without a timeout, and nothing is pending on any board "
                "upstream: this would never return. Give a timeout, or make something happen first."
            )
        if any(board.sensor_sends_within(_CROWD_NS) for board in boards):
            step = _CROWD_NS if left_ns is None else min(_CROWD_NS, left_ns)
        else:
            ahead_ns = work_ahead_ns(left_ns) if threading.active_count() == 1 else None
            step = max(min(steps), 0) if ahead_ns is None else ahead_ns
        for clock in clocks:
            clock.wait_until_ns(clock.now_ns() + step)
        catch_up(boards)
