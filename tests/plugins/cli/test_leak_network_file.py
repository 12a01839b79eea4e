"""`speckhal leak --network` with files and networks whose own code fails, in whatever way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest
from click.testing import CliRunner

from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = """
import os, signal
from sinabs.layers import IAFSqueeze
from torch import nn

class Broken(Exception):
    def __str__(self):
        raise RuntimeError

class Net(nn.Sequential):
    def __init__(self, raised):
        super().__init__(nn.Conv2d(1, 1, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
        # by chance they can be such that no bias is left to leak
        nn.init.ones_(self[0].weight)
        nn.init.constant_(self[0].bias, -0.5)
        self.raised = raised

    def forward(self, data):
        if self.raised is not None:
            raise self.raised
        import beside
        return super().forward(data)

class Interrupted(Net):
    def forward(self, data):
        os.kill(os.getpid(), signal.SIGINT)
        return super().forward(data)

exits, interrupts = Net(SystemExit(0)), Net(KeyboardInterrupt())
leaves, broken = Net(GeneratorExit()), Net(Broken())
stopped = Interrupted(None)
imports = Net(None)

def leave():
    raise SystemExit
"""


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "net.py"
    path.write_text(NETWORK)
    (tmp_path / "beside.py").write_text("")
    return str(path)


def _run(network: str) -> tuple[int, str]:
    arguments = ["leak", "--ticks", "2", "--network", network, "--input-shape", "1,2,2"]
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("exits", "SystemExit: 0."),
        ("interrupts", "KeyboardInterrupt."),
        ("leaves", "GeneratorExit."),
    ],
)
def test_a_network_that_fails_while_it_is_traced_is_no_fault_of_the_backend(
    net: str, name: str, said: str
) -> None:
    where = f"{net}:{name}"

    assert _run(where) == (2, f"error: {where} failed while it was deployed: {said}")


def test_an_error_without_a_text_is_a_sentence(net: str) -> None:
    code, said = _run(f"{net}:broken")

    assert code == 2
    assert "Broken: its text cannot be read, for RuntimeError." in said
    assert "ackend" not in said


def test_an_exit_of_the_file_is_a_sentence(net: str) -> None:
    code, said = _run(f"{net}:leave")

    assert code == 2
    assert "calling the function failed: SystemExit. hint: It is called without" in said


def test_ctrl_c_while_a_network_is_traced_is_an_interrupt(net: str) -> None:
    code, said = _run(f"{net}:stopped")

    assert code == 130
    assert said.startswith("Interrupted.")


def test_a_network_may_import_its_neighbours_when_it_is_traced(net: str) -> None:
    code, said = _run(f"{net}:imports")

    assert (code, said) == (0, "")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize(
    "does",
    [
        "sys.S.close()",
        "sys.S.detach()",
        "sys.S = io.TextIOWrapper(sys.S.buffer)",
        "io.TextIOWrapper(sys.S.buffer)",
        "sys.S = codecs.getwriter('utf-8')(sys.S.detach())",
        "sys.S = None",
    ],
)
def test_what_a_file_does_to_standard_streams_does_not_keep_the_leak_from_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: str, does: str
) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"import codecs, io, sys\n{does.replace('S', stream)}\n{NETWORK}")
    arguments = ["leak", "--ticks", "2", "--network", f"{path}:imports", "--input-shape", "1,2,2"]
    (tmp_path / "beside.py").write_text("")
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        # as Python opens its own: closing them leaves the descriptor open
        for name, file in (("stdout", out), ("stderr", err)):
            own = open(file.fileno(), "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            monkeypatch.setattr(sys, name, own)
        with pytest.raises(SystemExit) as end:
            main(arguments)
        sys.stdout.flush()  # as Python does at its end
        sys.stderr.flush()

    assert (end.value.code, (tmp_path / "err").read_text()[:2000]) == (0, ANY)
    shown = (tmp_path / "out").read_text()
    assert shown.endswith("The leak of layer 0 agrees with what was deployed.\n")
    assert (tmp_path / "err").read_text() == ""
