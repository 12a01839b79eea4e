"""A record is a device: the same script gives the same readings, and the rest is refused."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, cast

import attrs
import h5py
import numpy as np
import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runs_made import layer, run_of
from speckhal import (
    Capability,
    CapabilityUnsupported,
    ClockDrive,
    ConfigurationError,
    DeviceNotFound,
    Fact,
    InputError,
    LayerNotFound,
    LayerSpec,
    NetworkError,
    NotRecorded,
    OpenDevice,
    Provenance,
    Range,
    RecordIsPartial,
    Run,
    measure_leak,
    open_device,
    open_run,
    plan_leak,
    run_leak,
    verify,
)
from speckhal.cli import main
from speckhal.contract.backend import describe_board
from speckhal.contract.leak_config import PlainLeakConfig
from speckhal.runs.replay.backend import ReplayBackend
from speckhal.runs.replay.device import ReplayDevice
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Deployed = Callable[..., OpenDevice]

INPUT = (1, 2, 2)
NETWORK = (
    LayerSpec((1, 2, 2), [-13], initial=126),
    LayerSpec((2, 2, 2), None, initial=5),
    LayerSpec((2, 1, 1), [7, -3], initial=0, threshold_low=-20),
)
STEPPED = ClockDrive.STEPPED
FEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def _replayed(run: Run, rate_hz: int | None = None) -> OpenDevice:
    return _on(OpenDevice(ReplayDevice(run)), NETWORK, rate_hz)


def _on(device: OpenDevice, network: Sequence[LayerSpec], rate_hz: int | None) -> OpenDevice:
    drive = ClockDrive.STEPPED if rate_hz is None else ClockDrive.EXTERNAL
    leak = device.leak_config(drive=drive, rate_hz=rate_hz)
    device.deploy(network, input_shape=INPUT, leak=leak)
    return device


def _refuse_difference(replayed: Run, recorded: Run) -> None:
    for one, other in zip(replayed.traces, recorded.traces, strict=True):
        assert one.layer == other.layer
        np.testing.assert_array_equal(one.v_mem, other.v_mem)
        np.testing.assert_allclose(one.time_s, other.time_s, rtol=0, atol=1e-9)
        np.testing.assert_allclose(one.duration_s, other.duration_s, rtol=0, atol=1e-9)
        if other.ticks is None:
            assert one.ticks is None
        else:
            np.testing.assert_array_equal(one.ticks, other.ticks)


def _as_its_moments_show(recorded: Run, rate_hz: int) -> Run:
    """The run replayed with the sampling that is read off its times, as of arrays."""
    unknown = attrs.evolve(recorded, provenance=Provenance("arrays"))
    replayed = _replayed(unknown, rate_hz)
    assert isinstance(replayed.raw, ReplayDevice)
    shown = replayed.raw.settings
    layers = [trace.layer for trace in recorded.traces]
    return run_leak(replayed, layers, every_s=shown["every_s"], for_s=shown["for_s"])


@FEW
@given(
    every_ms=st.integers(20, 700),
    samples=st.integers(1, 30),
    reading_ms=st.integers(0, 60),
    rate_hz=st.integers(1, 40),
    layers=st.permutations([0, 1, 2]),
)
def test_a_script_gives_on_the_record_what_it_gave_on_the_board_under_a_running_clock(
    deployed: Deployed,
    every_ms: int,
    samples: int,
    reading_ms: int,
    rate_hz: int,
    layers: list[int],
) -> None:
    every_s, for_s = every_ms / 1000, samples * every_ms / 1000
    device = deployed(NETWORK, rate_hz=rate_hz, reading_s=reading_ms / 1000)
    recorded = run_leak(device, layers, every_s=every_s, for_s=for_s)
    _refuse_difference(
        run_leak(_replayed(recorded, rate_hz), layers, every_s=every_s, for_s=for_s), recorded
    )
    _refuse_difference(_as_its_moments_show(recorded, rate_hz), recorded)


@FEW
@given(ticks=st.integers(1, 30), reading_ms=st.integers(0, 60))
def test_a_script_gives_on_the_record_what_it_gave_on_the_board_tick_by_tick(
    deployed: Deployed, ticks: int, reading_ms: int
) -> None:
    recorded = run_leak(deployed(NETWORK, reading_s=reading_ms / 1000), "all", ticks=ticks)
    _refuse_difference(run_leak(_replayed(recorded), "all", ticks=ticks), recorded)


def test_a_record_that_was_late_makes_the_script_as_late(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), [0], every_s=0.5, for_s=3)
    late = np.r_[0, np.linspace(0.001, 0.02, 6)]
    trace = attrs.evolve(recorded.traces[0], time_s=recorded.traces[0].time_s + late)
    recorded = attrs.evolve(recorded, traces=(trace,))
    again = run_leak(_replayed(recorded, 5), [0], every_s=0.5, for_s=3)
    _refuse_difference(again, recorded)
    _refuse_difference(_as_its_moments_show(recorded, 5), recorded)


def test_rarer_readings_and_an_earlier_end_give_the_recorded_values(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), [0], every_s=0.5, for_s=4)
    again = run_leak(_replayed(recorded, 5), [0], every_s=1.0, for_s=3)
    np.testing.assert_array_equal(again.trace().v_mem, recorded.trace().v_mem[:7:2])


def test_a_moment_that_was_not_recorded_is_refused_with_the_nearest(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), [0], every_s=0.5, for_s=4)
    device = _replayed(recorded, 5)
    device.start_slow_clock()
    device.clock.sleep_s(1.7)
    with pytest.raises(NotRecorded, match=r"recorded at 1\.5 s and 2 s .* asked at 1\.7 s"):
        device.probe().read()
    device.stop_slow_clock()
    with pytest.raises(NotRecorded, match=r"its clock was stopped at 1\.7 s"):
        device.probe().read()
    with pytest.raises(NotRecorded, match="of one run of it"):
        device.start_slow_clock()


def test_what_is_after_the_end_is_refused_and_what_was_read_is_kept(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), [0], every_s=0.5, for_s=2)
    with pytest.raises(NotRecorded, match="where its record ends") as caught:
        measure_leak(_replayed(recorded, 5), every_s=0.5, for_s=3)
    assert caught.value.trace is not None
    assert len(caught.value.trace) == 5


def test_ticks_after_the_last_are_refused(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK), [0], ticks=4)
    device = _replayed(recorded)
    device.tick(3)
    np.testing.assert_array_equal(device.probe().read().v_mem, recorded.trace().v_mem[3])
    with pytest.raises(NotRecorded, match=r"Asked for tick 5 .* ends after 4") as refused:
        device.tick(2)
    assert "Give run_leak restore=True, or deploy the network again" in str(refused.value.hint)
    run_leak(device, [0], ticks=4, restore=True)


def test_no_tick_is_a_number_of_ticks_and_what_is_refused_says_so(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK), [0], ticks=4)
    device = _replayed(recorded)
    device.tick(0)
    np.testing.assert_array_equal(device.probe().read().v_mem, recorded.trace().v_mem[0])
    for count in (-1, 0.5):
        with pytest.raises(ConfigurationError) as refused:
            device.tick(count)  # type: ignore[arg-type]  # the case
        assert refused.value.hint == "Use a whole number from 0, such as tick(1)."


def test_another_network_rate_drive_or_layer_is_refused(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), [0], every_s=0.5, for_s=2)
    device = _replayed(recorded, 5)
    with pytest.raises(NotRecorded, match="not read when it was recorded"):
        device.probe(1)
    with pytest.raises(ConfigurationError, match="7 Hz, and this was recorded at 5 Hz"):
        device.leak_config(rate_hz=7)
    with pytest.raises(CapabilityUnsupported, match="STEPPED_CLOCK"):
        device.leak_config(drive=ClockDrive.STEPPED)
    other = (LayerSpec((1, 2, 2), [-12], initial=126), *NETWORK[1:])
    with pytest.raises(NetworkError, match="bias -12 in channel 0, and what was recorded is -13"):
        device.deploy(other, input_shape=INPUT)
    with pytest.raises(NetworkError, match="of 2 layers, and what was recorded is one of 3"):
        device.deploy(NETWORK[:2], input_shape=INPUT)
    with pytest.raises(NetworkError, match=r"input of shape \(1, 3, 3\)"):
        device.deploy(NETWORK, input_shape=(1, 3, 3))
    initial = (LayerSpec((1, 2, 2), [-13], initial=125), *NETWORK[1:])
    with pytest.raises(NetworkError, match="whose hash is"):
        device.deploy(initial, input_shape=INPUT)
    # what was refused has changed nothing
    assert device.deployment is not None
    with pytest.raises(CapabilityUnsupported):
        device.probe().write(np.zeros(INPUT, np.int16))


def test_a_plan_is_made_on_the_record_that_was_taken_under_it_as_it_was_on_the_board(
    deployed: Deployed, tmp_path: Path
) -> None:
    def planned(device: OpenDevice, wish: str, record: Path | None = None) -> Run:
        plan = plan_leak(NETWORK, wish, on=device)
        device.deploy(NETWORK, plan=plan)
        return run_leak(device, every_s=0.1, for_s=0.5, start=99, record=record)

    path = tmp_path / "planned.h5"
    recorded = planned(deployed(NETWORK), "5% per 100 ms", path)
    with open_device(f"replay:{path}") as device:
        unplanned = device.preview(NETWORK)
        assert device.deployment is None
        again = planned(device, "5% per 100 ms")
        with pytest.raises(ConfigurationError, match="and this was recorded at"):
            planned(device, "7% per 100 ms")
        others = (*NETWORK[:2], LayerSpec((2, 1, 1), [7, -3], threshold_low=-21))
        with pytest.raises(NotRecorded, match="threshold_low=-21, and what was recorded is -20"):
            plan_leak(others, "5% per 100 ms", on=device)
        given = device.preview(others[:2] + NETWORK[2:], biases={2: [1, 2]}).layer(2)
        with pytest.raises(ConfigurationError, match="recorded under the external drive"):
            replay = cast("ReplayDevice", device.raw)
            replay.preview(NETWORK, input_shape=INPUT, leak=PlainLeakConfig(STEPPED, None))
    _refuse_difference(again, recorded)
    by_name = plan_leak(NETWORK, "5% per 100 ms", on=f"replay:{path}").as_json()
    assert by_name | {"is_applied": True} == recorded.provenance.plan == again.provenance.plan
    assert [layer.biases.tolist() for layer in unplanned.layers] == [[-13], [0, 0], [7, -3]]
    assert [layer.leak_enable for layer in unplanned.layers] == [True, False, True]
    assert (given.biases.tolist(), given.wanted_biases.tolist()) == ([1, 2], [1, 2])


def test_a_clock_with_a_rate_that_was_stepped_all_the_same_is_stepped_on_its_replay(
    deployed: Deployed,
) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), "all", ticks=3)
    for rate_hz in (5, None):
        device = _replayed(recorded, rate_hz)
        _refuse_difference(run_leak(device, "all", ticks=3), recorded)
    running = _replayed(recorded, 5)
    with pytest.raises(NotRecorded, match="made one by one: 3 of them") as refused:
        run_leak(running, "all", every_s=0.1, for_s=1)
    assert "run_leak(ticks=3)" in str(refused.value.hint)
    with pytest.raises(ConfigurationError, match="6 Hz, and this was recorded at 5 Hz"):
        _replayed(recorded, 6)


def test_some_neurons_are_read_in_the_order_asked_for(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK), [2], ticks=2)
    device = _replayed(recorded)
    read = device.probe(2, neurons=[(1, 0, 0), (0, 0, 0)]).read().v_mem
    np.testing.assert_array_equal(read, recorded.trace(2).v_mem[0, ::-1, 0, 0])


@pytest.mark.parametrize("name", ["run.h5", "my run 2.h5", "lauf: zwei.h5", "Überlauf ü.h5"])
def test_a_file_of_any_name_opens(deployed: Deployed, tmp_path: Path, name: str) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), "all", every_s=0.5, for_s=2)
    save_run(recorded, tmp_path / name)
    with open_device(f"replay:{tmp_path / name}") as device:
        assert device.info.backend == "replay"
        assert device.info.emulated
        again = run_leak(_on(device, NETWORK, 5), "all", every_s=0.5, for_s=2)
    _refuse_difference(again, recorded)


def test_a_partial_record_says_so_and_replays(deployed: Deployed, tmp_path: Path) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), "all", every_s=0.5, for_s=2)
    recorded = attrs.evolve(recorded, problem="KeyboardInterrupt: ")
    save_run(recorded, tmp_path / "run.h5")
    with pytest.warns(RecordIsPartial, match="ends early, after 5 readings: KeyboardInterrupt"):
        device = open_device(f"replay:{tmp_path / 'run.h5'}")
    with device:
        assert len(run_leak(_on(device, NETWORK, 5), "all", every_s=0.5, for_s=1).trace()) == 3


def test_a_wrong_file_and_an_option_are_refused(tmp_path: Path) -> None:
    (tmp_path / "no.h5").write_text("no record")
    with pytest.raises(InputError, match="is not a record"):
        open_device(f"replay:{tmp_path / 'no.h5'}")
    with pytest.raises(DeviceNotFound, match="no such file"):
        open_device(f"replay:{tmp_path / 'missing.h5'}")
    with pytest.raises(InputError, match="takes no options"):
        open_device("replay", rate=3)


def test_a_file_in_the_home_and_one_of_this_directory_open_wherever_the_program_goes(
    deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), "all", every_s=0.5, for_s=1)
    save_run(recorded, tmp_path / "run.h5")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for target in ("~/run.h5", "run.h5", "./run.h5", "../" + tmp_path.name + "/run.h5"):
        with open_device(f"replay:{target}") as device:
            monkeypatch.chdir("/")
            again = run_leak(_on(device, NETWORK, 5), "all", every_s=0.5, for_s=1)
        _refuse_difference(again, recorded)
        monkeypatch.chdir(tmp_path)


def test_a_record_with_readings_of_some_layers_begins_anew_as_a_whole(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK, rate_hz=5), [0, 2], every_s=0.5, for_s=2)
    device = _replayed(recorded, 5)
    first = run_leak(device, [0, 2], every_s=0.5, for_s=2)
    with pytest.raises(NotRecorded, match="of one run of it") as refused:
        run_leak(device, [0, 2], every_s=0.5, for_s=2)
    assert "Give run_leak restore=True, or deploy the network again" in str(refused.value.hint)
    second = run_leak(device, [0, 2], every_s=0.5, for_s=2, restore=True)
    for one in (first, second):
        for a_trace, other in zip(one.traces, recorded.traces, strict=True):
            np.testing.assert_array_equal(a_trace.v_mem, other.v_mem)
    assert (first.provenance.states, second.provenance.states) == ("deployed", "restored")


def test_what_a_run_wrote_is_where_its_replay_starts(deployed: Deployed) -> None:
    recorded = run_leak(deployed(NETWORK), [0], ticks=3, start=99)
    device = _replayed(recorded)

    again = run_leak(device, [0], ticks=3)

    assert (again.trace(0).v_mem == recorded.trace(0).v_mem).all()
    assert (again.provenance.states, again.provenance.written) == ("written", {"0": 99})
    with pytest.raises(NotRecorded, match="Asked for tick 4 since") as refused:
        run_leak(device, [0], ticks=1)
    assert "restore" not in str(refused.value.hint)
    with pytest.raises(NotRecorded, match="had been written already"):
        device.restore_states()


@pytest.mark.parametrize("rate_hz", [None, 5])
@pytest.mark.parametrize(("start", "restore"), [(99, False), (99, True), ("high", False)])
def test_a_script_that_writes_a_start_runs_on_its_own_record_as_often_as_it_likes(
    deployed: Deployed, rate_hz: int | None, start: Any, *, restore: bool
) -> None:
    times: dict[str, Any] = {"ticks": 3} if rate_hz is None else {"every_s": 0.1, "for_s": 0.5}

    def measured(device: OpenDevice) -> Run:
        return run_leak(device, [2, 0], start=start, restore=restore, **times)

    recorded = measured(deployed(NETWORK, rate_hz=rate_hz, reading_s=0.01))
    device = _replayed(recorded, rate_hz)
    probe = device.probe(2)
    for _ in range(2):
        again = measured(device)
        _refuse_difference(again, recorded)
        assert again.provenance.states == recorded.provenance.states == "written"
        assert again.provenance.written == recorded.provenance.written
    assert (probe.read().v_mem == recorded.trace(2).v_mem[-1]).all()


def test_a_start_that_was_not_recorded_is_refused_with_the_one_that_was(
    deployed: Deployed,
) -> None:
    device = _replayed(run_leak(deployed(NETWORK), [0], ticks=3, start=99))
    with pytest.raises(NotRecorded, match="layer 0 from 98, and the record begins with 99") as odd:
        run_leak(device, [0], ticks=3, start=98)
    assert str(odd.value.hint).startswith("Start from 99, or leave out the start")
    run_leak(device, [0], ticks=3, start=99)
    assert len(run_leak(device, [0], ticks=3, start=99, restore=True).trace(0)) == 4
    own = _replayed(run_leak(deployed(NETWORK), "all", ticks=3))
    assert run_leak(own, [0], ticks=3, start=126).provenance.states == "deployed"
    with pytest.raises(NotRecorded, match="from 4, and the record begins with 5"):
        run_leak(own, [1], ticks=3, start=4)


def test_layers_that_a_record_has_no_reading_of_may_leak_on_while_others_start_anew(
    deployed: Deployed,
) -> None:
    board = deployed(NETWORK)
    run_leak(board, "all", ticks=2)  # so that no layer is as it was deployed
    recorded = [run_leak(board, [2], ticks=3, start=4) for _ in range(2)]
    device = _replayed(recorded[0])
    for one in recorded:
        _refuse_difference(run_leak(device, [2], ticks=3, start=4), one)
    both = _replayed(run_leak(board, [0, 2], ticks=3, start=4))
    run_leak(both, [2], ticks=3, start=4)
    with pytest.raises(NotRecorded, match="to let layer 0 leak on, and a replay starts") as refused:
        run_leak(both, [2], ticks=3, start=4)
    assert str(refused.value.hint).startswith("Give restore=True")
    run_leak(both, [2], ticks=3, start=4, restore=True)


def test_states_that_were_reset_before_the_record_began_are_reset_on_its_replay(
    deployed: Deployed,
) -> None:
    board = deployed(NETWORK)
    board.reset_states()
    recorded = run_leak(board, "all", ticks=3)
    device = _replayed(recorded)
    assert Capability.RESET_STATES in device.capabilities
    seen: list[int | None] = []
    for before in (0, 3):
        device.reset_states()
        again = run_leak(device, "all", ticks=3, on_reading=lambda one, _: seen.append(one.ticks))
        _refuse_difference(again, recorded)
        assert again.provenance.states == "reset"
        assert seen[-1] == before + 3
    with pytest.raises(NotRecorded, match="had been reset already") as refused:
        run_leak(device, "all", ticks=3, restore=True)
    assert str(refused.value.hint).startswith("Leave out restore=True")
    _refuse_difference(run_leak(_on(device, NETWORK, None), "all", ticks=3), recorded)
    with pytest.raises(CapabilityUnsupported):
        _replayed(run_leak(deployed(NETWORK), "all", ticks=3)).reset_states()
    ran = deployed(NETWORK, rate_hz=5)
    ran.reset_states()
    running = _replayed(run_leak(ran, every_s=0.5, for_s=2), 5)
    running.start_slow_clock()
    with pytest.raises(NotRecorded, match="while the slow clock runs"):
        running.reset_states()


def test_what_had_leaked_when_the_record_began_stays_leaked(deployed: Deployed) -> None:
    board = deployed(NETWORK)
    run_leak(board, "all", ticks=2)
    recorded = run_leak(board, "all", ticks=3)
    device = _replayed(recorded)
    assert recorded.provenance.states == device.states == "leaked"
    with pytest.raises(NotRecorded, match="had leaked already"):
        run_leak(device, "all", ticks=3, restore=True)
    again = run_leak(device, "all", ticks=3)
    assert again.provenance.states == "leaked"
    _refuse_difference(again, recorded)


def test_what_is_recorded_of_a_replay_says_when_it_was_measured_and_of_which_network(
    deployed: Deployed, tmp_path: Path
) -> None:
    recorded = run_leak(deployed(NETWORK), "all", ticks=3)
    network = ReplayBackend().example().network
    measured_at = recorded.provenance.started_at
    for _ in range(2):  # a replay of a replay too
        device = OpenDevice(ReplayDevice(recorded))
        leak = device.leak_config(drive=ClockDrive.STEPPED)
        device.deploy(network, input_shape=(1, 1, 1), leak=leak)
        run_leak(device, "all", ticks=3, record=tmp_path / "again.h5", overwrite=True)
        recorded = open_run(tmp_path / "again.h5")
        assert recorded.info.recorded_at == measured_at
        assert recorded.info.kind == f"recorded on an emulated board, {measured_at[:10]}"
        assert recorded.provenance.input_shape == INPUT
        assert recorded.provenance.network_hash
        assert recorded.provenance.started_at > measured_at


def test_a_record_takes_its_network_whatever_inputs_its_chip_takes(
    deployed: Deployed, tmp_path: Path
) -> None:
    run = run_leak(deployed(NETWORK), "all", ticks=3)
    ranges = {
        name: Fact(Range(2, 16), "a test") for name in ("input_size_range", "input_channel_range")
    }
    chip = attrs.evolve(run.info.chip, particulars=ranges)
    path = tmp_path / "edge.h5"
    save_run(attrs.evolve(run, info=attrs.evolve(run.info, chip=chip)), path)
    example = ReplayBackend().example()
    plan = plan_leak(example, "5% per 100 ms", on=f"replay:{path}")
    with open_device(f"replay:{path}") as device:
        assert str(device.preview(example).layers) == str(device.deploy(example).layers)
        assert plan_leak(example, "5% per 100 ms", on=device) == plan
        device.deploy(NETWORK)  # for an input of one channel, as it was recorded


def test_a_record_says_what_it_is_before_it_is_opened(deployed: Deployed, tmp_path: Path) -> None:
    save_run(run_leak(deployed(NETWORK), "all", ticks=3), tmp_path / "my run.h5")
    board = describe_board(ReplayBackend(), str(tmp_path / "my run.h5"))
    assert (board.recorded, board.emulated) == (True, True)
    assert Capability.STEPPED_CLOCK in board.capabilities
    assert not describe_board(ReplayBackend()).emulated
    shown = CliRunner().invoke(main, ["info", f"replay:{tmp_path}/my run.h5"])
    assert "boards      recorded on an emulated board" in shown.output
    assert "boards      recorded on hardware" in CliRunner().invoke(main, ["info", "replay"]).output
    listed = CliRunner().invoke(main, ["list"]).output
    (line,) = [line for line in listed.splitlines() if line.startswith("replay")]
    assert line.endswith("no board: a record, as replay:FILE")


def test_the_conformance_suite_and_the_doctor_know_that_a_record_is_no_board(
    deployed: Deployed, tmp_path: Path
) -> None:
    save_run(run_leak(deployed(NETWORK), "all", ticks=3), tmp_path / "run.h5")
    for selection in ("replay", f"replay:{tmp_path}/run.h5", "replay:no.h5"):
        done = CliRunner().invoke(main, ["conformance", selection])
        assert done.exit_code == 2
        assert "a recording only answers what was asked" in done.output
    assert CliRunner().invoke(main, ["doctor", "replay"]).exit_code == 0


def test_the_tab_key_offers_records_and_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("my run.h5", "my.h5.partial", "mine.txt", ".my.h5"):
        (tmp_path / name).touch()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "deep.h5").touch()

    def offered(begun: str) -> list[str]:
        complete = get_completion_class("zsh")(main, {}, "speckhal", "_SPECKHAL_COMPLETE")
        return [one.value for one in complete.get_completions(["leak", "--backend"], begun)]

    assert offered("replay:m") == ["replay:my run.h5", "replay:my.h5.partial", "replay:more/"]
    assert offered("replay:more/") == ["replay:more/deep.h5"]
    assert offered("replay:.m") == ["replay:.my.h5"]
    assert offered("replay:pub") == ["replay:published-leak"]
    assert offered("replay:nowhere/") == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("records") / "run.h5"
    save_run(run_of(layer(0, (2, 2, 2)), layer(1)), path)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_a_damaged_record_is_replayed_or_refused_in_a_sentence(
    tmp_path: Path, whole: Path, data: st.DataObject
) -> None:
    content = whole.read_bytes()
    damaged = bytearray(content[: data.draw(st.integers(1, len(content)))])
    for _ in range(data.draw(st.integers(0, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "run.h5"
    path.write_bytes(damaged)
    with contextlib.suppress(*SENTENCES, RecordIsPartial):
        _replay_all_of(path)


SENTENCES = (InputError, LayerNotFound, NotRecorded, ConfigurationError, CapabilityUnsupported)
WRONG: list[object] = [None, 0, -1, "x", [], {}, [1], {"every_s": "x"}, {"every_s": 0}, {"a": {}}]
_TIMES = [np.full(5, np.nan), np.full(5, -np.inf), np.arange(5.0)[::-1], np.zeros(5)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    name=st.sampled_from(["provenance", "deployment", "device"]),
    member=st.integers(0, 20),
    wrong=st.sampled_from(WRONG),
    times=st.none() | st.sampled_from(_TIMES),
)
def test_a_record_with_other_words_in_it_is_replayed_or_refused_in_a_sentence(
    tmp_path: Path, whole: Path, name: str, member: int, wrong: object, times: npt.NDArray[Any]
) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(whole.read_bytes())
    with h5py.File(path, "r+") as file:
        about = json.loads(file.attrs[name])
        about[sorted(about)[member % len(about)]] = wrong
        file.attrs[name] = json.dumps(about)
        if times is not None:
            file["layer_0/time_s"][...] = times
    with contextlib.suppress(*SENTENCES):
        _replay_all_of(path)


def _replay_all_of(path: Path) -> None:
    with open_device(f"replay:{path}") as device:
        network = ReplayBackend().example().network
        assert isinstance(device.raw, ReplayDevice)
        recorded = device.raw.settings
        rate_hz = int(recorded.pop("rate_hz", 0)) or None
        drive = ClockDrive.EXTERNAL if rate_hz else ClockDrive.STEPPED
        leak = device.leak_config(drive=drive, rate_hz=rate_hz)
        device.deploy(network, input_shape=(1, 1, 1), leak=leak)
        run = run_leak(
            device, "all", **({"every_s": 0.1, "for_s": 0.4} if rate_hz else {"ticks": 4})
        )
        verify(run)
    CliRunner().invoke(main, ["show", str(path)], catch_exceptions=False, standalone_mode=False)
