"""The published leak of a Speck2f: the record that ships is what was published, and is verified."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from published_record import NOTES, published_run
from runs_made import refuse_difference
from speckhal import (
    Answer,
    Capability,
    ClockDrive,
    InputError,
    LayerSpec,
    measure_leak,
    open_device,
    open_run,
    published_leak_path,
    run_leak,
    verify,
)
from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

NAME = "published-leak"
NETWORK = [LayerSpec((1, 2, 2), [-13], threshold_high=127, threshold_low=-127, initial=127)]


def test_the_record_that_ships_is_what_its_maker_makes() -> None:
    kept = open_run(published_leak_path())
    refuse_difference(kept, published_run())
    assert not kept.is_partial
    assert kept.provenance.options == kept.provenance.versions == {}  # nobody knows them


def test_every_value_of_the_record_that_ships_has_a_checksum() -> None:
    unguarded: list[str] = []

    def look(name: str, part: Any) -> None:
        if isinstance(part, h5py.Dataset) and not part.fletcher32:
            unguarded.append(name)

    with h5py.File(published_leak_path(), locking=False) as file:
        assert "sha256" in file.attrs
        file.visititems(look)
    assert not unguarded


def test_its_readings_are_those_that_were_printed() -> None:
    trace = open_run(NAME).trace()
    printed = [101, 101, 88, 88, 75, 75, 62, 62, 49, 49, 36, 36, 23, 23, 10, 10, -3, -3, -16, -16]
    of_each = np.tile(np.reshape(printed, (20, 1, 1, 1)), (1, 2, 2))
    np.testing.assert_array_equal(trace.v_mem, of_each)
    np.testing.assert_array_equal(trace.time_s, np.arange(20) / 2)
    assert trace.ticks is None  # nobody counted


@pytest.mark.parametrize("jitter_s", [0.0, 0.005])
def test_its_step_is_13_and_its_clock_may_be_of_1_hz(jitter_s: float) -> None:
    layer = verify(open_run(NAME), jitter_s=jitter_s).layers[0]
    assert layer.steps == (-13,)
    assert layer.ticks == 9
    assert layer.rate_hz is not None
    least_hz, most_hz = layer.rate_hz
    assert least_hz == pytest.approx(0.941, abs=0.002)
    assert most_hz == pytest.approx(1.053, abs=0.002)
    answers = {one.name: one.answer for one in layer.findings}
    assert answers["step"] is answers["lost ticks"] is answers["outliers"] is Answer.AGREES
    # 9 ticks cannot show a clock that is off by 3 %
    assert answers["rate"] is layer.answer is Answer.CANNOT_TELL


def test_its_first_value_is_two_ticks_from_the_start_and_nobody_can_tell_why() -> None:
    run = open_run(NAME)
    assert run.provenance.start == 127
    assert (run.trace().v_mem[0] == 101).all()
    phase = verify(run).finding("phase")
    assert phase.answer is Answer.CANNOT_TELL
    assert "2 ticks came between 127 and the first reading" in phase.said
    assert "as if the clock started there" not in phase.said


def test_verify_and_show_say_what_is_inferred_before_they_say_what_it_shows() -> None:
    for command, code in (("verify", 2), ("show", 0)):
        done = CliRunner().invoke(main, [command, NAME])
        assert done.exit_code == code
        for name, note in NOTES.items():
            assert f"{name} " in done.output
            assert note in done.output
        assert done.output.index(NOTES["inferred"]) < done.output.index("layer 0")
        assert "Speck2fModuleDevKit, hardware" in done.output
    shown = json.loads(CliRunner().invoke(main, ["show", NAME, "--json"]).output)
    assert shown["provenance"]["notes"] == NOTES


def test_as_a_device_it_gives_the_same_and_says_that_it_is_a_recording_of_hardware() -> None:
    run = open_run(NAME)
    with open_device(f"replay:{NAME}") as device:
        assert device.capabilities == {Capability.EXTERNAL_CLOCK, Capability.PREVIEW}
        assert (device.info.emulated, device.info.recorded_at) == (False, "2023-04")
        assert device.info.kind == "recorded on hardware, 2023-04"
        leak = device.leak_config(drive=ClockDrive.EXTERNAL, rate_hz=1)
        device.deploy(NETWORK, input_shape=(1, 2, 2), leak=leak)
        assert device.states == "leaked"
        trace = measure_leak(device, every_s=0.5, for_s=9.5)
        device.deploy(NETWORK, input_shape=(1, 2, 2), leak=leak)
        again = run_leak(device, every_s=0.5, for_s=9.5)
    np.testing.assert_array_equal(trace.v_mem, run.trace().v_mem)
    np.testing.assert_array_equal(trace.time_s, run.trace().time_s)
    kept = again.provenance
    assert (kept.notes, kept.start, kept.states) == (NOTES, 127, "leaked")


def test_the_command_line_replays_it_without_an_option(tmp_path: Path) -> None:
    table = tmp_path / "leak.csv"
    done = CliRunner().invoke(main, ["leak", "--backend", "replay", "--csv", str(table)])
    assert done.exit_code == 0, done.output
    assert "recorded on hardware, 2023-04 (replay, speck2f)" in done.output
    rows = [*csv.DictReader(table.read_text().splitlines())]
    assert len(rows) == 80
    assert [row["v_mem"] for row in rows[:4]] == ["101"] * 4


def test_a_file_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_run(NAME).provenance.run_id == NAME
    (tmp_path / NAME).write_bytes(published_leak_path().read_bytes()[:5000])
    with pytest.raises(InputError, match="damaged"):
        open_run(NAME)
    with pytest.raises(InputError, match="damaged"):
        open_device(f"replay:{NAME}")
