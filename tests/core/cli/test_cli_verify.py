"""`speckhal verify`: three answers on a record, as sentences and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from click.testing import CliRunner, Result

from runs_made import INFO, readings, run_of
from speckhal import DeployedLayer, Deployment, LeakPlan, PlannedLayer, Provenance, Run, Trace
from speckhal.cli import main
from speckhal.leak.sampling import ClockedSampling
from speckhal.runs.open_run import open_run
from speckhal.runs.record_again import beside_that_command, command_of_record
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from pathlib import Path

LAYER = DeployedLayer(
    index=0,
    core=2,
    shape=(1, 1, 2),
    scale=1.0,
    biases=np.array([-13], np.int16),
    wanted_biases=np.array([-13.0]),
    threshold_high=8000,
    threshold_low=-8000,
    leak_enable=True,
    rate_hz=10,
)


def record(path: Path, *, samples: int = 200, lost_at: int | None = None, rate: int = 10) -> Path:
    time_s = (np.arange(samples) * 0.07).astype(np.float64)
    ticks = np.floor(0.5 + time_s * 10).astype(np.int64)
    if lost_at is not None:
        ticks[lost_at:] -= 1
    v_mem = (7900 - 13 * ticks)[:, None, None, None] + np.zeros((1, 1, 2), np.int64)
    trace = Trace(0, time_s, v_mem.astype(np.int16))
    layer = attrs.evolve(LAYER, rate_hz=rate)
    save_run(Run(INFO, Deployment((layer,)), (trace,), Provenance("one")), path)
    return path


def verify(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


def test_a_good_record_agrees_and_ends_with_0(tmp_path: Path) -> None:
    done = verify(record(tmp_path / "a run.h5"))
    assert done.exit_code == 0
    assert done.stdout.endswith("The board does what was deployed.\n")
    assert "\x1b" not in done.stdout
    assert "layer 0 on core 2: 1 x 1 x 2 neurons, 200 readings over 13.93 s\n" in done.stdout


def test_a_lost_tick_ends_with_1_and_says_when(tmp_path: Path) -> None:
    done = verify(record(tmp_path / "lost.h5", lost_at=100))
    assert done.exit_code == 1
    assert "\nlost ticks  disagrees    One tick was lost between " in done.stdout
    assert done.stdout.endswith("The board does not do what was deployed.\n")


def test_a_short_record_ends_with_2_and_says_what_would_do(tmp_path: Path) -> None:
    done = verify(record(tmp_path / "short.h5", samples=20))
    assert done.exit_code == 2
    assert "Watch for 10 s, which are 100 ticks" in done.stdout
    assert done.stdout.endswith(
        "Nothing is wrong, as far as the readings show. Not shown: rate.\n"
        "The clock would show in a record of the same network, taken with\n"
        "  speckhal leak --rate-hz 10 --layer all --every 0.02 --for 10 --record FILE\n"
        "Add the same --network, unless it is the example.\n"
        "Without rate it agrees: --points step,lost-ticks,outliers,aliasing\n"
    )


def test_the_command_that_would_do_measures_the_same_layers_at_the_same_rate(
    tmp_path: Path,
) -> None:
    path = tmp_path / "short.h5"
    run = open_run(record(tmp_path / "one.h5", samples=20))
    other = attrs.evolve(LAYER, index=3)
    provenance = Provenance("two", selection="speck9:ab 1", input_shape=(1, 2, 2))
    both = attrs.evolve(run, deployment=Deployment((LAYER, other)), provenance=provenance)
    save_run(both, path)
    assert (
        "  speckhal leak --backend 'speck9:ab 1' --rate-hz 10 --layer 0 --every 0.02 --for 10 "
        "--record FILE\nAdd the same --network and --input-shape 1,2,2, unless it is the "
        "example.\n"
    ) in verify(path).stdout
    plan = {"rate_hz": 10}
    planned = attrs.evolve(both, provenance=attrs.evolve(provenance, plan=plan))
    said = command_of_record(planned, ClockedSampling(0.02, 10.0))
    assert said == (
        "speckhal leak --backend 'speck9:ab 1' --plan PLAN.json --layer 0 --every 0.02 --for 10 "
        "--record FILE"
    )


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ({"0": 50, "3": 50}, "--start 50 "),
        ({"0": -50, "3": -50}, "--start -50 "),
        ({"0": 7999, "3": 89}, "--start high "),
        ({"0": 7999, "3": 50}, ""),
        ({"0": 50}, ""),
        ({}, ""),
    ],
)
def test_the_command_that_would_do_starts_the_neurons_where_the_run_did(
    tmp_path: Path, written: dict[str, int], start: str
) -> None:
    run = open_run(record(tmp_path / "one.h5", samples=20))
    other = attrs.evolve(LAYER, index=3, threshold_high=90)
    both = attrs.evolve(
        run,
        deployment=Deployment((LAYER, other)),
        traces=(run.traces[0], attrs.evolve(run.traces[0], layer=3)),
        provenance=Provenance("two", states="written", written=written),
    )
    said = command_of_record(both, ClockedSampling(0.02, 10.0))
    wanted = f"speckhal leak --rate-hz 10 --layer all {start}--every 0.02 --for 10 --record FILE"
    assert said == wanted
    remark = "The run wrote 7999 to layer 0, 50 to layer 3 before the clock ran, which no --start"
    assert (remark in beside_that_command(both)) is (written == {"0": 7999, "3": 50})
    assert ("no --start" in beside_that_command(both)) is (bool(written) and not start)


def test_the_answer_waits_for_the_points_that_were_asked_for(tmp_path: Path) -> None:
    short = record(tmp_path / "short.h5", samples=20)
    done = verify(short, "--points", "step, lost-ticks,outliers")
    assert done.exit_code == 0
    assert "\nrate        cannot tell" in done.stdout
    assert verify(short, "--points", "rate").exit_code == 2
    off = record(tmp_path / "off.h5", rate=11)
    assert verify(off, "--points", "step").exit_code == 1


@pytest.mark.parametrize("points", ["speed", "step,", ",", ""])
def test_points_that_are_none_are_a_sentence(tmp_path: Path, points: str) -> None:
    done = verify(record(tmp_path / "run.h5"), "--points", points)
    if points == "step,":
        assert done.exit_code == 0
        return
    assert done.exit_code == 2
    there = "step, rate, lost ticks, phase, clamp, outliers, aliasing."
    if points == "speed":
        there = f"The points here are: {there}"
        assert "'speed', which is no point of a verification." in done.stderr
    assert there in done.stderr


def test_a_stepped_record_has_no_rate_to_verify_and_says_which_points_it_has(
    tmp_path: Path,
) -> None:
    save_run(run_of(), tmp_path / "run.h5")
    done = verify(tmp_path / "run.h5", "--points", "rate")
    assert done.exit_code == 2
    assert "a stepped clock has no rate" in done.stderr
    assert "The points here are: step, lost ticks, clamp, outliers." in done.stderr


def test_a_partial_record_is_called_so_in_the_second_line(tmp_path: Path) -> None:
    run = run_of()
    with RecordWriter(run, tmp_path / "run.h5", layers=[0]) as writer:
        for one in readings(run):
            writer.reading(*one)
        done = verify(writer.partial_path)
    assert "partial: its process died before the end" in done.stdout.splitlines()[1]


def test_the_plan_of_the_record_is_verified_too(tmp_path: Path) -> None:
    path = record(tmp_path / "run.h5")
    plain = json.loads(verify(path, "--json").stdout)
    assert "plan" not in [one["name"] for one in plain["layers"][0]["findings"]]

    from speckhal import open_run

    run = open_run(path)
    planned_layer = PlannedLayer(
        index=0,
        shape=LAYER.shape,
        scale=1.0,
        threshold_high=8000,
        threshold_low=-8000,
        wanted="made up",
        wanted_per_s=np.ones(1),
        biases=[-12],
        rate_hz=10,
    )
    plan = LeakPlan("speck9", 10, (planned_layer,), (), 0.01, 0.1).as_json()
    planned = tmp_path / "planned.h5"
    save_run(attrs.evolve(run, provenance=attrs.evolve(run.provenance, plan=plan)), planned)
    done = verify(planned)
    assert done.exit_code == 1
    assert "Channel 0 was deployed with -13 a tick, and the plan has -12." in done.stdout

    damaged = tmp_path / "damaged.h5"
    broken = {**plan, "layers": [{"layer": 0}]}
    save_run(attrs.evolve(run, provenance=attrs.evolve(run.provenance, plan=broken)), damaged)
    done = verify(damaged)
    assert done.exit_code == 2
    assert "its layer 0 has no 'shape'" in done.stderr


def test_json_is_one_document_with_the_same_answer(tmp_path: Path) -> None:
    done = verify(record(tmp_path / "run.h5", rate=11), "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert found["answer"] == "disagrees"
    assert found["layers"][0]["rate_hz"] == pytest.approx([10.0, 10.0], rel=0.03)
    assert "should make 11 ticks/s" in found["problems"][0]
    assert set(found) == {
        "file", "is_partial", "problem", "jitter_s", "answer", "problems", "open_points",
        "would_do", "layers",
    }  # fmt: skip
    assert set(found["layers"][0]) == {
        "layer", "answer", "steps", "rate_hz", "ticks", "phase", "none_lost_s", "would_do",
        "findings",
    }  # fmt: skip
    assert set(found["layers"][0]["findings"][0]) == {"name", "answer", "counts", "said"}


def test_json_of_a_short_record_has_the_record_that_would_do(tmp_path: Path) -> None:
    found = json.loads(verify(record(tmp_path / "run.h5", samples=20), "--json").stdout)
    assert found["answer"] == "cannot tell"
    assert found["open_points"] == ["rate"]
    assert found["would_do"] == found["layers"][0]["would_do"]
    assert set(found["would_do"]) == {"every_s", "for_s"}


def test_a_record_of_one_reading_or_none_is_a_sentence(tmp_path: Path) -> None:
    done = verify(record(tmp_path / "one.h5", samples=1))
    assert done.exit_code == 2
    assert "a trace of a single reading, and a leak shows from two readings on" in done.stderr
    empty = tmp_path / "empty.h5"
    save_run(Run(INFO, Deployment((LAYER,)), (), Provenance("none")), empty)
    done = verify(empty)
    assert done.exit_code == 2
    assert "a run without a reading of any layer" in done.stderr


@pytest.mark.parametrize(("readings", "said"), [(0, "was never read"), (1, "was read once")])
def test_a_layer_that_was_hardly_read_is_left_open_and_the_others_are_verified(
    tmp_path: Path, readings: int, said: str
) -> None:
    run = open_run(record(tmp_path / "one.h5"))
    (whole,) = run.traces
    short = Trace(3, whole.time_s[:readings], whole.v_mem[:readings])
    layers = LAYER, attrs.evolve(LAYER, index=3)
    both = attrs.evolve(run, deployment=Deployment(layers), traces=(whole, short))
    save_run(both, tmp_path / "both.h5")
    done = verify(tmp_path / "both.h5")
    assert done.exit_code == 2
    assert "\nstep        agrees       A tick adds -13" in done.stdout
    assert done.stdout.endswith(
        f"{'one' if readings else 'no'} reading\n"
        f"all points  cannot tell  The layer {said}, and a leak shows from two readings on. Record "
        "all layers again, to the end.\n\n"
        "Nothing is wrong, as far as the readings show. Not shown: step, rate, lost ticks and "
        "outliers.\nThe clock would show in a record of the same network, taken with\n"
        "  speckhal leak --rate-hz 10 --layer all --every 0.07 --for 13.93 --record FILE\n"
        "Add the same --network, unless it is the example.\n"
    )


@pytest.mark.parametrize("jitter", ["soon", "-1", "inf", "nan"])
def test_a_jitter_that_is_not_a_time_is_a_sentence(tmp_path: Path, jitter: str) -> None:
    done = verify(record(tmp_path / "run.h5"), "--jitter-ms", jitter)
    assert done.exit_code == 2
    assert f"Asked to allow a jitter of {jitter!r} ms" in done.stderr


def test_a_file_that_is_not_a_record_is_a_sentence(tmp_path: Path) -> None:
    foreign = tmp_path / "notes.txt"
    foreign.write_text("v_mem: 127\n")
    for path in (foreign, tmp_path / "nothing.h5"):
        done = verify(path)
        assert done.exit_code == 2
        assert done.stderr.startswith("error: Asked for the run in ")
