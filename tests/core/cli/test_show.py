"""`speckhal show`: what is known of a run, for people and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
import numpy as np
from click.testing import CliRunner

from plans_made import plan
from runs_made import layer, readings, run_of
from speckhal.cli import main
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from pathlib import Path


def _shown(*arguments: str | Path) -> str:
    done = CliRunner().invoke(main, ["show", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_record_is_shown_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    save_run(run_of(layer(0), layer(1), problem="DeviceFailed: no answer"), tmp_path / "run.h5")
    shown = _shown(tmp_path / "run.h5")
    for said in (
        "Speck9DevKit, emulated, backend mock",
        "speck9",
        "2026-01-02T03:04:05+00:00",
        "DeviceFailed: no answer",
        "2 x 1 x 3 neurons on core 2; step -13 a tick at 10 Hz",
        "5 readings in 0.4 s",
        "agrees",
    ):
        assert said in shown
    assert "partial" not in shown


def test_firmware_and_plan_are_shown(tmp_path: Path) -> None:
    run = run_of(layer(0))
    kept = attrs.evolve(run.provenance, plan=plan().as_json())
    known = attrs.evolve(run, info=attrs.evolve(run.info, firmware="fpga 3.1"), provenance=kept)
    save_run(known, tmp_path / "run.h5")
    shown = " ".join(_shown(tmp_path / "run.h5").split())
    assert "firmware fpga 3.1" in shown
    assert f"plan {plan().summary}" in shown
    assert json.loads(_shown(tmp_path / "run.h5", "--json"))["firmware"] == "fpga 3.1"
    save_run(attrs.evolve(run, provenance=attrs.evolve(kept, plan={"a": 1})), tmp_path / "b.h5")
    assert "plan one that this version of speckhal cannot read" in " ".join(
        _shown(tmp_path / "b.h5").split()
    )


def test_one_that_nobody_finished_is_shown_as_partial(tmp_path: Path) -> None:
    run = run_of(layer(0), layer(1))
    with RecordWriter(run, tmp_path / "run.h5", layers=[1]) as writer:
        assert "no reading" in _shown(writer.partial_path)
        writer.reading(*list(readings(run))[1])
        shown = _shown(tmp_path / "run.h5")  # which is not there yet
    assert "its process never finished it" in shown
    assert "1 readings" in shown
    assert "not read" in shown
    assert "cannot tell" in shown


def test_json_has_what_is_known_and_no_readings(tmp_path: Path) -> None:
    save_run(run_of(layer(0)), tmp_path / "run.h5")
    shown = json.loads(_shown(tmp_path / "run.h5", "--json"))
    assert (shown["board"], shown["answer"], shown["partial"]) == ("Speck9DevKit", "agrees", False)
    assert shown["provenance"]["run_id"] == "run-1"
    assert [one["readings"] for one in shown["layers"]] == [5]


def test_what_is_no_run_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello")
    done = CliRunner().invoke(main, ["show", str(tmp_path / "x")])
    assert done.exit_code == 2
    assert "is not a record" in done.output


def test_what_is_said_of_many_channels_is_said_once(tmp_path: Path) -> None:
    run = run_of(layer(0, (22, 1, 1)))
    deployed = layer(0, (22, 1, 1), biases=np.full(22, -9, np.int16))
    wrong = attrs.evolve(run, deployment=attrs.evolve(run.deployment, layers=(deployed,)))
    save_run(wrong, tmp_path / "run.h5")
    shown = _shown(tmp_path / "run.h5")
    assert shown.count("Channels 0, 1, 2, 3, 4, 5, 6, 7 and 14 more: ") == 1
    assert "Channel 1:" not in shown


def test_no_help_shows_the_mark_that_keeps_its_lines_apart() -> None:
    shown = CliRunner().invoke(main, ["export", "--help"]).output
    assert "\\b" not in shown
    assert '  npz     numpy.load("OUT.npz")\n' in shown
