"""Rules of the board: the slow clock, requests and their answers, resetting."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.clock import duration_ns
from speckhal_mock.testing.breakage import Breakage, around, board_method

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.board import EmulatedBoard

    Addresses = npt.NDArray[np.int64]

BIASES_OF_A_CORE: Final = np.arange(64)
"""Enough for every network that has a bias to lose."""


def _asked(name: str, rule: str, change: Callable[[Addresses], Addresses]) -> Breakage:
    """Other neurons are read than were asked for."""
    return board_method(
        name,
        rule,
        "read_neurons",
        lambda read, core, addresses: read(core, change(np.asarray(addresses))),
    )


def _every_tenth_lost(board: EmulatedBoard) -> None:
    numbers = itertools.count(1)
    around(board, "pulse_slow_clk", lambda pulse: pulse() if next(numbers) % 10 else None)


def _first_lost(board: EmulatedBoard) -> None:
    fresh = [False]

    def configure(was: Callable[..., object], *arguments: object, **named: object) -> None:
        was(*arguments, **named)
        fresh[0] = True

    def pulse(was: Callable[[], object]) -> None:
        if not fresh[0]:
            was()
        fresh[0] = False

    around(board, "apply_configuration", configure)
    around(board, "pulse_slow_clk", pulse)


def _runs_once_configured(board: EmulatedBoard) -> None:
    def configure(was: Callable[..., object], *arguments: object, **named: object) -> None:
        was(*arguments, **named)
        board.set_slow_clk(True)

    around(board, "apply_configuration", configure)


def _reading_ticks(board: EmulatedBoard) -> None:
    def read(was: Callable[..., object], *arguments: object) -> None:
        board.pulse_slow_clk()
        was(*arguments)

    around(board, "read_neurons", read)


def _tick_falls_into_readings(board: EmulatedBoard) -> None:
    def read(was: Callable[..., object], core: int, addresses: Addresses) -> None:
        asked = np.asarray(addresses)
        half = asked.size // 2
        if board.slow_clock_running and half:
            was(core, asked[half:])
            # so that these are answered before the tick
            board.clock.advance_ns(duration_ns(board.options.read_latency_s))
            board.pulse_slow_clk()
            was(core, asked[:half])
        else:
            was(core, asked)

    around(board, "read_neurons", read)


def _reading_restarts_the_clock(board: EmulatedBoard) -> None:
    def read(was: Callable[..., object], *arguments: object) -> None:
        was(*arguments)
        if board.slow_clock_running:
            board.set_slow_clk(False)
            board.set_slow_clk(True)

    around(board, "read_neurons", read)


def _reset_clears_biases(board: EmulatedBoard) -> None:
    def reset(was: Callable[[], object]) -> None:
        was()
        for core in range(len(board.memories)):
            board.write_biases(core, BIASES_OF_A_CORE, np.zeros_like(BIASES_OF_A_CORE))

    around(board, "reset_states", reset)


BOARD: Final = (
    board_method(
        "two-ticks-for-one",
        "a pulse makes two ticks",
        "pulse_slow_clk",
        lambda pulse: (pulse(), pulse()),
    ),
    Breakage("every-tenth-tick-lost", "every tenth pulse makes no tick", board=_every_tenth_lost),
    Breakage("first-tick-lost", "the first pulse after deploying makes no tick", board=_first_lost),
    board_method(
        "clock-never-stops",
        "the slow clock cannot be switched off",
        "set_slow_clk",
        lambda switch, on: switch(on) if on else None,
    ),
    board_method(
        "clock-never-starts",
        "the slow clock cannot be switched on",
        "set_slow_clk",
        lambda switch, on: None if on else switch(on),
    ),
    Breakage(
        "clock-on-after-deploying", "deploying starts the slow clock", board=_runs_once_configured
    ),
    board_method(
        "rate-ignored",
        "the slow clock keeps its first rate",
        "set_slow_clk_rate",
        lambda _set, _rate_hz: None,
    ),
    board_method(
        "rate-off-by-a-tenth",
        "the slow clock is a tenth too fast",
        "set_slow_clk_rate",
        lambda set_, rate_hz: set_(max(rate_hz + 1, rate_hz * 11 // 10)),
    ),
    Breakage("reading-ticks", "reading makes a tick", board=_reading_ticks),
    Breakage(
        "reading-holds-the-clock",
        "reading starts the slow clock's period anew",
        board=_reading_restarts_the_clock,
    ),
    Breakage(
        "readings-torn",
        "a tick falls into each reading of a running clock",
        board=_tick_falls_into_readings,
    ),
    _asked("one-answer-lost", "the last answer is lost", lambda all_: all_[:-1]),
    _asked(
        "answers-beyond-1000-lost",
        "answers are lost from the thousandth on",
        lambda all_: all_[:1000],
    ),
    _asked(
        "one-answer-twice",
        "the first answer comes twice",
        lambda all_: np.append(all_, all_[:1]),
    ),
    board_method(
        "write-to-a-neighbour",
        "what is written goes to the next neuron",
        "write_neurons",
        lambda write, core, addresses, values: write(core, addresses, np.roll(values, 1)),
    ),
    board_method(
        "writes-limited",
        "what is written is limited to 8 bits",
        "write_neurons",
        lambda write, core, addresses, values: write(core, addresses, np.clip(values, -128, 127)),
    ),
    board_method(
        "writes-ignored", "what is written to neurons is ignored", "write_neurons", lambda *_: None
    ),
    board_method(
        "bias-writes-ignored",
        "what is written to biases is ignored",
        "write_biases",
        lambda *_: None,
    ),
    board_method(
        "reset-does-nothing",
        "resetting the states does nothing",
        "reset_states",
        lambda _reset: None,
    ),
    Breakage(
        "reset-clears-biases", "resetting the states clears the biases", board=_reset_clears_biases
    ),
)
