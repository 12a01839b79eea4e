"""Schedules of the bus between cores, each drawn from a seed, and what is wrong with one.

A schedule is a net, often with loops, options of the emulation, spikes, ticks of the slow clock
among them, and parts in which time goes on.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from spike_boards import board_of, changed, seen_on, states
from spike_ledger import differences
from spike_oracle import Oracle, random_net

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.clock import VirtualClock
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.core import CoreConfig

SPIKES: Final = 60
LAST_US: Final = 60
ENDS_S: Final = 400e-6
"""Nets that keep themselves going are cut there."""

MOST_EVENTS: Final = 3000
"""A net that does more before that says nothing new, and takes the oracle long."""

PLAIN: Final[dict[str, object]] = {
    "arbitration": "fifo",
    "sweep": "kernel_first",
    "decimator_scope": "core",
    "decimator_phase": "last",
    "decimator_before_monitor": True,
    "retained_last_spike": False,
}
"""What the oracle knows; every second schedule asks for nothing else."""

CHOICES: Final[dict[str, tuple[object, ...]]] = {
    "queue_depth": (None, None, 1, 2, 5),
    "arbitration": ("fifo", "fifo", "by_core", "shuffled"),
    "sweep": ("kernel_first", "kernel_first", "channel_first", "reversed", "shuffled"),
    "decimator_scope": ("core", "channel"),
    "decimator_phase": ("last", "first"),
    "decimator_before_monitor": (True, True, False),
    "out_of_range_event": ("error", "drop"),
    "core_operations_per_s": (30_000_000, 3_000_000, None),
    "event_s": (1e-7, 1e-6),
    "leak_vs_event": ("tick_first", "event_first"),
    "leak_sweep": ("at_once", "at_once", "interleaved"),
    "retained_last_spike": (False, False, True),
}


@attrs.frozen
class Schedule:
    """What happens to a board.

    Attributes:
        configs: its cores.
        options: of the emulation.
        spikes: (5, n), stamp (us), core, channel, y and x, in the order of stamps.
        parts: moments (us) at which the host looks.
        ticks: whether the slow clock runs, at 20 kHz.
    """

    configs: dict[int, CoreConfig]
    options: dict[str, object]
    spikes: npt.NDArray[np.int64]
    parts: tuple[float, ...]
    ticks: bool


def drawn(seed: int) -> Schedule:
    """The schedule of a seed."""
    chance = np.random.default_rng([seed, 1])
    configs = random_net(seed, loops=bool(chance.integers(3)))
    options = {name: values[chance.integers(len(values))] for name, values in CHOICES.items()}
    ticks = bool(chance.integers(2))
    if chance.integers(2):
        options |= PLAIN
        ticks = False
        drops = bool(chance.integers(3))
        configs = {
            core: changed(config, drops_when_congested=drops) for core, config in configs.items()
        }
    if ticks:
        configs = {
            core: changed(
                config,
                leak_enable=bool(chance.integers(2)),
                biases=chance.integers(-40, 40, config.shape[0]).astype(np.int16),
            )
            for core, config in configs.items()
        }
    stamps = np.sort(chance.integers(0, LAST_US, SPIKES))
    stamps[0] = 0
    into = chance.choice(list(configs), size=SPIKES)
    outside = int(options["out_of_range_event"] == "drop")
    shape = next(iter(configs.values())).shape
    places = [chance.integers(0, size + outside, SPIKES) for size in shape]
    parts = tuple(np.sort(chance.random(chance.integers(0, 8)) * ENDS_S * 1e6).tolist())
    return Schedule(configs, options, np.stack([stamps, into, *places]), parts, ticks)


def problem(seed: int) -> str:
    """What is wrong with what the schedule of a seed leads to; empty if nothing is."""
    schedule = drawn(seed)
    try:
        whole = played(schedule, ())
        parts = played(schedule, schedule.parts)
    except AssertionError as error:
        return str(error)
    if whole[:-1] != parts[:-1]:
        return "played in parts it gives something else than in one."
    return _against_oracle(schedule, whole)


def played(schedule: Schedule, parts: tuple[float, ...]) -> tuple[Any, ...]:
    """What the host saw, the counters and the states, after the schedule; its books must agree."""
    board, clock = board_of(schedule.configs, io_write_s=0.0, **schedule.options)
    stamps, cores, *place = schedule.spikes
    board.play_spikes(cores, stamps, *place)
    if schedule.ticks:
        board.set_slow_clk_rate(20_000)
        board.set_slow_clk(enable=True)
    _go_to(board, clock, (*parts, ENDS_S * 1e6))
    seen = list(seen_on(board))
    times = [spike[0] for spike in seen]
    assert times == sorted(times), "spikes come to the host out of the order of time."
    found = differences(
        board, schedule.configs, Counter(cores.tolist()), Counter(spike[1] for spike in seen)
    )
    assert not found, " ".join(found)
    quiet, counters = board.is_quiet, board.activity()
    board.set_slow_clk(enable=False)
    for core in board._chip.cores:
        core.settle()
    words = [core.neurons.words.tolist() for core in board._chip.cores]
    return seen, counters, words, quiet, board


def _go_to(board: EmulatedBoard, clock: VirtualClock, moments_us: tuple[float, ...]) -> None:
    now_ns = began_ns = clock.now_ns()
    for moment in moments_us:
        then_ns = began_ns + round(moment * 1000)
        clock.advance_ns(then_ns - now_ns)
        now_ns = then_ns
        board.catch_up()


def _against_oracle(schedule: Schedule, whole: tuple[Any, ...]) -> str:
    """What the oracle says otherwise, where it knows all that the schedule asks for."""
    seen, counters, _, quiet, board = whole
    waits = schedule.options["queue_depth"] is not None and not all(
        config.drops_when_congested for config in schedule.configs.values()
    )
    known = all(schedule.options[name] == value for name, value in PLAIN.items())
    if not quiet or schedule.ticks or waits or not known:
        return ""
    oracle = Oracle(schedule.configs, board.options)
    for stamp, core, *place in schedule.spikes.T.tolist():
        shape = schedule.configs[core].input_shape
        if all(at < size for at, size in zip(place, shape, strict=True)):
            oracle.give(stamp * 1000, core, (place[0], place[1], place[2]))
    if not oracle.run(MOST_EVENTS):
        return ""
    if seen != [(when // 1000, *rest) for when, *rest in oracle.seen]:
        return "the host sees other spikes than the oracle says."
    for index, core in oracle.cores.items():
        if (counters[index].events, counters[index].dropped) != (core.taken, core.dropped):
            return f"core {index} takes or drops other events than the oracle says."
        if not np.array_equal(states(board, index), core.v_mem):
            return f"core {index} has other states than the oracle says."
    return ""
