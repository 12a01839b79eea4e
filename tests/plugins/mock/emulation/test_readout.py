"""The readout equals a loop over single periods, written from the vendor's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.readout import Readout, ReadoutConfig
from speckhal_mock.emulation.sensor.dvs_layer import DvsLayerConfig
from speckhal_mock.emulation.sensor.preprocessing import Preprocessing

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.clock import VirtualClock
    from speckhal_mock.emulation.readout import ReadoutEvents

any_options: Callable[..., EmulationOptions] = EmulationOptions

configs = st.builds(
    ReadoutConfig,
    window=st.sampled_from([1, 16, 32]),
    mode=st.integers(0, 3),
    selected=st.integers(0, 15),
    threshold=st.integers(0, 3),
    always_interrupts=st.booleans(),
    addressing=st.integers(0, 3),
    value_monitor=st.just(value=True),
    pin_monitor=st.just(value=True),
)
options = st.fixed_dictionaries(
    {
        "readout_erratum": st.booleans(),
        "readout_between": st.sampled_from(["counted", "ignored"]),
        "readout_manual_addressing": st.booleans(),
        "readout_average": st.sampled_from(["floor", "nearest"]),
        "readout_start": st.sampled_from(["zeros", "shorter"]),
        "readout_ties": st.sampled_from(["lowest", "highest"]),
        "readout_bits": st.sampled_from(["index", "index_minus_1"]),
        "readout_pins": st.sampled_from(["largest", "by_mode"]),
        "readout_interrupt": st.sampled_from(["each_period", "on_change"]),
    }
)
# (c, y, x) and how often, in each period; few channels, so that averages are often equal
bursts = st.tuples(st.sampled_from([0, 4, 8, 1, 56, 60]), st.integers(0, 1), st.integers(0, 1))
periods = st.lists(
    st.lists(st.tuples(bursts, st.sampled_from([1, 8, 16, 33])), max_size=3), max_size=40
)


def class_of(config: ReadoutConfig, assumed: dict[str, Any], spike: tuple[int, int, int]) -> int:
    c, y, x = spike
    sel = config.addressing
    if assumed["readout_manual_addressing"]:
        sel = {1: 2, 2: 1}.get(sel, sel)
    wide, features = {0: (2, 4), 1: (2, 2), 2: (4, 1), 3: (1, 16)}[sel]
    if assumed["readout_erratum"]:
        if c % 4 and assumed["readout_between"] == "ignored":
            return 0
        c //= 4
    found = c + features * x + features * wide * y + 1
    return found if found <= 15 else 0


def period_by_period(
    config: ReadoutConfig, assumed: dict[str, Any], counts: list[list[int]]
) -> tuple[list[int], list[tuple[int, int]]]:
    """Values, and (period, class) of interrupts."""
    values, pins, shown = [], [], 0
    for now in range(len(counts)):
        window = counts[max(0, now - config.window + 1) : now + 1]
        over = config.window if assumed["readout_start"] == "zeros" else len(window)
        averages = []
        for k in range(16):
            total = sum(period[k] for period in window)
            whole, rest = divmod(total, over)
            averages.append(whole + (assumed["readout_average"] == "nearest" and 2 * rest >= over))
        ranked = sorted(range(1, 16), key=lambda k: (-averages[k], k))
        best = ranked[0]
        if assumed["readout_ties"] == "highest":
            best = max(k for k in range(1, 16) if averages[k] == averages[best])
        low, flag = 0, 1
        if config.mode == 1:
            shift = assumed["readout_bits"] == "index_minus_1"
            low = sum(1 << k >> shift for k in range(16) if averages[k] > config.threshold)
        elif config.mode == 2:
            low = averages[config.selected]
        elif config.mode == 3:
            low, flag = averages[best], int(averages[best] > config.threshold)
        values.append(flag << 20 | best << 16 | low)
        follows = best
        if assumed["readout_pins"] == "by_mode" and config.mode == 2:
            follows = config.selected
        above = config.always_interrupts or averages[follows] > config.threshold
        if assumed["readout_pins"] == "by_mode" and config.mode == 0:
            above = False
        pin = follows if above else 0
        if above and (assumed["readout_interrupt"] == "each_period" or pin != shown):
            pins.append((now, pin))
        shown = pin
    return values, pins


def column(*numbers: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(numbers, dtype=np.int64)


@settings(max_examples=50)
@given(configs, options, periods, st.integers(0, 40))
def test_the_readout_equals_a_loop_over_periods_however_they_are_cut_into_pieces(
    config: ReadoutConfig,
    assumed: dict[str, Any],
    spikes: list[list[tuple[tuple[int, int, int], int]]],
    cut: int,
) -> None:
    counts = [[0] * 16 for _ in spikes]
    readout = Readout(config, any_options(**assumed))
    for period, of_period in enumerate(spikes):
        for spike, times in of_period:
            counts[period][class_of(config, assumed, spike)] += times
            c, y, x = (np.full(times, axis) for axis in spike)
            # from the tick before on, which belongs to this period, to right before its own tick
            readout.take(np.linspace(100 * period, 100 * period + 99, times, dtype=int), c, y, x)
        counts[period][0] = 0
    ticks = 100 * (1 + np.arange(len(spikes)))
    parts = [readout.ticks(part) for part in (ticks[:cut], ticks[cut:])]

    values, pins = period_by_period(config, assumed, counts)
    assert _all(parts, "values") == values
    assert _all(parts, "value_moments") == ticks.tolist()
    assert list(zip(_all(parts, "pin_moments"), _all(parts, "pins"), strict=True)) == [
        (100 * (1 + period), pin) for period, pin in pins
    ]


def _all(parts: list[ReadoutEvents], member: str) -> list[int]:
    return [number for part in parts for number in getattr(part, member).tolist()]


def test_more_than_16_bits_of_spikes_in_one_period_stay_at_the_end_or_start_over() -> None:
    config = ReadoutConfig(window=1, mode=3, value_monitor=True)
    for overflow, low in (("saturate", 65_535), ("wrap", 4)):
        readout = Readout(config, any_options(readout_overflow=overflow))
        none = np.zeros(65_540, dtype=np.int64)
        readout.take(none, none, none, none)
        readout.settle(5)
        assert readout.tick(9).values.tolist() == [1 << 20 | 1 << 16 | low]


def test_events_of_the_sensor_are_counted_and_pins_follow_ticks_of_the_slow_clock_and_pulses(
    build: Callable[..., Any],
    apply: Callable[..., None],
    received: list[tuple[str, int, list[object], list[int]]],
    clock: VirtualClock,
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10, dvs_event_rate_hz=100)
    config = ReadoutConfig(window=1, pin_monitor=True, threshold=3, addressing=3)
    first = Preprocessing(pooling=(4, 4), cut=(0, 0))
    layer = DvsLayerConfig(first, destinations=(12,))
    apply(board, {}, pass_sensor_events=True, dvs_layer=layer, readout=config)
    board.set_slow_clk(enable=True)
    board.stop_watch.start()
    clock.sleep_s(0.35)
    assert board.next_due_ns() is not None
    board.catch_up()
    assert received == [("pins", 12, [1], [100_000])]

    board.set_slow_clk(enable=False)
    clock.sleep_s(1.0)  # the first four pixels of the next row come after 1.28 s
    board.pulse_slow_clk()
    assert received[1:] == [("pins", 12, [1], [1_350_000])]


@pytest.mark.parametrize("pins", [False, True])
def test_values_come_each_period_and_silence_all_else_but_the_pins(
    build: Callable[..., Any],
    apply: Callable[..., None],
    core_config: Callable[..., object],
    received: list[tuple[str, int, list[object], list[int]]],
    clock: VirtualClock,
    *,
    pins: bool,
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=20, dvs_event_rate_hz=100)
    config = ReadoutConfig(always_interrupts=True, value_monitor=True, pin_monitor=pins)
    core = core_config(shape=(1, 1, 1), bias=127, monitor_enable=True)
    monitors = DvsLayerConfig(raw_monitor=True, monitor=True)
    apply(board, {0: core}, pass_sensor_events=True, dvs_layer=monitors, readout=config)
    board.set_slow_clk(enable=True)
    clock.sleep_s(3)
    board.catch_up()

    sent = {kind: sum(len(r[2]) for r in received if r[0] == kind) for kind, *_ in received}
    assert sent == {"values": 60, **({"pins": 60} if pins else {})}
    apply(board, {0: core}, pass_sensor_events=True, dvs_layer=monitors)
    received.clear()
    clock.sleep_s(1)
    board.catch_up()
    assert {kind for kind, *_ in received} == {"spikes", "dvs"}


def test_a_silent_readout_that_is_watched_costs_nothing_and_foretells_nothing(
    build: Callable[..., Any], apply: Callable[..., None], clock: VirtualClock
) -> None:
    board = build(dvs_event_rate_hz=0)
    apply(board, {}, readout=ReadoutConfig(pin_monitor=True))
    board.set_slow_clk(enable=True)
    clock.sleep_s(1e6)
    assert board.next_due_ns() is None
    board.catch_up()


def test_the_window_empties_while_nobody_looks() -> None:
    config = ReadoutConfig(window=16, pin_monitor=True, threshold=0)
    readout = Readout(config, EmulationOptions())
    sixteen = np.zeros(16, dtype=np.int64)
    readout.take(sixteen, sixteen, sixteen, sixteen)
    assert not readout.is_silent
    raised = readout.ticks(np.arange(1, 41))

    assert raised.pin_moments.tolist() == list(range(1, 17))
    assert set(raised.pins.tolist()) == {1}
    assert readout.is_silent
