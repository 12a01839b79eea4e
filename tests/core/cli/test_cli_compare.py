"""`speckhal compare` on records: what is printed, the exit codes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner, Result

from runs_made import layer, run_of
from speckhal import Trace
from speckhal.cli import main
from speckhal.cli.compared_experiment import experiment_of
from speckhal.cli.driven_alike import record_of
from speckhal.contract.capabilities import ClockDrive
from speckhal.contract.errors import InputError
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from speckhal import Run


def compare(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


@pytest.fixture
def records(tmp_path: Path) -> tuple[Path, Path]:
    """One run, and the same with a value that is 5 less from tick 4 on."""
    run = run_of(layer(0), layer(1), samples=9)
    v_mem = run.traces[1].v_mem.copy()
    v_mem[4:, 1, 0, 2] -= 5
    other = attrs.evolve(run, traces=(run.traces[0], attrs.evolve(run.traces[1], v_mem=v_mem)))
    paths = tmp_path / "a run.h5", tmp_path / "b.h5"
    for one, path in zip((run, other), paths, strict=True):
        save_run(one, path)
    return paths


def test_records_that_agree_end_with_0(records: tuple[Path, Path]) -> None:
    done = compare(records[0], records[0])

    assert done.exit_code == 0
    assert done.stdout.endswith("\na and b agree.\n")
    assert "9 of 9 readings of a and 9 of 9 of b were compared, at 9 ticks." in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_differing_readings_that_a_tick_explains_are_marked_above_the_divergence(
    tmp_path: Path,
) -> None:
    leaking = layer(
        0, (1, 2, 2), biases=np.array([-10], np.int16), rate_hz=10, threshold_high=32000
    )
    v_mem = 1000 - 10 * np.arange(20).reshape(-1, 1, 1, 1) + np.zeros(leaking.shape, np.int64)
    wrong = v_mem.copy()
    wrong[5:, 0, 1, 1] += 10
    wrong[8:, 0, 1, 1] += 3
    time_s = np.arange(20, dtype=np.float64) * 0.1
    paths = tmp_path / "a.h5", tmp_path / "b.h5"
    for values, path in zip((v_mem, wrong), paths, strict=True):
        trace = Trace(0, time_s, values.astype(np.int16), None, np.full(20, 0.096))
        save_run(attrs.evolve(run_of(leaking), traces=(trace,)), path)

    done = compare(*paths)

    assert done.exit_code == 1
    assert "First divergence: tick 8 at the latest, layer 0, channel 0" in done.stdout
    assert "?     5     0.500     0.500  950  960    -10\n" in done.stdout
    assert ">     8     0.800     0.800  920  933    -13\n" in done.stdout
    assert "? A tick that came while it was read may explain the difference." in done.stdout
    assert "A neuron may be apart from tick 5 on already" in " ".join(done.stdout.split())
    assert done.stdout.endswith("\na and b part at tick 8 at the latest.\n")


def test_a_layer_of_another_shape_ends_with_2_whatever_the_others_do(tmp_path: Path) -> None:
    paths = tmp_path / "a.h5", tmp_path / "b.h5"
    for shape, path in zip(((2, 1, 3), (1, 2, 2)), paths, strict=True):
        save_run(run_of(layer(0), layer(1, shape)), path)

    done = compare(*paths)

    assert done.exit_code == 2
    assert "Layer 1 has 2 x 1 x 3 neurons in a and 1 x 2 x 2 in b" in done.stdout
    assert done.stdout.endswith("The readings do not show whether a and b agree.\n")


def test_the_first_divergence_is_printed_with_its_history_and_ends_with_1(
    records: tuple[Path, Path],
) -> None:
    done = compare(*records)

    assert done.exit_code == 1
    assert "First divergence: tick 4, layer 1, channel 1, y 0, x 2\n" in done.stdout
    assert ">     4     0.400     0.400   48   43      5\n" in done.stdout
    assert "      0     0.000     0.000  100  100      0\n" in done.stdout
    assert "layer 1: 2 x 1 x 3 neurons, on core 3 in both\n" in done.stdout
    assert "1 of 6 neurons differs, by up to 5." in done.stdout
    assert "Layer 1 of b does not leak as it was deployed." in done.stdout
    assert done.stdout.endswith("\na and b part at tick 4.\n")
    assert max(map(len, done.stdout.split("First divergence")[1].splitlines()[:9])) <= 80


def test_a_tolerance_of_the_difference_agrees(records: tuple[Path, Path]) -> None:
    assert compare(*records, "--tolerance", "v_mem=5").exit_code == 0
    assert compare(*records, "--tolerance", "v_mem=4.5").exit_code == 1
    assert compare(*records, "--tolerance", "step=1.25").exit_code == 0


def test_json_is_the_comparison_and_nothing_else(records: tuple[Path, Path]) -> None:
    done = compare(*records, "--json")
    printed = json.loads(done.stdout)

    assert done.exit_code == 1
    assert printed["a"] == str(records[0])
    assert printed["divergence"]["tick"] == 4
    assert printed["divergence"]["history"][4]["values"] == [48, 43]


def test_a_picture_is_drawn(records: tuple[Path, Path], tmp_path: Path) -> None:
    done = compare(*records, "--plot", tmp_path / "both.png")

    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
    assert done.stderr == f"Wrote {tmp_path / 'both.png'}\n"


def test_records_of_which_nothing_can_be_compared_end_with_2(tmp_path: Path) -> None:
    for name, shape in (("a.h5", (1, 1, 2)), ("b.h5", (2, 1, 2))):
        save_run(run_of(layer(0, shape)), tmp_path / name)
    done = compare(tmp_path / "a.h5", tmp_path / "b.h5")

    assert done.exit_code == 2
    assert "Layer 0 has 1 x 1 x 2 neurons in a and 2 x 1 x 2 in b: not compared." in done.stdout
    assert "do not show whether a and b agree" in done.stdout


def test_the_history_leaves_out_times_where_they_have_no_room(
    records: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {60: ">     4     0.400     0.400   48   43      5", 40: ">     4   48   43      5"}
    for columns, row in rows.items():
        monkeypatch.setenv("COLUMNS", str(columns))
        done = compare(*records)
        history = done.stdout.split("First divergence")[1].splitlines()
        assert row in history
        assert max(map(len, history[1:9])) <= columns
        assert ("> Read at 0.400 s in a and at 0.400 s in b." in done.stdout) == (columns < 60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ticks", "3"], "Asked for --ticks, and both A and B are records"),
        (["--network", "x.py:n", "--for", "3"], "Asked for --network and --for, and both"),
        (["--option-a", "overflow=wrap"], "Asked for --option-a, and A is a record"),
        (["--record-b", "c.h5"], "Asked for --record-b, and B is a record"),
        (["--overwrite"], "Asked for --overwrite without a record"),
        (["--tolerance", "v_mem"], "Asked for --tolerance 'v_mem', which is not a quantity"),
        (["--tolerance", "a=1", "--tolerance", "a=2"], "Asked for --tolerance 'a=2', and a twice"),
        (["--tolerance", "volts=1"], "The quantities are v_mem, step, thresholds, rate, start."),
        (["--plot", "a.txt"], "whose ending says no kind of picture"),
        (["--option-a", "overflow"], "Asked for --option 'overflow', which is not a name and a"),
    ],
)
def test_what_makes_no_comparison_is_refused_in_a_sentence(
    records: tuple[Path, Path], arguments: list[str], said: str
) -> None:
    done = compare(*records, *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_a_board_is_driven_as_the_record_was_and_not_otherwise(
    records: tuple[Path, Path],
) -> None:
    done = compare(records[0], "mock", "--ticks", "3", "--layer", "0")
    assert done.exit_code == 2
    assert "Asked for --layer and --ticks, and a board that is compared with a record" in (
        done.stderr
    )


def test_a_file_that_is_there_is_a_record_and_so_is_what_is_written_like_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "speck2f").touch()
    (tmp_path / "killed.h5.partial").touch()

    for text in ("speck2f", "./mock", "gone.h5", "gone.npz", "some/where", "killed.h5"):
        assert record_of(text) == Path(text)
    for text in ("mock", "mock:speck2e", "speck2e", "nobody", "mock:some/file.h5"):
        assert record_of(text) is None


def test_boards_and_files_are_offered_for_both() -> None:
    shell = get_completion_class("fish")
    assert shell is not None
    for before in ([], ["mock"]):
        items = shell(main, {}, "speckhal", "_SPECKHAL_COMPLETE").get_completions(
            ["compare", *before], "m"
        )
        assert {"mock"} <= {item.value for item in items}
        assert "file" in {item.type for item in items}


def _clocked(run: Run) -> Run:
    traces = tuple(attrs.evolve(trace, ticks=None) for trace in run.traces)
    return attrs.evolve(run, traces=traces, deployment=attrs.evolve(run.deployment, leak=None))


def test_the_experiment_of_a_record_is_the_one_it_was_measured_in() -> None:
    run = run_of(layer(3), layer(1), samples=6)
    stepped = experiment_of(run)
    assert (stepped.drive, stepped.sampling) == (ClockDrive.STEPPED, {"ticks": 5})
    assert stepped.layers == [3, 1]

    asked = attrs.evolve(
        _clocked(run),
        provenance=attrs.evolve(run.provenance, sampling={"every_s": 0.2, "for_s": 9.0}),
    )
    assert experiment_of(asked).sampling == {"every_s": 0.2, "for_s": 9.0}
    assert (experiment_of(asked).drive, experiment_of(asked).rate_hz) == (ClockDrive.EXTERNAL, 10)

    # of a partial record, and of old arrays, which do not say it, the readings do
    for unfinished in (attrs.evolve(asked, is_partial=True), _clocked(run)):
        sampling = experiment_of(unfinished).sampling
        assert sampling == pytest.approx({"every_s": 0.1, "for_s": 0.5})


@pytest.mark.parametrize("what", ["no trace", "one reading", "no rate"])
def test_a_record_that_says_no_experiment_is_refused(what: str) -> None:
    run = _clocked(run_of(layer(0), samples=1 if what == "one reading" else 4))
    if what == "no trace":
        run = attrs.evolve(run, traces=())
    if what == "no rate":
        run = _clocked(run_of(layer(0, rate_hz=None)))
    with pytest.raises(InputError, match="Asked to drive a board as a record was measured that"):
        experiment_of(run)
