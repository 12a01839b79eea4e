"""`speckhal leak --network` with files and networks whose own code fails, in whatever way."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
