"""What `speckhal leak` writes is whole, and no output that fails costs another, or the readings."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import signal
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from python_process import run_python
from speckhal.cli import main
from speckhal.runs import plotting
from speckhal.runs.record import LeakRecord

ALL = {"--save": "leak.npz", "--csv": "leak.csv", "--plot": "leak.png"}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with old files of all kinds, and beside it the one for what is kept elsewhere."""
    (tmp_path / "spare").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spare"))
    folder = tmp_path / "lab"
    folder.mkdir()
    for name in ALL.values():
        (folder / name).write_text("old")
    return folder


def _leak(folder: Path, *options: str, json_too: bool = False) -> Result:
    files = [text for option in options for text in (option, str(folder / ALL[option]))]
    arguments = ["leak", "--ticks", "3", *files, *["--json"] * json_too]
    return CliRunner().invoke(main, arguments, env={"COLUMNS": "1000"})


def _fail(monkeypatch: pytest.MonkeyPatch, option: str, error: BaseException) -> None:
    """Let what writes the output raise the error, once."""
    where, name = {
        "--save": (np, "savez_compressed"),
        "--csv": (csv, "writer"),
        "--plot": (plotting, "title_of"),
    }[option]
    original = getattr(where, name)

    def fail(*_: object, **__: object) -> None:
        setattr(where, name, original)
        raise error

    monkeypatch.setattr(where, name, fail)


def _is_new(path: Path) -> bool:
    content = path.read_bytes()
    assert not list(path.parent.glob(".*.partial"))
    return content != b"old" and len(content) > 100


class _Odd(BaseException):
    pass


class _Broken(Exception):
    def __str__(self) -> str:
        raise ValueError


FAILURES = [
    (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
    (RuntimeError("latex could not be found."), "RuntimeError: latex could not be found"),
    (MemoryError(), "MemoryError"),
    (_Broken(), "_Broken: its text cannot be read, for ValueError"),
    (SystemExit(0), "SystemExit: 0"),
    (_Odd("strange"), "_Odd: strange"),
]


@pytest.mark.parametrize(
    ("failing", "error", "said"),
    # drawing may fail in more ways, and is what takes time where it does not
    [("--save", *FAILURES[0]), ("--csv", *FAILURES[2])] + [("--plot", *one) for one in FAILURES],
)
def test_an_output_that_fails_costs_no_other(
    places: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException, said: str
) -> None:
    _fail(monkeypatch, failing, error)

    done = _leak(places, *ALL, json_too=True)

    assert done.exit_code == 2
    assert json.loads(done.stdout)["answer"] == "agrees"
    for option, name in ALL.items():
        assert _is_new(places / name) == (option != failing)
    kept = places / (ALL["--csv"] if failing == "--save" else ALL["--save"])
    assert f"error: Could not write {places / ALL[failing]}: {said}.\n" in done.stderr
    assert f"hint: What was measured is in {kept}.\n" in done.stderr
    assert "mock" not in done.stderr
    assert not list(Path(tempfile.gettempdir()).iterdir())


@pytest.mark.parametrize("failing", ["--csv", "--plot"])
def test_what_was_measured_is_kept_elsewhere_where_it_cannot_be_written(
    places: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    _fail(monkeypatch, failing, OSError(errno.ENOSPC, "No space left on device"))

    done = _leak(places, failing)

    assert done.exit_code == 2
    assert "The leak of layer 0 agrees" in done.stdout
    (kept,) = Path(tempfile.gettempdir()).iterdir()
    assert f"hint: What was measured is in {kept}.\n" in done.stderr
    with np.load(kept) as arrays:
        assert arrays["v_mem"][:, 0, 0, 0].tolist() == [127, 114, 101, 88]


def test_what_can_be_kept_nowhere_is_said(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LeakRecord, "save_npz", full)

    done = _leak(places, "--save")

    assert done.exit_code == 2
    assert "The leak of layer 0 agrees" in done.stdout
    assert "hint: What was measured could be kept nowhere else.\n" in done.stderr


@pytest.mark.parametrize("failing", list(ALL))
def test_an_interrupt_ends_the_output_at_work_and_no_other(
    places: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    _fail(monkeypatch, failing, KeyboardInterrupt())

    done = _leak(places, *ALL)

    assert done.exit_code == 130
    assert "The leak of layer 0 agrees" in done.stdout
    for option, name in ALL.items():
        assert _is_new(places / name) == (option != failing)
    assert f"Could not write {places / ALL[failing]}: interrupted.\n" in done.stderr
    assert done.stderr.endswith("Interrupted.\n")


def test_a_second_interrupt_costs_neither_the_readings_nor_the_first(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from speckhal.cli.views.leak_view import LeakView

    def stop(_: LeakView, reading: Any, time_s: float) -> None:
        if reading.ticks == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(LeakView, "reading", stop)
    _fail(monkeypatch, "--csv", KeyboardInterrupt())
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        done = _leak(places, "--csv", "--plot")
    finally:
        signal.signal(signal.SIGTERM, before)

    assert done.exit_code == 128 + signal.SIGTERM
    (kept,) = Path(tempfile.gettempdir()).iterdir()
    with np.load(kept) as arrays:
        assert arrays["ticks"].tolist() == [0, 1, 2]
    assert _is_new(places / "leak.png")
    assert (places / "leak.csv").read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("option", list(ALL))
def test_a_disk_that_is_really_full_is_a_sentence(places: Path, option: str) -> None:
    path = places / ALL[option]
    path.unlink()
    path.symlink_to("/dev/full")

    done = _leak(places, option)

    assert done.exit_code == 2
    assert f"Could not write {path}: No space left on device.\n" in done.stderr


def test_a_picture_that_wants_latex_and_has_none_costs_nothing_else(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib as mpl

    monkeypatch.setenv("PATH", str(places))
    with mpl.rc_context({"text.usetex": True}):
        done = _leak(places, "--csv", "--plot", json_too=True)

    assert done.exit_code == 2
    assert json.loads(done.stdout)["answer"] == "agrees"
    assert _is_new(places / "leak.csv")
    assert re.search(r"Could not write \S+leak.png: .*latex", done.stderr)
    assert "ackend" not in done.stderr


def test_a_process_that_is_killed_while_it_writes_leaves_the_old_file(places: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from speckhal import DeployedLayer, Trace\n"
        "from speckhal.runs.record import LeakRecord\n"
        "rows = np.ndenumerate\n"
        "def killed(sample):\n"
        "    if sample[0, 0, 0] == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return rows(sample)\n"
        "np.ndenumerate = killed\n"
        "v_mem = np.arange(5, dtype=np.int16).repeat(60_000).reshape(5, 60, 100, 10)\n"
        "record = LeakRecord(None, None, Trace(0, np.arange(5.0), v_mem))\n"
        "record.save_csv(Path(sys.argv[1]))\n"
    )
    path = places / "leak.csv"

    done = run_python("-c", script, path)

    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_tables_are_written_as_before(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[str] = []
    monkeypatch.setattr(LeakRecord, "save_npz", lambda _, path: saved.append(path.name))

    _leak(places, "--save", "--csv")

    lines = (places / "leak.csv").read_bytes().split(b"\r\n")
    assert (lines[0], lines[1], lines[-1]) == (b"time_s,tick,c,y,x,v_mem", b"0,0,0,0,0,127", b"")
    assert saved == ["leak.npz"]
