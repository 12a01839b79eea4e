"""The sensor makes as many events as its scene has, and the pre-processing moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE, DvsEvents
from speckhal_mock.emulation.sensor.dvs_filter import DvsFilterConfig
from speckhal_mock.emulation.sensor.dvs_layer import DvsLayer, DvsLayerConfig
from speckhal_mock.emulation.sensor.path import SensorPath
from speckhal_mock.emulation.sensor.pixels import Pixels
from speckhal_mock.emulation.sensor.preprocessing import Preprocessing
from speckhal_mock.emulation.sensor.scene import EvenScene, RecordedScene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from speckhal.contract.clock import VirtualClock
    from speckhal_mock.emulation.sensor.scene import Scene

PIXELS = SENSOR_SIZE**2
corner = st.integers(0, SENSOR_SIZE - 1)
pooled = st.sampled_from([1, 2, 4])
preprocessings = st.builds(
    Preprocessing,
    polarities=st.sampled_from([(0, 1), (0,), (1,), ()]),
    merge=st.booleans(),
    pooling=st.tuples(pooled, pooled),
    origin=st.tuples(corner, corner),
    cut=st.tuples(corner, corner),
    mirror=st.tuples(st.booleans(), st.booleans()),
    diagonal=st.booleans(),
)


@attrs.frozen
class Outlets:
    """Writes down what becomes of events: (place, moment, p, y, x)."""

    went: list[tuple[object, int, int, int, int]] = attrs.field(factory=list)

    def monitored(self, raw: DvsEvents | None, processed: DvsEvents | None) -> None:
        for monitor, events in (("raw", raw), ("processed", processed)):
            if events is not None:
                self.deliver_to_core(monitor, events.moments, events.p, events.y, events.x)

    def deliver_to_core(self, layer: object, *columns: npt.NDArray[np.int64]) -> None:
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self.went.extend((layer, *row) for row in rows)


def rows(events: DvsEvents) -> list[tuple[int, ...]]:
    """(moment, p, y, x) of each event."""
    columns = (events.moments, events.p, events.y, events.x)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def events_of(*given_rows: tuple[int, int, int, int]) -> DvsEvents:
    """From rows (moment, p, y, x)."""
    moments, p, y, x = np.array(given_rows, dtype=np.int64).reshape(-1, 4).T
    return DvsEvents(p, y, x, moments)


def sensor(
    scene: Scene, at: int = 100, *, options: dict[str, Any] | None = None, **config: Any
) -> tuple[SensorPath, Outlets]:
    """A sensor that was switched on at that moment (ns), and what becomes of its events."""
    outlets, pixels = Outlets(), Pixels(scene)
    path = SensorPath(pixels, outlets)
    pixels.restart(at, on=True)
    any_options: Callable[..., EmulationOptions] = EmulationOptions
    layer = DvsLayer(
        DvsLayerConfig(**config), any_options(**options or {}), lambda moments, _: moments
    )
    path.restart(layer, passes_sensor=True)
    return path, outlets


@given(st.integers(1, 10**6), st.lists(st.integers(0, 10**6), max_size=9))
def test_events_are_as_many_as_rate_and_time_make_however_often_one_looks(
    events_hz: int, looks_ns: list[int]
) -> None:
    path, outlets = sensor(EvenScene(events_hz), raw_monitor=True)
    now = 100
    for look in looks_ns:
        now += look
        due = path.next_ns()
        count = len(outlets.went)
        path.run_to(now)
        assert due is not None
        assert (len(outlets.went) > count) == (due <= now)
    moments = [moment for _, moment, *_ in outlets.went]

    assert len(moments) == (now - 100) * events_hz // 10**9
    assert moments == sorted(moments)
    assert all(100 < moment <= now for moment in moments)


def test_every_pixel_gets_brighter_in_one_sweep_and_darker_in_the_next() -> None:
    made = EvenScene(10**9).events(1, 2 * PIXELS)
    places = [row[1:] for row in rows(made)]

    assert places[:2] == [(1, 0, 0), (1, 0, 1)]
    assert places[SENSOR_SIZE] == (1, 1, 0)
    assert places[PIXELS] == (0, 0, 0)
    assert len(set(places)) == 2 * PIXELS


def _brute_force(chain: Preprocessing, p: int, y: int, x: int) -> tuple[int, int, int] | None:
    """What the vendor's pages say of one event, step by step."""
    if p not in chain.polarities:
        return None
    p = 0 if chain.merge or len(chain.polarities) == 1 else p
    x, y = x // chain.pooling[0], y // chain.pooling[1]
    (left, top), (right, bottom) = chain.origin, chain.cut
    if not (left <= x <= right and top <= y <= bottom):
        return None
    width = min(right, SENSOR_SIZE // chain.pooling[0] - 1) - left + 1
    height = min(bottom, SENSOR_SIZE // chain.pooling[1] - 1) - top + 1
    x, y = x - left, y - top
    x = width - 1 - x if chain.mirror[0] else x
    y = height - 1 - y if chain.mirror[1] else y
    return (p, x, y) if chain.diagonal else (p, y, x)


@given(preprocessings, st.lists(st.tuples(st.integers(0, 1), corner, corner), max_size=20))
def test_the_preprocessing_does_its_steps_in_their_order(
    chain: Preprocessing, pixels: list[tuple[int, int, int]]
) -> None:
    wanted = {
        (moment, *placed)
        for moment, pixel in enumerate(pixels)
        if (placed := _brute_force(chain, *pixel)) is not None
    }
    made = chain(events_of(*((moment, *pixel) for moment, pixel in enumerate(pixels))))

    assert set(rows(made)) == wanted


@given(preprocessings)
def test_what_passes_the_preprocessing_fills_its_region_evenly(chain: Preprocessing) -> None:
    y, x = np.divmod(np.arange(PIXELS), SENSOR_SIZE)
    made = chain(DvsEvents(np.ones_like(x), y, x, np.arange(x.size)))

    width, height = (
        max(0, last - first + 1) if 1 in chain.polarities else 0
        for first, last in zip(chain.origin, chain.last, strict=True)
    )
    assert len(made) == width * height * chain.pooling[0] * chain.pooling[1]
    if len(made):
        size = (made.x.max() + 1, made.y.max() + 1)
        assert size == ((height, width) if chain.diagonal else (width, height))


@given(preprocessings, corner, corner)
def test_single_pixels_lie_within_the_pooled_one_that_they_are_part_of(
    chain: Preprocessing, y: int, x: int
) -> None:
    one = events_of((0, 1, y, x))
    if not chain.passing(one).any():
        return
    whole, single = chain.placed(one), chain.placed(one, pooled=False)
    poolings = chain.pooling[::-1] if chain.diagonal else chain.pooling

    assert whole.x[0] == single.x[0] // poolings[0]
    assert whole.y[0] == single.y[0] // poolings[1]


def test_a_region_is_mirrored_within_itself_and_turned_then() -> None:
    one = events_of((5, 0, 11, 22))
    region = {"origin": (20, 10), "cut": (29, 14)}

    def place(**members: object) -> tuple[int, int]:
        made = Preprocessing(**region, **members)(one)  # type: ignore[arg-type]  # of one class each
        return made.x.item(), made.y.item()

    assert place() == (2, 1)
    assert place(mirror=(True, False)) == (7, 1)
    assert place(mirror=(False, True)) == (2, 3)
    assert place(mirror=(True, False), diagonal=True) == (1, 7)


def test_nothing_comes_without_a_scene_that_moves_or_anyone_to_see_it() -> None:
    for scene, seen in ((EvenScene(0), True), (EvenScene(10**6), False)):
        path, outlets = sensor(scene, raw_monitor=seen)
        path.run_to(10**9)
        assert path.next_ns() is None
        assert not outlets.went


@given(
    st.lists(st.tuples(st.integers(0, 40), st.just(1), corner, corner), max_size=20),
    st.lists(st.tuples(st.integers(101, 150), st.just(0), corner, corner), max_size=20),
    st.lists(st.integers(100, 160), max_size=4).map(sorted),
)
def test_events_of_the_sensor_and_of_the_host_come_in_the_order_of_time_at_each_destination(
    seen: list[tuple[int, int, int, int]],
    played: list[tuple[int, int, int, int]],
    looks: list[int],
) -> None:
    t, p, y, x = np.array(seen, dtype=np.int64).reshape(-1, 4).T
    path, outlets = sensor(RecordedScene(t, x, y, p), at=99_000, destinations=(3, 12))
    path.play(events_of(*((1000 * t, p, y, x) for t, p, y, x in played)))
    for look in looks:
        path.run_to(1000 * look)
    path.run_to(1000 * 160)

    wanted = sorted([(1000 * (99 + t), 1, y, x) for t, _, y, x in seen], key=lambda row: row[0])
    wanted += [(1000 * t, p, y, x) for t, p, y, x in played]
    wanted.sort(key=lambda row: (row[0], -row[1]))  # at one moment the sensor's own come first
    for destination in (3, 12):
        went = [row for layer, *row in outlets.went if layer == destination]
        assert [row[:2] for row in went] == [[moment, p] for moment, p, *_ in wanted]
        assert sorted(map(tuple, went)) == sorted(wanted)
    assert path.is_quiet


def test_a_monitor_shows_single_pixels_and_a_mark_where_cores_get_pooled_ones_and_feature_0() -> (
    None
):
    chain = Preprocessing(merge=True, pooling=(2, 4))
    played = events_of((7, 0, 11, 22))

    def went(**options: object) -> list[tuple[object, ...]]:
        config: dict[str, Any] = {"preprocessing": chain, "raw_monitor": True, "monitor": True}
        path, outlets = sensor(EvenScene(0), 0, options=options, destinations=(5,), **config)
        path.play(played)
        path.run_to(7)
        return [*outlets.went]

    assert went() == [("raw", 7, 0, 11, 22), ("processed", 7, 1, 11, 22), (5, 7, 0, 2, 11)]
    others = went(dvs_monitor_pooled=True, merge_polarity_mark=0)
    assert others[1] == ("processed", 7, 0, 2, 11)


def test_spikes_of_ticks_and_events_of_the_sensor_come_in_the_order_of_time(
    build: Callable[..., Any],
    core_config: Callable[..., object],
    apply: Callable[..., None],
    received: list[tuple[str, int, list[object], list[int]]],
    clock: VirtualClock,
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10, dvs_event_rate_hz=40)
    core = core_config(shape=(1, 1, 1), bias=127, monitor_enable=True)
    monitors = DvsLayerConfig(raw_monitor=True, monitor=True)
    apply(board, {0: core}, pass_sensor_events=True, dvs_layer=monitors)
    board.set_slow_clk(enable=True)
    board.stop_watch.start()
    clock.sleep_s(0.21)
    board.catch_up()

    ms = [
        (layer if kind == "spikes" else "raw", stamp // 1000)
        for kind, layer, _, stamps in received
        for stamp in stamps
    ]
    of_one = [("raw", 0), (13, 0), (0, 0)]
    assert ms == [
        (layer, moment)
        for moment in range(25, 201, 25)
        for layer, _ in (of_one if moment % 100 == 0 else of_one[:2])
    ]


def test_a_sensor_that_the_configuration_switches_off_shows_nothing(
    build: Callable[..., Any],
    apply: Callable[..., None],
    received: list[object],
    clock: VirtualClock,
) -> None:
    board = build(dvs_event_rate_hz=1000, dropped_dvs_events_count=True)
    raw = DvsLayerConfig(raw_monitor=True)
    apply(board, {}, pass_sensor_events=False, dvs_layer=raw)
    clock.sleep_s(1)
    board.catch_up()
    assert received == []

    apply(board, {}, pass_sensor_events=True, dvs_layer=raw)
    board.close()
    clock.sleep_s(1)
    board.catch_up()
    assert received == []


def test_a_recording_begins_with_the_sensor_or_when_it_is_shown_and_ends(
    build: Callable[..., Any],
    apply: Callable[..., None],
    received: list[tuple[str, int, list[object], list[int]]],
    clock: VirtualClock,
    tmp_path: Path,
) -> None:
    events = np.array([(30, 1, 2, 1), (10, 3, 4, 0)], dtype=[(name, "<i8") for name in "txyp"])
    np.save(tmp_path / "events.npy", events)
    board = build(dvs_scene=str(tmp_path / "events.npy"))
    clock.sleep_s(1)
    apply(board, {}, pass_sensor_events=True, dvs_layer=DvsLayerConfig(raw_monitor=True))
    board.stop_watch.start()
    clock.sleep_s(1)
    board.show(RecordedScene.of(events[:1]))
    clock.sleep_s(1)
    board.catch_up()

    seen = [row for _, _, places, stamps in received for row in zip(places, stamps, strict=True)]
    assert seen == [((0, 4, 3), 10), ((1, 2, 1), 30), ((1, 2, 1), 1_000_030)]
    assert board.next_due_ns() is None


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (([0], [128], [0], [1]), "x of recorded events lies in 128..128; it must lie in 0..127"),
        (([-1], [0], [0], [1]), "t_us of recorded events lies in -1..-1"),
        (([0, 1], [0], [0], [1]), "columns of one length"),
        (([0.5], [0], [0], [1]), "one column of whole numbers"),
        (([0], [0], [0], [2]), "p of recorded events lies in 2..2"),
    ],
)
def test_events_that_no_sensor_makes_are_refused(columns: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        RecordedScene(*columns)
    with pytest.raises(ValueError, match="x, y, p is missing among t"):
        RecordedScene.of(np.zeros(2, dtype=[("t", "<i8")]))


@settings(max_examples=50)
@given(
    st.integers(1, 3 * PIXELS),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=9),
    st.sampled_from(["recorded", "even"]),
    st.data(),
)
def test_pixels_that_are_switched_off_make_no_event_and_are_not_counted(
    events_hz: int, killed: list[tuple[int, int]], kind: str, data: st.DataObject
) -> None:
    y, x = np.divmod(np.arange(40) % 16, 4)
    scene: Scene = EvenScene(events_hz)
    if kind == "recorded":
        scene = RecordedScene(np.arange(40) * 500, x, y, x % 2)
    pixels, dead, alive = Pixels(scene), set[tuple[int, int]](), []
    pixels.restart(50, on=True)
    moments = sorted(data.draw(st.lists(st.integers(0, 2 * 10**7), min_size=len(killed) + 1)))
    known, now, shown = 0, 50, 0
    for change, moment in zip([*killed, None], moments, strict=False):
        now, first, shown = 50 + moment, shown + 1, scene.count(moment)
        came = rows(scene.events(first, shown).later(50))
        alive += [row for row in came if (row[2], row[3]) not in dead]
        assert pixels.count(now) == len(alive)
        assert rows(pixels.events(known + 1, len(alive))) == alive[known:]
        known = len(alive)
        if known and (coming := pixels.moment_of(known + 1)) is not None:
            assert coming >= now
            assert pixels.count(coming) > known
        if change is not None:
            pixels.kill(now, *change)
            dead.add(change)


@pytest.mark.parametrize(("since", "passes"), [(1, True), (2, False)])
def test_a_filter_full_of_zeros_knows_an_event_of_each_pixel_just_when_it_was_configured(
    since: int, *, passes: bool
) -> None:
    ticks = {0: 7000, 1: 7000 + since}
    layer = DvsLayer(
        DvsLayerConfig(filter=DvsFilterConfig(threshold=2), monitor=True),
        EmulationOptions(dvs_filter_start="zero"),
        lambda moments, _: np.array([ticks[moment] for moment in moments.tolist()]),
        begun_ns=0,
    )
    one = np.ones(1, dtype=np.int64)

    assert len(layer.process(DvsEvents(one, one, one, one)).passed) == passes
