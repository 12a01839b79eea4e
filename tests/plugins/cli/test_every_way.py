"""No command crashes, whatever its standard streams are, and whatever path an option is given."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

import click
import pytest

from python_process import TRIALS, run_python
from runs_made import run_of
from speckhal.cli import commands, main
from speckhal.runs.save_run import save_run

pytestmark = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs a device that is always full"
)

OPTIONS: Final = {
    "leak --network": ["leak", "--input-shape", "1,2,2", "--network", "{path}.py:net"],
    "leak --backend": ["leak", "--backend", "replay:{path}.h5"],
    "leak --profile": ["leak", "--ticks", "1", "--profile", "{path}.toml"],
    "leak --plan": ["leak", "--plan", "{path}.json"],
    "leak --record": ["leak", "--ticks", "1", "--record", "{path}.h5"],
    "leak --save": ["leak", "--ticks", "1", "--save", "{path}.npz"],
    "leak --csv": ["leak", "--ticks", "1", "--csv", "{path}.csv"],
    "leak --plot": ["leak", "--ticks", "1", "--plot", "{path}.png"],
    "leak --weights": [
        *("leak", "--network", "script.py:net", "--input-shape", "1,2,2", "--weights", "{path}.pt")
    ],
    "plan --network": [
        *("plan", "--leak", "5% per 10 ms", "--input-shape", "1,2,2"),
        *("--network", "{path}.py:net"),
    ],
    "plan --weights": [
        *("plan", "--leak", "5% per 10 ms", "--network", "script.py:net"),
        *("--input-shape", "1,2,2", "--weights", "{path}.pt"),
    ],
    "plan --plot": ["plan", "--leak", "5% per 10 ms", "--plot", "{path}.png"],
    "sweep --file": ["sweep", "--over", "bias=-9", "--over", "ticks=1", "--file", "{path}.sqlite"],
    "sweep --csv": ["sweep", "--over", "bias=-9", "--over", "ticks=1", "--csv", "{path}.csv"],
    "run [NETWORK] [EVENTS]": ["run", "{path}.npz"],
    "run --network": ["run", "--input-shape", "1,2,2", "--network", "{path}.py:net"],
    "run --weights": [
        *("run", "--network", "script.py:net", "--input-shape", "1,2,2", "--weights", "{path}.pt")
    ],
    "run --profile": ["run", "--profile", "{path}.toml"],
    "run -o": ["run", "--orders", "1", "-o", "{path}.h5"],
    "run --spikes-out": ["run", "--orders", "1", "--spikes-out", "{path}.csv"],
    "run --plot": ["run", "--orders", "1", "--plot", "{path}.svg"],
    "report FILE": ["report", "{path}.h5"],
    "report -o": ["report", "run.h5", "-o", "{path}.html"],
    "show FILE": ["show", "{path}.h5"],
    "export FILE": ["export", "{path}.h5", "-o", "x.csv"],
    "export -o": ["export", "run.h5", "-o", "{path}.csv"],
    "verify FILE": ["verify", "{path}.h5"],
    "compare A": ["compare", "{path}.h5", "mock"],
    "compare B": ["compare", "mock", "{path}.npz"],
    "compare --network": [
        *("compare", "mock", "mock", "--ticks", "1", "--input-shape", "1,2,2"),
        *("--network", "{path}.py:net"),
    ],
    "compare --weights": [
        *("compare", "mock", "mock", "--network", "script.py:net", "--input-shape", "1,2,2"),
        *("--weights", "{path}.pt"),
    ],
    "compare --plan": ["compare", "mock", "mock", "--plan", "{path}.json"],
    "compare --record-a": ["compare", "mock", "mock", "--ticks", "1", "--record-a", "{path}.h5"],
    "compare --record-b": ["compare", "mock", "mock", "--ticks", "1", "--record-b", "{path}.h5"],
    "compare --plot": ["compare", "mock", "mock", "--ticks", "1", "--plot", "{path}.png"],
    "emulate SCRIPT": ["emulate", "{path}.py"],
    "emulate --profile": ["emulate", "--profile", "{path}.toml", "script.py"],
    "characterise --profile": ["characterise", "mock", "--quick", "--profile", "{path}.toml"],
    "characterise --out": ["characterise", "mock", "--only", "overflow", "--out", "{path}.toml"],
    "conformance --json": ["conformance", "speck2f", "--static", "--json", "{path}.json"],
    "new-plugin --out": ["new-plugin", "speck9", "--out", "{path}"],
}
"""Every place for a path, and how to get there quickly."""

REPLAY: Final = "leak --backend"
"""A selection, which has a path in it: `replay:FILE`. Tried once for all commands."""

PATHS: Final = {
    "in a folder that is missing": "missing/file",
    "a folder": "folder",
    "in a folder without permission": "locked/file",
    "below a file": "file/file",
    "of 300 bytes": "x" * 300,
    "a loop of links": "loop",
    "in a loop of links": "loop/file",
    "a pipe": "pipe",
    "with a NUL": "a\0b",
    "in a folder that is gone": "file",
    "of no Unicode": "caf\udce9",
}
"""Every way in which a path can be bad, without its ending."""

FINE: Final = {
    ("new-plugin --out", "a folder"),
    *((f"leak {option}", "of no Unicode") for option in ("--record", "--save", "--csv", "--plot")),
    *((f"compare {option}", "of no Unicode") for option in ("--record-a", "--record-b", "--plot")),
    ("characterise --out", "of no Unicode"),
    ("conformance --json", "of no Unicode"),
    ("export -o", "of no Unicode"),
    ("report -o", "of no Unicode"),
    ("plan --plot", "of no Unicode"),
    ("sweep --file", "of no Unicode"),
    ("sweep --csv", "of no Unicode"),
}
"""What can well be done."""

COMMANDS: Final = {
    "help": ["--help"],
    "version": ["--version"],
    "list": ["list"],
    "info": ["info", "mock"],
    "leak": ["leak", "--ticks", "1"],
    "leak in JSON": ["leak", "--ticks", "1", "--json"],
    "emulate": ["emulate", "script.py"],
    "characterise": ["characterise", "mock", "--quick", "--only", "overflow"],
    "conformance": ["conformance", "speck2f", "--static"],
    "doctor": ["doctor", "mock"],
    "new-plugin": ["new-plugin", "speck9"],
    "no such command": ["lst"],
}

STREAMS: Final = [
    ("closed", "closed"),
    ("full", "kept"),
    ("kept", "full"),
    ("full", "full"),
    ("full", "closed"),
    ("broken", "kept"),
    ("broken", "broken"),
]


def _trial(folder: Path, arguments: list[str], **odd: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"gone": False, "streams": None, "variables": {}}
    return {"folder": str(folder), "arguments": arguments, **plain, **odd}


def _run(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    environment = {**os.environ, "PYTHONUNBUFFERED": ""}  # as most people have it
    done = run_python(TRIALS, stdin=json.dumps(trials), env=environment, timeout=900)
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


_PATHS = ("SCRIPT", "A", "B", "[NETWORK] [EVENTS]")
"""How arguments are shown that may be a path, of those that do not say it by their type."""


def _takes_a_path(param: click.Parameter) -> bool:
    """By its type, or by how it is shown: some take more than a path, as `FILE.py:NAME` does."""
    shown = param.metavar or param.human_readable_name
    return isinstance(param.type, click.Path | click.File) or ".py" in shown or shown in _PATHS


def test_every_option_that_takes_a_path_is_tried() -> None:
    found = set()
    for name in commands.COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        for param in filter(_takes_a_path, command.params):
            option = isinstance(param, click.Option)
            found.add(f"{name} {param.opts[0] if option else param.human_readable_name}")
    assert found | {REPLAY} == set(OPTIONS)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was kept."""
    path = tmp_path_factory.mktemp("record") / "run.h5"
    save_run(run_of(), path)
    return path


