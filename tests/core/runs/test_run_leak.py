"""Runs of several layers, on a board that ticks by arithmetic."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import speckhal
from speckhal import (
    Answer,
    ClockDrive,
    InputError,
    LayerSpec,
    OpenDevice,
    Reading,
    Reset,
    judge,
    measure_leak,
    open_run,
    run_leak,
    verify,
)
from speckhal.leak.experiment import LeakExperiment
from speckhal.leak.sampling import ClockedSampling, SteppedSampling
from speckhal.opened.observers import Observers
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal import DeviceInfo, Run, RunInfo

Deployed = Callable[..., OpenDevice]

SAME_BOARD_MAKER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)


@st.composite
def networks(draw: st.DrawFn) -> list[LayerSpec]:
    """One to four layers whose neurons leak either way, clamp, fire, or stay as they are."""
    specs = []
    for _ in range(draw(st.integers(1, 4))):
        channels = draw(st.integers(1, 3))
        biases = st.lists(st.integers(-40, 40), min_size=channels, max_size=channels)
        specs.append(
            LayerSpec(
                (channels, 1, 1),
                draw(st.none() | biases),
                threshold_high=draw(st.integers(1, 90)),
                threshold_low=draw(st.integers(-90, -1)),
                initial=draw(st.integers(-90, 90)),
                reset=draw(st.sampled_from(Reset)),
            )
        )
    specs.append(LayerSpec((1, 1, 1), [-1]))  # a network in which nothing leaks is refused
    return specs


@pytest.mark.parametrize("restore", [False, True])
def test_a_stepped_run_has_its_ticks_where_the_board_gives_no_count(
    deployed: Deployed, tmp_path: Path, *, restore: bool
) -> None:
    network = [LayerSpec((1, 2, 2), [-13], threshold_high=1000, initial=900)]
    device = deployed(network, rate_hz=10)
    assert run_leak(device, for_s=1).trace(0).ticks is None
    heard: list[int | None] = []

    run = run_leak(
        device,
        ticks=20,
        restore=restore,
        record=tmp_path / "run.h5",
        on_reading=lambda reading, _: heard.append(reading.ticks),
    )
    alone = measure_leak(device, ticks=20)

    assert device.probe().read().ticks is None
    assert heard == list(range(21))
    for trace in (run.trace(0), alone):
        assert trace.ticks is not None
        assert trace.ticks.tolist() == list(range(21))
        assert judge(trace, run.deployment.layer(0)).agrees
    header = attrs.evolve(run, traces=())
    with RecordWriter(header, tmp_path / "earlier.h5", layers=[0]) as writer:
        for time_s, v_mem in zip(alone.time_s, alone.v_mem, strict=True):
            writer.reading(Reading(0, time_s, v_mem), time_s)  # before runs counted
        writer.finish()
    for one in (run, open_run(tmp_path / "run.h5"), open_run(tmp_path / "earlier.h5")):
        assert verify(one).answer is Answer.AGREES


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        ([7, 8, 9], [7, 8, 9]),
        ([7, None, None], [7, None, None]),  # it has lost count
        ([None, 8, 9], [0, 1, 2]),
        ([None, None, 0], [0, 1, 2]),
    ],
)
def test_what_a_device_counts_stands_from_the_first_reading_on(
    deployed: Deployed,
    monkeypatch: pytest.MonkeyPatch,
    counts: list[int | None],
    kept: list[int | None],
) -> None:
    device = deployed(rate_hz=10)
    probe = type(device.probe().raw)
    read, given = probe.read, iter(counts)
    monkeypatch.setattr(probe, "read", lambda one: attrs.evolve(read(one), ticks=next(given)))
    heard: list[int | None] = []

    run_leak(device, [0], ticks=2, on_reading=lambda reading, _: heard.append(reading.ticks))

    assert heard == kept


@pytest.mark.parametrize("at", [0, 2])
def test_no_ticks_are_claimed_where_whoever_gets_the_readings_lets_the_clock_run(
    deployed: Deployed, tmp_path: Path, at: int
) -> None:
    network = [LayerSpec((1, 2, 2), [-13], threshold_low=-1000)]
    device = deployed(network, rate_hz=6)
    heard: list[int | None] = []

    def let_it_run(reading: Reading, _: float) -> None:
        heard.append(reading.ticks)
        if len(heard) == 1 + at:
            device.start_slow_clock()
            device.clock.sleep_s(1)
            device.stop_slow_clock()

    run = run_leak(device, ticks=3, on_reading=let_it_run)

    assert heard == ([0, None, None, None] if at == 0 else [0, 1, 2, None])
    assert run.trace(0).ticks is None
    save_run(run, tmp_path / "kept.h5")
    assert open_run(tmp_path / "kept.h5").trace(0).ticks is None
    heard.clear()
    run_leak(device, ticks=3, on_reading=let_it_run, record=tmp_path / "run.h5")
    assert open_run(tmp_path / "run.h5").trace(0).ticks is None


def test_a_device_without_checks_counts_for_itself_where_somebody_gets_the_readings(
    deployed: Deployed,
) -> None:
    raw = deployed(rate_hz=10).raw
    raw.start_slow_clock()
    raw.clock.sleep_s(1)
    raw.stop_slow_clock()
    assert measure_leak(raw, ticks=2).ticks is not None  # nothing else can make a tick
    assert measure_leak(raw, ticks=2, on_reading=lambda *_: raw.tick()).ticks is None


@given(network=networks(), ticks=st.integers(1, 12))
@SAME_BOARD_MAKER
def test_several_layers_in_one_stepped_run_read_what_single_runs_read(
    deployed: Deployed, network: list[LayerSpec], ticks: int
) -> None:
    run = run_leak(deployed(network), "all", ticks=ticks)

    assert [trace.layer for trace in run.traces] == list(range(len(network)))
    for trace in run.traces:
        alone = measure_leak(deployed(network), layer=trace.layer, ticks=ticks)
        assert (trace.v_mem == alone.v_mem).all()
        assert trace.ticks is not None
        assert trace.ticks.tolist() == list(range(ticks + 1))


def test_each_layer_is_read_once_in_a_sample_and_has_its_own_times(deployed: Deployed) -> None:
    order: list[tuple[int, float]] = []
    run = run_leak(
        deployed(rate_hz=1, reading_s=0.125),
        [2, 0],
        every_s=1,
        for_s=3,
        on_reading=lambda reading, time_s: order.append((reading.layer, time_s)),
    )

    assert order == [(2, 0), (0, 0), (2, 1), (0, 1.125), (2, 2), (0, 2.125), (2, 3), (0, 3)]
    assert run.trace(2).time_s.tolist() == [0, 1, 2, 3]
    assert run.trace(0).time_s.tolist() == [0, 1.125, 2.125, 3]
    # the clock is off in the first sample and in the last, in which all are of the same moment
    assert run.trace(0).v_mem[:, 0, 0, 0].tolist() == [126, 113, 100, 87]
    assert run.trace(0).duration_s.tolist() == [0, 0.125, 0.125, 0]


def test_samples_that_take_longer_than_the_time_between_them_come_one_after_the_other(
    deployed: Deployed,
) -> None:
    run = run_leak(deployed(rate_hz=1, reading_s=0.75), "all", every_s=1, for_s=4)

    assert [len(trace) for trace in run.traces] == [5, 5, 5]
    assert all((np.diff(trace.time_s) >= 0).all() for trace in run.traces)
    assert run.answer is not Answer.DISAGREES


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        (None, [0, 2]),
        ("all", [0, 1, 2]),
        ([1], [1]),
        (range(2), [0, 1]),
        (np.array([2, 1]), [2, 1]),
    ],
)
def test_layers_are_those_that_leak_or_all_or_those_named(
    deployed: Deployed, asked: Any, read: list[int]
) -> None:
    run = run_leak(deployed(), asked, ticks=2)

    assert [trace.layer for trace in run.traces] == read
    assert [layer.index for layer in run.layers] == read
    assert len(run.deployment.layers) == 3


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], r"the leak of no layer. The layers are: 0, 1, 2"),
        ([0, 0], r"layer 0 twice in each sample. Name each layer once"),
        ("al", r"layers 'al', which is no list of layers. .* such as \[0\], or 'all'"),
        (2, r"layers 2, which is no list of layers. .* such as \[2\]"),
        (True, r"layers True, which is no list"),
        ({0: 1}, r"which is no list"),
    ],
)
def test_what_names_no_layers_is_refused_before_anything_is_read(
    deployed: Deployed, asked: Any, said: str
) -> None:
    device = deployed()

    with pytest.raises(InputError, match=said) as refused:
        run_leak(device, asked, ticks=2)
    assert refused.value.run is None
    assert device.raw.reads == 0  # type: ignore[attr-defined]  # of the test's board


@pytest.mark.parametrize("asked", [[9], [0, -1], ["x"], [None], [0.5]])
def test_a_layer_that_there_is_not_is_refused_with_those_that_there_are(
    deployed: Deployed, asked: Any
) -> None:
    with pytest.raises(speckhal.LayerNotFound, match="Its layers are: 0, 1, 2"):
        run_leak(deployed(), asked, ticks=2)


def test_a_network_that_does_not_leak_has_no_layers_that_do(deployed: Deployed) -> None:
    device = deployed()
    device.deploy([LayerSpec((1, 1, 1), None)], input_shape=(1, 1, 1))

    with pytest.raises(InputError, match="none of those deployed does"):
        run_leak(device, ticks=1)
    assert len(run_leak(device, "all", ticks=1).trace()) == 2


def test_without_a_network_or_a_device_nothing_runs(deployed: Deployed) -> None:
    device = deployed()
    any_run: Any = run_leak

    with pytest.raises(speckhal.ConfigurationError, match=r"no network is deployed.*Call deploy"):
        run_leak(OpenDevice(device.raw), ticks=1)
    for no_device in ("mock", device.raw, None):
        with pytest.raises(InputError, match=r"no device of speckhal\.open_device"):
            any_run(no_device, ticks=1)
    with pytest.raises(InputError, match="pass each reading to 5"):
        any_run(device, on_reading=5)


@pytest.mark.parametrize("fail_at", [0, 1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("clock", [{"rate_hz": 1}, {}])
def test_whatever_ends_it_carries_a_run_of_what_was_read(
    deployed: Deployed, fail_at: int, clock: dict[str, int]
) -> None:
    device = deployed(fail_at=fail_at, reading_s=0.125, **clock)
    sampling = {"every_s": 1.0, "for_s": 3.0} if clock else {"ticks": 3}

    with pytest.raises(KeyboardInterrupt) as ended:
        run_leak(device, [0, 2], **sampling)

    run: Run = ended.value.run  # type: ignore[attr-defined]  # it is given to all errors
    assert [trace.layer for trace in run.traces] == [0, 2]
    assert [len(trace) for trace in run.traces] == [(fail_at + 1) // 2, fail_at // 2]
    assert all(trace.time_s[0] == 0 for trace in run.traces if len(trace))
    assert run.problem == "KeyboardInterrupt"
    assert device.raw.started_s is None  # type: ignore[attr-defined]  # of the test's board
    first = ended.value.trace  # type: ignore[attr-defined]  # it is given to all errors
    assert (first is None) if fail_at == 0 else (len(first) == (fail_at + 1) // 2)


def test_an_error_within_a_first_sample_leaves_no_time_before_the_start(
    deployed: Deployed,
) -> None:
    def fail(reading: Reading, _time_s: float) -> None:
        if reading.layer == 2:
            raise ValueError("lost")

    with pytest.raises(ValueError, match="lost") as ended:
        run_leak(deployed(rate_hz=1, reading_s=0.5), "all", on_reading=fail)

    run: Run = ended.value.run  # type: ignore[attr-defined]  # it is given to all errors
    assert [trace.time_s.tolist() for trace in run.traces] == [[0], [0], [0]]
    assert run.problem == "ValueError: lost"


def test_a_run_travels_between_processes_with_its_error(deployed: Deployed) -> None:
    error = InputError("Lost.", hint="Read again.")
    error.run = run_leak(deployed(), ticks=3)

    again = pickle.loads(pickle.dumps(error)).run  # noqa: S301  # of this test's own

    assert again.provenance.run_id == error.run.provenance.run_id
    assert (again.trace(2).v_mem == error.run.trace(2).v_mem).all()
    assert again.answer is error.run.answer


def test_observers_and_the_run_have_the_same_name_for_it(deployed: Deployed) -> None:
    heard: list[tuple[str, tuple[int, ...]]] = []

    class Listeners(Observers):
        def run_started(self, info: DeviceInfo, run: RunInfo) -> None:
            heard.append((run.run_id, run.layers))

    device = OpenDevice(deployed().raw, observers=Listeners())
    leak = device.leak_config(drive=ClockDrive.STEPPED)
    device.deploy([LayerSpec((1, 1, 1), [-1])] * 3, input_shape=(1, 1, 1), leak=leak)

    run = run_leak(device, [2, 0], ticks=1)

    assert heard == [(run.provenance.run_id, (2, 0))]


def test_a_run_says_where_it_comes_from(deployed: Deployed) -> None:
    before = dt.datetime.now(dt.timezone.utc)
    run = run_leak(deployed(), ticks=2, plan={"wanted": "5% per 10 ms"})
    of_clock = run_leak(deployed(rate_hz=1), every_s=0.5, for_s=1)

    about = run.provenance
    assert dt.timedelta(0) <= dt.datetime.fromisoformat(about.started_at) - before
    assert about.capabilities == tuple(sorted(about.capabilities))
    assert "STEPPED_CLOCK" in about.capabilities
    assert about.input_shape == (1, 2, 2)
    assert about.sampling == {"ticks": 2}
    assert of_clock.provenance.sampling == {"every_s": 0.5, "for_s": 1}
    assert about.versions["speckhal"] == speckhal.__version__
    assert about.plan == {"wanted": "5% per 10 ms"}
    assert run.info.serial_number == "7"
    assert about.run_id != of_clock.provenance.run_id


def test_a_sink_gets_what_the_traces_have(deployed: Deployed) -> None:
    class Notes:
        def __init__(self) -> None:
            self.times_s: dict[int, list[float]] = {}
            self.starts_s: list[float] = []

        def reading(self, reading: Reading, time_s: float) -> None:
            self.times_s.setdefault(reading.layer, []).append(time_s)

        def started(self, duration_s: float) -> None:
            assert all(times_s == [0] for times_s in self.times_s.values())
            self.starts_s.append(duration_s)

    device, notes = deployed(rate_hz=1, reading_s=0.125), Notes()
    traces = LeakExperiment(device, ClockedSampling(1, 3), layers=(0, 2), sink=notes).run()
    assert notes.times_s == {trace.layer: trace.time_s.tolist() for trace in traces}
    assert notes.starts_s == [traces[0].duration_s[0]]

    stepped = Notes()
    LeakExperiment(deployed(), SteppedSampling(2), layers=(0, 2), sink=stepped).run()
    assert stepped.starts_s == []


def test_what_a_sink_raises_ends_the_run_with_the_clock_off(deployed: Deployed) -> None:
    class Full:
        def reading(self, reading: Reading, time_s: float) -> None:
            if time_s > 0:
                raise OSError("no space left")

        def started(self, duration_s: float) -> None:
            pass

    device = deployed(rate_hz=1)
    with pytest.raises(OSError, match="no space left") as ended:
        LeakExperiment(device, ClockedSampling(1, 3), layers=(0, 2), sink=Full()).run()

    assert device.raw.started_s is None  # type: ignore[attr-defined]  # of the test's board
    assert len(ended.value.trace) == 2  # type: ignore[attr-defined]  # it is given to all errors
