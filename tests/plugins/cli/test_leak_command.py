"""`speckhal leak` on the mock, from the outside."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
from click.testing import CliRunner

from python_process import run_python
from speckhal import InputError
from speckhal.cli import main
from speckhal.runs.record import LeakRecord

if TYPE_CHECKING:
    import subprocess


NETWORK = """
import warnings

import torch
from sinabs.layers import IAFSqueeze
from torch import nn

def make(bias, min_v_mem=-1.0):
    neurons = IAFSqueeze(batch_size=1, min_v_mem=min_v_mem)
    net = nn.Sequential(nn.Conv2d(1, 2, 1, bias=bias is not None), neurons)
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        if bias is not None:
            net[0].bias.copy_(torch.tensor(bias))
        net(torch.zeros(1, 1, 3, 2))
        net[1].v_mem.fill_(0.5)
    return net

def failing():
    raise RuntimeError("no such weights.")

def warning():
    warnings.warn("the weights\\nare old", UserWarning, stacklevel=1)
    warnings.warn("the weights\\nare old", UserWarning, stacklevel=2)
    return snn

snn = make([-0.1, -0.2])
dead = make(None)
tiny = make([-0.1, -0.001])
unbounded = make([-0.1, -0.1], None)
floored = make([-0.1, -0.1], 0.0)
big = nn.Sequential(nn.Conv2d(1, 32, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
"""


def _leak(*arguments: str | Path, backend: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80"}
    environment.pop("SPECKHAL_BACKEND", None)
    if backend is not None:
        environment["SPECKHAL_BACKEND"] = backend
    return run_python("-m", "speckhal", "leak", *arguments, env=environment)


def _complaint(*arguments: str | Path) -> str:
    """What is said on stderr, on one line, where the command must fail with a sentence."""
    done = CliRunner().invoke(main, ["leak", *map(str, arguments)])
    # anything but an exit on purpose would have been a traceback
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 2
    assert done.stdout == ""
    return " ".join(done.stderr.split())


@pytest.fixture
def net(tmp_path: Path) -> str:
    """A file with networks, as --network wants it, without the name."""
    path = tmp_path / "net.py"
    path.write_text(NETWORK)
    return str(path)


@pytest.fixture(scope="module")
def default_run() -> subprocess.CompletedProcess[str]:
    """What `speckhal leak` says, into a pipe."""
    return _leak()


def test_the_default_run_shows_the_leak_and_agrees(
    default_run: subprocess.CompletedProcess[str],
) -> None:
    rows = [line.split() for line in default_run.stdout.splitlines()]
    readings = [row for row in rows if row and row[0].replace(".", "").isdigit() and "." in row[0]]
    assert [row[0] for row in readings] == [f"{0.5 * number:.3f}" for number in range(21)]
    assert [row[-1] for row in readings][:5] == ["127", "127", "114", "114", "101"]
    assert all(len(set(row[1:])) == 1 for row in readings)
    assert "agrees with what was deployed" in default_run.stdout
    assert (default_run.returncode, default_run.stderr) == (0, "")


def test_the_output_fits_80_columns_and_has_no_colour_when_piped(
    default_run: subprocess.CompletedProcess[str],
) -> None:
    assert max(map(len, default_run.stdout.splitlines())) <= 80
    assert "\x1b" not in default_run.stdout


@pytest.mark.parametrize("backend", ["mock", "mock:speck2e"])
def test_the_json_is_the_same_whatever_the_board(backend: str) -> None:
    done = _leak("--json", "--for", "2", "--backend", backend)

    record = json.loads(done.stdout)
    assert record["chip"] == ("speck2e" if backend.endswith("2e") else "speck2f")
    assert (record["emulated"], record["shape"]) == (True, [1, 2, 2])
    assert (record["expected_step"], record["measured_step"]) == (-13, -13)
    assert [sample["v_mem"][0][0][0] for sample in record["samples"]] == [127, 127, 114, 114, 101]
    assert done.stderr == ""


def test_the_environment_chooses_the_backend() -> None:
    record = json.loads(_leak("--json", "--for", "1", backend="mock:speck2edevkit").stdout)

    assert record["board"] == "Speck2eDevKit"


def test_stepped_ticks_are_counted() -> None:
    record = json.loads(_leak("--json", "--ticks", "21").stdout)

    assert [sample["tick"] for sample in record["samples"]] == list(range(22))
    values = [sample["v_mem"][0][0][0] for sample in record["samples"]]
    assert values == [127 - 13 * tick for tick in range(20)] + [-127, -127]


def test_a_network_of_the_users_own(net: str) -> None:
    done = _leak("--json", "--ticks", "2", "--network", f"{net}:snn", "--input-shape", "1,3,2")

    record = json.loads(done.stdout)
    assert record["shape"] == [2, 3, 2]
    assert record["expected_step"] == record["measured_step"] == [-13, -25]


def test_everything_asked_for_is_written(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("leak.npz", "leak.csv", "leak.png")]

    done = _leak("--for", "2", "--save", files[0], "--csv", files[1], "--plot", files[2])

    assert all(file.stat().st_size > 0 for file in files)
    assert all(f"Wrote {file}" in done.stderr for file in files)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dead", "no layer of the network has a bias other than 0"),
        ("tiny", "channel 1, rounds to 0 on the chip"),
        ("unbounded", "has min_v_mem=None"),
        ("floored", "threshold_low 0"),
        ("missing", "the file defines no 'missing'"),
    ],
)
def test_a_network_that_cannot_leak_is_a_sentence(net: str, name: str, said: str) -> None:
    assert said in _complaint("--network", f"{net}:{name}", "--input-shape", "1,3,2")


def test_a_network_that_fits_no_core_is_a_sentence(net: str) -> None:
    said = _complaint("--network", f"{net}:big", "--input-shape", "1,64,64")

    assert "fits no core of a speck2f" in said
    assert "needs 131072 words, has 65536, 65536 too many" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rate-hz", "1.5"], "a slow clock of 1.5 Hz"),
        (["--rate-hz", "0"], "a slow clock of 0 Hz"),
        (["--rate-hz", "fast"], "that is no number"),
        (["--rate-hz", ""], "a slow clock of '' Hz, and that is no number"),
        (["--rate-hz", "nan"], "a slow clock of nan Hz"),
        (["--backend", ""], "'' selects no backend"),
        (["--network", "", "--input-shape", "1,2,2"], "the network '', which names no file"),
        (["--input-shape", "", "--network", "nothing.py:snn"], "of shape '', which is not three"),
        (["--layer", ""], "not the index of a layer"),
        (["--ticks", ""], "--ticks '', which is not a whole number"),
        (["--every", ""], "--every '', which is not a number"),
        (["--for", ""], "--for '', which is not a number"),
        (["--profile", ""], "profile"),
        (["--save", ""], "Asked for --save '', which"),
        (["--csv", ""], "Asked for --csv '', which"),
        (["--plot", ""], "Asked for --plot '', which"),
        (["--layer", "4"], "Asked for layer 4"),
        (["--backend", "mock:speck9"], "Asked for board 'speck9'"),
        (["--backend", "mokc"], "mock"),
        (["--every", "0"], "for a reading every 0 s, and that is no length of time"),
        (["--for", "-1"], "to watch for -1 s, and that is no length of time"),
        (["--for", "nan"], "to watch for nan s"),
        (["--every", "1e-12"], "makes 1e+13 readings, and at most 1,000,000 are taken"),
        (["--ticks", "0"], "nothing to see"),
        (["--ticks", "3", "--for", "2"], "Asked for --ticks together with --for"),
        (["--input-shape", "1,2,2"], "without a network"),
        (["--network", "nothing.py:snn", "--input-shape", "1,2,2"], "there is no such file"),
        (["--network", "nothing.py", "--input-shape", "1,2,2"], "FILE.py:NAME"),
        (["--network", "nothing.py:snn"], "there is no such file"),
        (["--network", "nothing.nir"], "Asked for the NIR graph nothing.nir, and there is no"),
        (["--network", "nothing.nir", "--weights", "w.pt"], "a NIR graph has its own"),
        (["--weights", "w.pt"], "Asked for weights without a network"),
        (["--network", "nothing.py:snn", "--input-shape", "1,2"], "three whole numbers"),
        (["--save", "no/such/folder/leak.npz"], "there is no folder"),
        (["--save", "leak.csv"], "--save does not write that kind of file. hint: Give it a name"),
        (["--csv", "leak.npz"], "ends in .csv."),
        (["--plot", "leak.jpeg2000"], "ends in .png or .pdf or .svg."),
        (["--backend", "speck2f"], "mock"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_input_is_a_sentence_and_no_traceback(arguments: list[str], said: str) -> None:
    assert said in _complaint(*arguments)


def test_nothing_is_opened_for_a_file_that_may_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leak.npz"
    path.touch()
    # whoever runs the tests may be root, to whom everything is allowed
    monkeypatch.setattr(os, "access", lambda *_: False)

    assert "that file is read-only" in _complaint("--save", path)


def test_a_file_that_fails_keeps_neither_the_verdict_nor_the_others_from_coming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LeakRecord, "save_npz", full)
    npz, table = tmp_path / "leak.npz", tmp_path / "leak.csv"

    done = CliRunner().invoke(main, ["leak", "--for", "2", "--save", str(npz), "--csv", str(table)])

    assert done.exit_code == 2
    assert "agrees with what was deployed" in done.stdout
    assert table.exists()
    assert f"error: Could not write {npz}: No space left on device.\n" in done.stderr
    assert f"hint: What was measured is in {table}." in done.stderr
    assert f"Wrote {table}" in done.stderr


def test_what_is_said_of_several_channels_is_said_once(net: str) -> None:
    arguments = ["leak", "--for", "0.5", "--network", f"{net}:snn", "--input-shape", "1,3,2"]

    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 2
    said = " ".join(done.stdout.split())
    assert said.count("no neuron could be measured") == 1
    assert "Channels 0, 1: no neuron could be measured: they were watched for 0.5 s" in said
    assert said.endswith("Watch for 20 s (--for 20).")


def test_a_network_function_that_fails_is_a_sentence_with_its_cause(net: str) -> None:
    said = _complaint("--network", f"{net}:failing", "--input-shape", "1,3,2")

    assert f"Asked for the network {net}:failing, and calling the function failed" in said
    assert "RuntimeError: no such weights. hint:" in said


def test_the_traceback_of_a_network_function_is_shown_on_demand(net: str) -> None:
    arguments = ["--traceback", "leak", "--network", f"{net}:failing", "--input-shape", "1,3,2"]

    done = CliRunner().invoke(main, arguments)

    assert isinstance(done.exception, InputError)
    assert isinstance(done.exception.__cause__, RuntimeError)


def test_a_warning_is_one_line_without_the_place_it_came_from(net: str) -> None:
    done = _leak("--ticks", "3", "--network", f"{net}:warning", "--input-shape", "1,3,2")

    assert done.returncode == 0
    assert done.stderr == "warning: the weights are old\n"


def test_an_ending_in_capitals_is_that_ending(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["leak", "--ticks", "2", "--csv", str(tmp_path / "LEAK.CSV")])

    assert done.exit_code == 0


def test_an_interrupt_keeps_what_was_read_and_judges_it(tmp_path: Path) -> None:
    saved = tmp_path / "leak.csv"
    script = (
        "import os, signal, sys\n"
        "import speckhal.cli.views.leak_view as view\n"
        "original = view.LeakView.reading\n"
        "def reading(self, reading, time_s):\n"
        "    original(self, reading, time_s)\n"
        "    if time_s >= 2: os.kill(os.getpid(), signal.SIGINT)\n"
        "view.LeakView.reading = reading\n"
        "from speckhal_mock.emulation.board import EmulatedBoard\n"
        "close = EmulatedBoard.close\n"
        "def closing(board):\n"
        "    print('running at close:', board.slow_clock_running)\n"
        "    close(board)\n"
        "EmulatedBoard.close = closing\n"
        "from speckhal.cli import main\n"
        f"sys.argv = ['speckhal', 'leak', '--csv', {str(saved)!r}]\n"
        "main()\n"
    )

    done = run_python("-c", script)

    assert done.returncode == 130
    assert "running at close: False" in done.stdout
    assert len(saved.read_text().splitlines()) == 1 + 5 * 4
    assert "Traceback" not in done.stderr
    assert "Only 5 of 21 readings were taken." in done.stdout
    assert "agrees with what was deployed" in done.stdout
    assert done.stderr.endswith("Interrupted.\n")


@pytest.mark.parametrize(
    ("columns", "said"),
    [(77, "yes"), (76, "channel 0: step -13, measured -13;"), (30, "agrees: yes")],
)
def test_nothing_of_the_verdict_is_cut_off_where_it_is_narrow(columns: int, said: str) -> None:
    done = _run("--for", "1", COLUMNS=str(columns))
    assert said in done.stdout
    assert "…" not in done.stdout
    assert "0.1024 ± 0.1024" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_output_that_cannot_be_written_is_a_sentence_and_costs_no_reading(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = _run("--ticks", "2", *arguments, stdout=full, TMPDIR=str(tmp_path))
    assert done.returncode == 2
    if arguments:  # else the first line was lost, and the experiment not begun
        (kept,) = tmp_path.iterdir()
        assert f"What was measured is in {kept}." in " ".join(done.stderr.split())
    assert "Could not write to standard output: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_an_output_that_knows_no_plus_or_minus_gets_the_verdict_all_the_same(errors: str) -> None:
    done = _run("--for", "1", PYTHONIOENCODING=f"ascii:{errors}")
    assert done.returncode == 0, done.stderr
    assert "0.1024 ? 0.1024" in done.stdout
    assert "agrees with what was deployed" in done.stdout


@pytest.mark.parametrize("name", ["out[final].csv", "a[/b].csv"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    done = _run("--ticks", "1", "--csv", str(path))
    assert done.returncode == 0, done.stderr
    assert path.is_file()
    assert name in done.stderr


def _run(
    *arguments: str, stdout: IO[str] | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80", **variables}
    environment.pop("SPECKHAL_BACKEND", None)
    output = None if stdout is None else stdout.fileno()
    return run_python("-m", "speckhal", "leak", *arguments, env=environment, stdout=output)
