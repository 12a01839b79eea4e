"""`speckhal sweep`, as users type it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from speckhal.cli import main
from speckhal.cli.commands.sweep import command
from speckhal.cli.sweep_arguments import settings_of
from speckhal.cli.views.sweep_view import SweepView
from speckhal.contract.errors import InputError
from speckhal.runs.sweep.measuring import measure_point
from speckhal.runs.sweep.table import SweepTable

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def typed(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_the_table_shows_what_was_varied_and_what_it_comes_to() -> None:
    result = typed("--over", "bias=-2..-1", "--over", "ticks=4", "--over", "backend=mock")

    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].split() == ["bias", "expected", "step", "measured", "step", "answer"]
    assert [line.split() for line in lines[1:3]] == [
        ["-2", "-2", "-2", "agrees"],
        ["-1", "-1", "-1", "agrees"],
    ]
    assert lines[-1] == "2 points; of 2 rows: 2 agree."


def test_what_was_finished_is_not_measured_again_and_goes_to_every_output(tmp_path: Path) -> None:
    file, table = tmp_path / "s.sqlite", tmp_path / "s.csv"
    typed("--over", "bias=-1", "--over", "ticks=4", "--file", file)

    result = typed("--over", "bias=-1,-2", "--over", "ticks=4", "--file", file, "--csv", table)
    as_json = typed("--over", "bias=-1,-2", "--over", "ticks=4", "--file", file, "--json")

    assert "2 points, 1 of them measured before" in result.output
    assert result.output.endswith(f"\nWrote {table}\n")
    rows: list[Any] = json.loads(as_json.stdout)
    assert [row["bias"] for row in rows] == [-1, -2]
    with table.open(newline="") as written:
        assert [row["bias"] for row in csv.DictReader(written)] == ["-1", "-2"]


def test_a_point_that_failed_makes_the_exit_code_2_and_says_why() -> None:
    result = typed("--over", "bias=0,-1", "--over", "ticks=4")

    assert result.exit_code == 2
    assert "1 failed: NetworkDoesNotLeak" in " ".join(result.output.split())


def test_many_rows_are_cut_with_the_gravest_first_and_long_texts_keep_their_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    where = f"/home/someone/{'networks/' * 9}mine.py:net"
    rows: list[dict[str, Any]] = [
        {"network": where, "bias": bias, "expected_step": bias, "answer": "agrees"}
        for bias in range(2000)
    ]
    rows[1500] |= {"answer": "disagrees", "problem": "Channel 0 rises."}
    rows[1700] |= {"answer": None, "error": "DeviceFailed: no answer"}
    view = SweepView(["network", "bias"], quiet=False)
    view.point(0, 2000)

    view.conclude(SweepTable(tuple(rows), 2000))

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 30
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in "".join(lines)
    assert [line.split()[-1] for line in lines[1:4]] == ["disagrees", "failed", "agrees"]
    assert all("mine.py:net " in line for line in lines[1:21])
    assert "20 of 2,000 rows" in lines[21]
    assert lines[-3:] == [
        "2,000 points; of 2,000 rows: 1 disagrees, 1 failed, 1,998 agree.",
        "  1 disagrees: Channel 0 rises.",
        "  1 failed: DeviceFailed: no answer",
    ]


def test_a_leak_per_second_has_its_unit_below_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    row: dict[str, Any] = {"bias": -1, "measured_leak_per_s": 0.02, "answer": "agrees"}
    SweepView(["bias"], quiet=False).conclude(SweepTable((row,), 1))
    head, _, below, *_ = capsys.readouterr().out.splitlines()
    assert (head.split()[-2], below) == ("s*", "* in spike thresholds")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("option.x=[10,1000],[5, 20]", [[10, 1000], [5, 20]]),
        ("option.x=\"10..1000\",'5..20'", ["10..1000", "5..20"]),
        ('option.x=["c","x,y"]', [["c", "x,y"]]),
        ("option.x=1..3,7", [1, 2, 3, 7]),
        ("x=a[1,2", ["a[1", 2]),
        ("x=it's,b", ["it's", "b"]),
    ],
)
def test_commas_and_dots_in_quotes_or_brackets_belong_to_a_value(
    text: str, values: list[Any]
) -> None:
    (found,) = settings_of([text]).values()

    assert found == values


def test_a_range_of_rates_is_an_option_and_a_rate_may_be_written_with_an_exponent() -> None:
    result = typed(
        *("--over", "option.accepted_rate_hz=[10,1000]", "--over", "rate_hz=1e2", "--json"),
    )

    (row,) = json.loads(result.stdout)
    assert row["option.accepted_rate_hz"] == "[10, 1000]"
    assert (row["rate_hz"], row["answer"]) == (100, "agrees")


def test_a_leak_that_disagrees_makes_the_exit_code_1() -> None:
    result = typed("--over", "bias=-3", "--over", "ticks=4", "--over", "option.breakage=wrong-sign")

    assert result.exit_code == 1, result.output
    assert "1 point; of 1 row: 1 disagrees." in result.output
    assert "1 disagrees: " in result.output


@pytest.mark.parametrize("keeps", [True, False])
def test_ctrl_c_hands_over_what_was_finished_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keeps: bool
) -> None:
    measured: list[object] = []

    def interrupted_once(measure: Any, point: Any) -> Any:
        measured.append(point.values["bias"])
        if len(measured) == 3:
            raise KeyboardInterrupt
        return measure_point(measure, point)

    monkeypatch.setattr("speckhal.runs.sweep.sweep.measure_point", interrupted_once)
    table = tmp_path / "s.csv"
    arguments = ["sweep", "--over", "bias=-4..-1", "--over", "ticks=4", "--csv", str(table)]
    arguments += ["--file", str(tmp_path / "s.sqlite")] * keeps

    first = CliRunner().invoke(main, arguments)
    rows = len(table.read_text().splitlines()) - 1
    second = CliRunner().invoke(main, arguments)

    assert (first.exit_code, second.exit_code) == (130, 0)
    assert rows == 2
    assert "4 points; of 2 rows: 2 agree." in first.stdout
    how = (
        "the same command goes on with the other 2"
        if keeps
        else "with --file FILE.sqlite, the same command would go on with the rest"
    )
    assert f"2 of 4 points finished; {how}\nInterrupted.\n" in first.stderr
    assert measured == [-4, -3, -2, *([-2, -1] if keeps else [-4, -3, -2, -1])]


def test_ctrl_c_ends_points_in_other_processes_and_leaves_the_file_whole(tmp_path: Path) -> None:
    # the file of the network says that it is read, twice here and once in each process; a point
    # would take a thousand seconds
    pipe, file, net = tmp_path / "pipe", tmp_path / "s.sqlite", tmp_path / "net.py"
    os.mkfifo(pipe)
    net.write_text(
        "import speckhal\n"
        f"with open({str(pipe)!r}, 'w') as pipe:\n"
        "    print('read', file=pipe)\n"
        "net = [speckhal.LayerSpec((1, 1, 1), biases=[-1], initial=9)]\n"
    )
    command = [sys.executable, "-m", "speckhal", "sweep", "--jobs", "2", "--file", str(file)]
    command += ["--over", f"network={net}:net", "--over", "option.realtime=true"]
    command += ["--over", "rate_hz=1,2,3", "--over", "for_s=1000"]
    # opened for writing too: nothing that comes between two readers is lost, and it never ends
    with (
        pipe.open("r+b", buffering=0) as reading,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        try:
            readings = 0
            while readings < 4:
                readings += reading.read(len(b"read\n")).count(b"read\n")
            process.send_signal(signal.SIGINT)
            printed, said = process.communicate(timeout=120)
        finally:
            process.kill()

    assert process.returncode == 130
    lines = said.decode().splitlines()  # the emulated SDK may say that a graph was not started
    assert lines[0] == "0 of 3 points finished; the same command goes on with the other 3"
    assert lines[-1] == "Interrupted."
    assert "Traceback" not in said.decode()
    assert printed == b""
    assert [each.name for each in tmp_path.glob("s.sqlite*")] == ["s.sqlite"]


def test_processes_end_where_the_one_that_started_them_is_killed() -> None:
    script = (
        "import multiprocessing, os, signal\n"
        "from concurrent.futures import ProcessPoolExecutor as Pool\n"
        "from speckhal.cli.sweep_arguments import end_with_parent\n"
        "def outlived(*_):\n"
        "    os.write(1, b'outlived it')\n"
        "    os._exit(1)\n"
        "def begin():\n"
        "    signal.signal(signal.SIGALRM, outlived)\n"
        "    signal.alarm(30)  # an end also where nothing watches\n"
        "    end_with_parent()\n"
        "pool = Pool(1, multiprocessing.get_context('fork'), initializer=begin)\n"
        "print(pool.submit(os.getpid).result(), flush=True)\n"
        "signal.alarm(60)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline())
        parent.kill()

        rest = parent.stdout.read()  # it ends when the worker, too, has let go of it

    assert rest == b""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--over", "bias"], "not NAME=VALUE"),
        (["--over", "bias=1", "--over", "bias=2"], "Asked twice"),
        (["--over", "bias=3..1"], "not a range"),
        (["--over", "bias=1..9..2..2"], "not a range"),
        (["--over", "bias=1", "--resources", "x=1"], "without a cluster"),
        (["--over", "bias=1", "--dask", "tcp://127.0.0.1:1", "--jobs", "2"], "--jobs together"),
        (["--over", "bias=1", "--dask", "x", "--resources", "x=-1"], "not NAME=COUNT"),
        (["--over", "bias=1", "--input-shape", "1,2"], "input of shape"),
        (["--over", "bias=1", "--csv", "/no/such/folder/x.csv"], "no such|no folder"),
    ],
)
def test_what_is_wrong_gets_a_sentence(arguments: list[str], said: str) -> None:
    result = typed(*arguments)

    assert isinstance(result.exception, InputError)
    assert result.exception.hint
    assert any(part in str(result.exception) for part in said.split("|")), result.exception
