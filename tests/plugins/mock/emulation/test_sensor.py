"""The sensor makes as many events as were given, in time, and the pre-processing moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock.emulation.sensor import (
    SENSOR_SIZE,
    DvsEvents,
    Monitors,
    Preprocessing,
    Sensor,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.clock import VirtualClock

corner = st.integers(0, SENSOR_SIZE - 1)
preprocessings = st.builds(
    Preprocessing,
    polarities=st.sampled_from([(0, 1), (0,), (1,), ()]),
    origin=st.tuples(corner, corner),
    cut=st.tuples(corner, corner),
    mirror=st.tuples(st.booleans(), st.booleans()),
    diagonal=st.booleans(),
)


def sensor(events_hz: int, monitors: Monitors) -> tuple[Sensor, list[DvsEvents]]:
    """A sensor that was switched on at 100 ns, and what it delivers of its pixels."""
    delivered: list[DvsEvents] = []

    def deliver(raw: DvsEvents | None, processed: DvsEvents | None) -> None:
        assert raw is not None
        assert processed is None
        delivered.append(raw)

    made = Sensor(events_hz, deliver)
    made.restart(100, monitors)
    return made, delivered


@given(st.integers(1, 10**6), st.lists(st.integers(0, 10**6), max_size=9))
def test_events_are_as_many_as_rate_and_time_make_however_often_one_looks(
    events_hz: int, looks_ns: list[int]
) -> None:
    made, delivered = sensor(events_hz, Monitors(raw=True))
    now = 100
    for look in looks_ns:
        now += look
        due = made.next_ns()
        count = sum(events.p.size for events in delivered)
        made.run_to(now)
        assert due is not None
        assert (sum(events.p.size for events in delivered) > count) == (due <= now)
    moments = [moment for events in delivered for moment in events.moments.tolist()]

    assert len(moments) == (now - 100) * events_hz // 10**9
    assert moments == sorted(moments)
    assert all(100 < moment <= now for moment in moments)


def test_every_pixel_gets_brighter_in_one_sweep_and_darker_in_the_next() -> None:
    made, delivered = sensor(10**9, Monitors(raw=True))
    pixels = SENSOR_SIZE**2
    made.run_to(100 + 2 * pixels)
    events, *others = delivered

    assert not others
    places = list(zip(events.p.tolist(), events.y.tolist(), events.x.tolist(), strict=True))
    assert places[:2] == [(1, 0, 0), (1, 0, 1)]
    assert places[SENSOR_SIZE] == (1, 1, 0)
    assert places[pixels] == (0, 0, 0)
    assert len(set(places)) == 2 * pixels


@given(preprocessings)
def test_what_passes_the_preprocessing_fills_its_region_once(preprocessing: Preprocessing) -> None:
    y, x = np.divmod(np.arange(SENSOR_SIZE**2), SENSOR_SIZE)
    made = preprocessing(DvsEvents(np.ones_like(x), y, x, np.arange(x.size)))

    width, height = (
        max(0, last - first + 1)
        for first, last in zip(preprocessing.origin, preprocessing.cut, strict=True)
    )
    if 1 not in preprocessing.polarities:
        width = height = 0
    wanted = (width, height) if not preprocessing.diagonal else (height, width)
    grid = {(row, column) for row in range(wanted[1]) for column in range(wanted[0])}
    assert len(made.x) == width * height
    assert set(zip(made.y.tolist(), made.x.tolist(), strict=True)) == grid
    assert set(made.p.tolist()) <= {len(preprocessing.polarities) - 1}


def test_a_region_is_mirrored_within_itself_and_turned_then() -> None:
    one = DvsEvents(*(np.array([value]) for value in (0, 11, 22, 5)))
    region = {"origin": (20, 10), "cut": (29, 14)}

    def place(**members: object) -> tuple[int, int]:
        made = Preprocessing(**region, **members)(one)  # type: ignore[arg-type]  # of one class each
        return made.x.item(), made.y.item()

    assert place() == (2, 1)
    assert place(mirror=(True, False)) == (7, 1)
    assert place(mirror=(False, True)) == (2, 3)
    assert place(mirror=(True, False), diagonal=True) == (1, 7)


def test_nothing_comes_without_a_rate_or_a_monitor() -> None:
    for events_hz, monitors in ((0, Monitors(raw=True)), (10**6, Monitors())):
        made, delivered = sensor(events_hz, monitors)
        made.run_to(10**9)
        assert made.next_ns() is None
        assert not delivered


def test_spikes_of_ticks_and_events_of_the_sensor_come_in_the_order_of_time(
    build: Callable[..., Any],
    core_config: Callable[..., object],
    apply: Callable[..., None],
    received: list[tuple[str, int, list[object], list[int]]],
    clock: VirtualClock,
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10, dvs_event_rate_hz=40)
    core = core_config(shape=(1, 1, 1), bias=127, monitor_enable=True)
    apply(board, {0: core}, pass_sensor_events=True, monitors=Monitors(True, Preprocessing()))
    board.set_slow_clk(enable=True)
    board.stop_watch.start()
    clock.sleep_s(0.21)
    board.catch_up()

    ms = [(kind, stamp // 1000) for kind, _, _, stamps in received for stamp in stamps]
    assert [stamp for kind, stamp in ms if kind == "spikes"] == [100, 200]
    assert [stamp for kind, stamp in ms if kind == "dvs"][:8] == [25, 50, 75, 100] * 2
    before = ms[: ms.index(("spikes", 100))]
    assert all(stamp <= 100 for _, stamp in before)
    assert [stamp for _, stamp in before].count(75) == 2


def test_a_sensor_that_the_configuration_switches_off_shows_nothing(
    build: Callable[..., Any],
    apply: Callable[..., None],
    received: list[object],
    clock: VirtualClock,
) -> None:
    board = build(dvs_event_rate_hz=1000, dropped_dvs_events_count=True)
    apply(board, {}, pass_sensor_events=False, monitors=Monitors(raw=True))
    clock.sleep_s(1)
    board.catch_up()
    assert received == []

    apply(board, {}, pass_sensor_events=True, monitors=Monitors(raw=True))
    board.close()
    clock.sleep_s(1)
    board.catch_up()
    assert received == []
