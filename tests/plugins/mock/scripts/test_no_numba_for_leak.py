"""What only leaks, lists or reports imports neither numba nor what would compile with it."""

from __future__ import annotations

import contextlib
import importlib
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from speckhal.cli import main
from speckhal_mock.scripts.emulator import ScriptEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPERIMENT = Path(__file__).resolve().parents[3] / "data" / "published_experiment.py"
ROOM = "speckhal_mock.emulation.spikes."


class _Watching(MetaPathFinder):
    """Notes who is asked for, of those that are watched, and does not let them be imported."""

    def __init__(self) -> None:
        self.asked_for: list[str] = []

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname.partition(".")[0] == "numba" or fullname == f"{ROOM}jit":
            self.asked_for.append(fullname)
            raise ImportError(fullname)


@pytest.fixture
def imports_of_numba() -> Iterator[list[str]]:
    """As in a process that has met no spike yet: what it imports of numba, and who compiles."""
    kept = {
        name: module
        for name, module in sys.modules.items()
        if name.startswith((ROOM, "numba.")) or name == "numba"
    }
    watching = _Watching()
    for name in kept:
        del sys.modules[name]
    sys.meta_path.insert(0, watching)
    try:
        yield watching.asked_for
    finally:
        sys.meta_path.remove(watching)
        for name in [name for name in sys.modules if name.startswith(ROOM)]:
            del sys.modules[name]
        sys.modules |= kept
        room = importlib.import_module(ROOM.rstrip("."))
        for name, module in kept.items():
            if name.startswith(ROOM):
                setattr(room, name.removeprefix(ROOM), module)


@pytest.mark.parametrize(
    "command",
    [
        ["list"],
        ["info", "mock", "--options"],
        ["doctor", "mock"],
        ["leak", "--for", "1"],
    ],
    ids=lambda command: str(command[0]),
)
def test_no_command_that_knows_no_spikes_imports_numba(
    command: list[str], imports_of_numba: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(SystemExit):
        main(command)

    assert capsys.readouterr().out
    assert imports_of_numba == []


def test_the_published_leak_script_never_imports_numba(
    imports_of_numba: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(SystemExit):
        ScriptEmulator().run_script(EXPERIMENT, [], boards=["speck2fmodule"], realtime=False)

    assert len(capsys.readouterr().out.splitlines()) > 70
    assert imports_of_numba == []


@pytest.mark.parametrize("name", ["numba", f"{ROOM}traffic"])
def test_an_import_of_either_would_be_noticed(name: str, imports_of_numba: list[str]) -> None:
    with pytest.raises(ImportError):
        importlib.import_module(name)

    assert imports_of_numba == ["numba" if name == "numba" else f"{ROOM}jit"]
