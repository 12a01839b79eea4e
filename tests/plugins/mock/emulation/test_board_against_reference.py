"""A whole core on a board against a reference that does one neuron at one tick after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig

if TYPE_CHECKING:
    from speckhal.contract.clock import VirtualClock

Sent = tuple[str, int, list[object], list[int]]
Build = Callable[..., EmulatedBoard]
Configure = Callable[..., CoreConfig]
Apply = Callable[..., None]
Place = tuple[int, int, int]

S, MS, US = 1_000_000_000, 1_000_000, 1_000
LATENCY_NS = MS
IO_WRITE_NS = 5 * MS // 2
CORE = 3

words = st.integers(-32768, 32767)
small = st.integers(-150, 150)
sizes = st.integers(1, 4)


@attrs.define
class Reference:
    """One core and its slow clock, without any short cut."""

    shape: Place
    threshold_high: int
    threshold_low: int
    return_to_zero: bool
    biases: list[int]
    states: dict[Place, int]
    now_ns: int
    rate_hz: int = 1000
    running: bool = False
    period_began_ns: int = 0
    ticks_since: int = 0
    spikes: list[tuple[int, Place]] = attrs.Factory(list)

    def run_to(self, moment: int) -> None:
        """Do every tick up to `moment`, which becomes the present."""
        while self.running:
            number = self.ticks_since + 1
            due = self.period_began_ns + -(-number * S // self.rate_hz)
            if due > moment:
                break
            self.ticks_since = number
            self.tick(due)
        self.now_ns = moment

    def tick(self, moment: int) -> None:
        # within a tick neurons fire in the order of their addresses
        for place in sorted(self.states, key=lambda place: address(place, self.shape)):
            v = self.states[place] + self.biases[place[0]]
            v = max(min(v, 32767), -32768, self.threshold_low)
            if v >= self.threshold_high:
                self.spikes.append((moment, place))
                v = 0 if self.return_to_zero else v - self.threshold_high
            self.states[place] = v

    def switch(self, *, on: bool) -> None:
        if on and not self.running:
            self.period_began_ns, self.ticks_since = self.now_ns, 0
        self.running = on
        self.run_to(self.now_ns + IO_WRITE_NS)

    def set_rate(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.period_began_ns, self.ticks_since = self.now_ns, 0
        self.run_to(self.now_ns + IO_WRITE_NS)

    def pulse(self) -> None:
        self.tick(self.now_ns)
        self.run_to(self.now_ns + IO_WRITE_NS)

    def stamped(self, started_ns: int) -> list[tuple[int, Place]]:
        """All spikes, with stamps of a stop watch that was started then."""
        return [((moment - started_ns) // US, place) for moment, place in self.spikes]


def bits(count: int) -> int:
    return len(f"{count - 1:b}") if count > 1 else 0


def address(place: Place, shape: Place) -> int:
    c, y, x = place
    channels, _, width = shape
    return c | x << bits(channels) | y << bits(channels) + bits(width)


@st.composite
def cores(draw: st.DrawFn) -> dict[str, Any]:
    """A core's shape, thresholds, reset, biases and initial states, small or of any size."""
    numbers = draw(st.sampled_from([words, small]))
    shape = draw(st.tuples(sizes, sizes, sizes))
    count = shape[0] * shape[1] * shape[2]
    return {
        "shape": shape,
        "threshold_high": draw(numbers.map(abs).map(lambda v: min(v, 32767))),
        "threshold_low": draw(numbers.map(lambda v: -max(abs(v), 1))),
        "return_to_zero": draw(st.booleans()),
        "biases": draw(st.lists(numbers, min_size=shape[0], max_size=shape[0])),
        "initial_v_mem": draw(st.lists(numbers, min_size=count, max_size=count)),
    }


operations = st.lists(
    st.one_of(
        st.tuples(st.just("switch"), st.booleans()),
        st.tuples(st.just("rate"), st.sampled_from([1, 7, 100, 333, 1000, 2000])),
        st.tuples(st.just("sleep"), st.integers(0, 30 * MS)),
        st.tuples(st.just("pulse"), st.none()),
        st.tuples(st.just("read"), st.none()),
        st.tuples(st.just("write"), st.tuples(st.integers(0, 63), words)),
        st.tuples(st.just("bias"), st.tuples(st.integers(0, 3), small)),
        st.tuples(st.just("reset"), st.none()),
    ),
    min_size=3,
    max_size=12,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200
)
@given(core=cores(), operations=operations, monitored=st.booleans(), running=st.booleans())
def test_a_core_does_what_its_neurons_do_one_tick_after_the_other(
    build: Build,
    core_config: Configure,
    apply: Apply,
    clock: VirtualClock,
    received: list[Sent],
    core: dict[str, Any],
    operations: list[tuple[str, Any]],
    *,
    monitored: bool,
    running: bool,
) -> None:
    received.clear()
    board = build()
    shape = core["shape"]
    v_mem = np.array(core["initial_v_mem"], dtype=np.int16).reshape(shape)
    arrays = {"biases": np.array(core["biases"], dtype=np.int16), "initial_v_mem": v_mem}
    apply(board, {CORE: core_config(**(core | arrays), monitor_enable=monitored)})
    board.stop_watch.start()
    started_ns = clock.now_ns()
    places: list[Place] = [*np.ndindex(*shape)]
    reference = Reference(
        shape,
        core["threshold_high"],
        core["threshold_low"],
        core["return_to_zero"],
        list(core["biases"]),
        {place: int(v_mem[place]) for place in places},
        started_ns,
    )

    def let_pass(duration_ns: int) -> None:
        clock.advance_ns(duration_ns)
        reference.run_to(clock.now_ns())

    def ask() -> None:
        board.read_neurons(CORE, [address(place, shape) for place in places])
        let_pass(LATENCY_NS)
        board.catch_up()
        (answer,) = [values for kind, _, _, values in received if kind == "neurons"][-1:]
        assert answer == list(reference.states.values())

    for operation, detail in [("switch", running), *operations]:
        if operation == "switch":
            board.set_slow_clk(enable=detail)
            reference.switch(on=detail)
        elif operation == "rate":
            board.set_slow_clk_rate(detail)
            reference.set_rate(detail)
        elif operation == "sleep":
            let_pass(detail)
        elif operation == "pulse":
            board.pulse_slow_clk()
            reference.pulse()
        elif operation == "read":
            ask()
        elif operation == "write":
            place = places[detail[0] % len(places)]
            board.write_neurons(CORE, [address(place, shape)], [detail[1]])
            let_pass(LATENCY_NS)
            reference.states[place] = detail[1]
        elif operation == "bias":
            channel = detail[0] % shape[0]
            board.write_biases(CORE, [channel], [detail[1]])
            let_pass(LATENCY_NS)
            reference.biases[channel] = detail[1]
        else:
            board.reset_states()
            reference.states = dict.fromkeys(places, 0)
        assert clock.now_ns() == reference.now_ns
    ask()

    heard = [
        (stamp, place)
        for kind, _, fired, stamps in received
        if kind == "spikes"
        for place, stamp in zip(fired, stamps, strict=True)
    ]
    assert heard == (reference.stamped(started_ns) if monitored else [])