@pytest.mark.parametrize("option", OPTIONS)
def test_every_bad_path_is_refused_with_a_sentence(
    tmp_path: Path, option: str, record: Path
) -> None:
    trials = []
    for number, (kind, path) in enumerate(PATHS.items()):
        folder = tmp_path / str(number)
        arguments = [each.format(path=path) for each in OPTIONS[option]]
        ending = next(each for each in OPTIONS[option] if "{path}" in each)[6:].partition(":")[0]
        folder.mkdir()
        if kind != "in a folder that is gone":
            _lay_out(folder, ending, record)
        trials.append(_trial(folder, arguments, gone=kind == "in a folder that is gone"))

    for kind, result in zip(PATHS, _run(trials), strict=True):
        said = f"{option} {kind}: {result}"
        assert not result["crash"], said
        assert "Traceback" not in result["stderr"], said
        assert "authors" not in result["stderr"], said  # no plugin is to blame
        assert result["code"] == (0 if (option, kind) in FINE else 2), said
        assert result["code"] == 0 or "rror: " in result["stderr"], said
        assert len(result["stderr"].splitlines()) < 9, said


def _lay_out(folder: Path, ending: str, record: Path) -> None:
    (folder / "script.py").write_text("print('done')")
    shutil.copyfile(record, folder / "run.h5")
    (folder / "file").write_text("")
    (folder / f"folder{ending}").mkdir()
    (folder / "locked").mkdir(mode=0)
    for name in {"loop", f"loop{ending}"}:
        (folder / name).symlink_to(name)
    os.mkfifo(folder / f"pipe{ending}")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_goes_on_whatever_its_streams_are(tmp_path: Path, command: str) -> None:
    trials = []
    for number, streams in enumerate([("kept", "kept"), *STREAMS]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "script.py").write_text("print('done')")
        trials.append(_trial(folder, COMMANDS[command], streams=streams))
    for variables in ({"COLUMNS": "0"}, {"TERM": "dumb", "FORCE_COLOR": "1"}):
        folder = tmp_path / next(iter(variables))
        folder.mkdir()
        (folder / "script.py").write_text("print('done')")
        trials.append(
            _trial(folder, COMMANDS[command], streams=("kept", "kept"), variables=variables)
        )

    plain, *odd = _run(trials)
    assert not [result["crash"] for result in (plain, *odd) if result["crash"]]

    # what is printed on the other stream alone is lost with it, and costs nothing
    printed = bool(plain["stdout"])
    for streams, result in zip(STREAMS, odd[: len(STREAMS)], strict=True):
        said = f"{command} {streams}: {result}"
        lost = {"full": 2, "broken": 141}.get(streams[0], plain["code"]) if printed else None
        assert result["code"] == (plain["code"] if lost is None else lost), said
        assert "Traceback" not in result["stdout"] + result["stderr"], said
        assert "Exception ignored" not in result["stderr"], said
        if streams == ("full", "kept") and printed:
            assert "No space left on device" in result["stderr"], said
    for result in odd[len(STREAMS) :]:
        assert result["code"] == plain["code"], result
        assert bool(result["stdout"]) == printed, result
        assert "\x1b" not in result["stdout"] + result["stderr"], result


def test_a_trial_that_hangs_is_cut_and_named_and_the_others_are_run(tmp_path: Path) -> None:
    hangs = tmp_path / "hangs.py"
    hangs.write_text("while True: pass")
    trials = []
    for streams in (None, ("kept", "kept")):
        trials.append(_trial(tmp_path, ["emulate", str(hangs)], streams=streams, patience_s=0.5))
        trials.append(_trial(tmp_path, ["--version"], streams=streams))

    results = _run(trials)

    assert [result["code"] for result in results[1::2]] == [0, 0]
    for result in results[::2]:
        assert result["crash"] == f"['emulate', '{hangs}'] was cut after 0.5 s"
