"""How fast a board is: its slow clock, its cores, and what is asked of it by the host."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.clock import NS_PER_S
from speckhal.contract.errors import DeviceFailed
from speckhal_characterise import ticks
from speckhal_characterise.core_setup import CoreSetup
from speckhal_characterise.rates import LOWEST_HZ, REACH_HZ, Rates
from speckhal_characterise.results import COUNTED, duration, finding, unsettled
from speckhal_characterise.trial_search import FULL, LONGEST_S, best_trial, shape_of
from speckhal_characterise.workbench import RateEffect, Workbench
from speckhal_samna.board.request_reply import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.address import Shape
    from speckhal.contract.characterise import Result

BUSY_CORE: Final = 2
FAST_HZ: Final = 10_000
_FIRST_S: Final = 0.2
"""How long all neurons leak at first; if they seem to lose nothing, it is made longer."""

_SPENT_S, _QUICKLY_SPENT_S = 170.0, 15.0
"""Time after which no closer bounds are looked for."""

_MOST_TRIALS: Final = 200

_ASKED_CORE: Final = 2


def measure_accepted_rates(bench: Workbench) -> Iterator[Result]:
    """The lowest and the highest rate, if all between them are taken."""
    rates = Rates(bench)
    try:
        taken = rates.near(100)
    except DeviceFailed as error:
        yield unsettled("accepted_rate_hz", f"{error}")
        return
    rates.edge(REACH_HZ, taken)  # what is too close to one end can then be compared with the other
    lowest, below = rates.edge(LOWEST_HZ, taken)
    highest, above = rates.edge(REACH_HZ, taken)
    bench.set_rate(taken)  # at the fastest, the next count could overflow
    how = (
        "Rates were set one after the other, halving the gap between a taken and a refused one, "
        f"and ticks were counted to see whether each had any effect, up to {REACH_HZ} Hz."
    )
    if RateEffect.UNSURE in {above, below}:
        yield unsettled(
            "accepted_rate_hz",
            f"{how} {lowest} to {highest} Hz are taken; beyond, that is not certain: {ticks.LOST}, "
            "or the rates are too close to each other.",
        )
        return
    yield finding(
        "accepted_rate_hz",
        [lowest, highest],
        how,
        uncertainty="exact; more was not tried" if highest == REACH_HZ else COUNTED,
    )


@attrs.frozen
class _Load:
    """A busy core, besides those that count ticks."""

    bench: Workbench
    shape: Shape
    rate_hz: int

    @property
    def updates_per_s(self) -> int:
        return math.prod(self.shape) * self.rate_hz

    def set_up(self) -> None:
        busy = CoreSetup(shape=self.shape, bias=-1, v_mem=ticks.START)
        ticks.set_up(self.bench, {BUSY_CORE: busy})

    def offer(self, count: int) -> _Offer:
        """Let about `count` ticks come."""
        self.bench.write_first(BUSY_CORE, ticks.START)
        seen = ticks.run(self.bench, (count + 0.5) / self.rate_hz - self.bench.command_s())
        taken = ticks.START - self.bench.first(BUSY_CORE)[0]
        return _Offer(self, seen.ticks, taken, is_whole=seen.is_whole)


@attrs.frozen
class _Offer:
    """Ticks that came, of which the core took some.

    Of the first k it takes ceil(k * capacity / load), if it takes them evenly.
    """

    load: _Load
    offered: int
    taken: int
    is_whole: bool = attrs.field(kw_only=True)

    @property
    def above(self) -> Fraction:
        """The capacity is more than this."""
        return Fraction(self.load.updates_per_s * max(self.taken - 1, 0), max(self.offered, 1))

    @property
    def at_most(self) -> Fraction | None:
        """The capacity is not more than this; None if the core took all ticks."""
        if self.taken == self.offered:
            return None
        return Fraction(self.load.updates_per_s * self.taken, self.offered)


def measure_throughput(bench: Workbench) -> Iterator[Result]:
    """What rate times neurons may be before ticks are lost."""
    begun_ns = bench.watch.now_ns()
    until_ns = begun_ns + (_QUICKLY_SPENT_S if bench.quick else _SPENT_S) * NS_PER_S
    seen = _offer_to_all(bench)
    full = seen.load
    if not seen.is_whole:
        yield unsettled(
            "max_updates_per_s",
            f"At {full.rate_hz} Hz ticks could not be counted: {ticks.LOST}.",
        )
        return
    most = seen.at_most
    if most is None:
        yield finding(
            "max_updates_per_s",
            None,
            f"{FULL} neurons leaked at {full.rate_hz} Hz, {full.updates_per_s:.2g} updates a "
            f"second, and none of {seen.offered} ticks was lost; more was not tried.",
            uncertainty=f"up to {float(seen.above):.2g}",
        )
        return
    # one neuron took every tick
    low = max(full.rate_hz, math.floor(seen.above) + 1)
    low, high = _closest(bench, full.rate_hz, low, math.floor(most), until_ns)
    how = (
        f"{FULL} neurons and fewer leaked at {full.rate_hz} Hz besides one that counted the ticks; "
        "a core that takes them evenly takes this many neurons times ticks in a second."
    )
    if low > high:
        yield unsettled("max_updates_per_s", f"{how} This board's cores do not take them evenly.")
        return
    yield finding(
        "max_updates_per_s",
        (low + high) // 2,
        how,
        uncertainty="exact if ticks are taken evenly"
        if low == high
        else f"± {(high - low + 1) / 2:.2g}",
    )


def _offer_to_all(bench: Workbench) -> _Offer:
    """What the full core takes, at the fastest rate at which ticks can be counted."""
    rates = Rates(bench)
    rate_hz = rates.fastest(FAST_HZ)
    if rate_hz < FAST_HZ and rates.effect(rate_hz + 1) is RateEffect.UNSURE:
        # at the very edge of what one neuron can count, a short count does not show it
        rate_hz = rates.near_or_present(max(LOWEST_HZ, rate_hz // 2))
    load = _Load(bench, shape_of(FULL), rate_hz)
    load.set_up()
    seen = load.offer(max(1, int(_FIRST_S * rate_hz)))
    if seen.is_whole and seen.taken == seen.offered:
        seen = load.offer(min(ticks.SAFE_TICKS, int(LONGEST_S * rate_hz)))
    return seen


def _closest(
    bench: Workbench, rate_hz: int, low: int, high: int, until_ns: float
) -> tuple[int, int]:
    """The lowest and the highest capacity that fit, each trial halving what is between them."""
    load = _Load(bench, shape_of(FULL), rate_hz)
    fewest = math.ceil(bench.command_s() * rate_hz) + 1
    surplus = 0
    for _ in range(_MOST_TRIALS):
        if low >= high or bench.watch.now_ns() >= until_ns:
            break
        trial = best_trial(
            rate_hz, low, high, fewest=fewest + surplus, present=math.prod(load.shape)
        )
        if trial is None:
            break
        if trial.neurons != math.prod(load.shape):
            load = _Load(bench, shape_of(trial.neurons), rate_hz)
            load.set_up()
        seen = load.offer(trial.ticks - surplus)
        if not seen.is_whole:
            continue
        surplus = max(0, surplus + seen.offered - trial.ticks)
        low = max(low, math.floor(seen.above) + 1)
        if seen.at_most is not None:
            high = min(high, math.floor(seen.at_most))
    return low, high


def measure_latencies(bench: Workbench) -> Iterator[Result]:
    """Commands, answers, configurations, opening, graphs and looks, by the host's clock."""
    bench.configure({_ASKED_CORE: CoreSetup(bias=-1)})
    trials = 5 if bench.quick else 50
    unanswered = 0
    for _ in range(trials):
        bench.stop()
        unanswered += not bench.time_read()
        bench.look()
    taken = bench.watch.durations_ns
    for name, kind, how in (
        ("io_write_s", "command", "Commands to the slow clock, from call to return."),
        ("read_latency_s", "read", "One request for a membrane potential, until it is answered."),
        ("apply_s", "apply", "apply_configuration, from call to return."),
        ("open_s", "open", "open_device, from call to return."),
        ("graph_start_s", "graph start", "Starting an event graph, from call to return."),
        ("poll_s", "look", "get_events with nothing to get, from call to return."),
    ):
        samples = taken[kind]
        if kind == "read" and unanswered:
            yield unsettled(
                name,
                f"{unanswered} of {trials} requests for a membrane potential had no answer within "
                f"{PATIENCE_S:g} s. Check the cable, and measure again.",
            )
        elif kind == "read" and max(samples) <= max(taken["look"]):
            yield _latency_within_a_look(bench, max(taken["look"]))
        else:
            yield duration(name, samples, f"{how} Median of {len(samples)}.")


def _latency_within_a_look(bench: Workbench, look_ns: int) -> Result:
    """When the chip answers, where it is no later than looking for the answer takes."""
    too_short, long_enough = -1, look_ns
    while long_enough - too_short > 1:
        middle = (too_short + long_enough) // 2
        if bench.answers_before_pulse(_ASKED_CORE, middle / NS_PER_S):
            long_enough = middle
        else:
            too_short = middle
    return duration(
        "read_latency_s",
        [long_enough],
        "The answer is there at the first look; the latency is how late a pulse must be sent to "
        "come too late for it.",
    )
