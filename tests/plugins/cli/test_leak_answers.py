"""`speckhal leak` has three answers: agrees, disagrees, cannot tell."""

from __future__ import annotations

import errno
import functools
import json
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from speckhal.cli import main
from speckhal.discovery import opening
from speckhal.runs.record import LeakRecord

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = """
import torch
from sinabs.layers import IAFSqueeze
from torch import nn

def make(biases, v_mem):
    neurons = IAFSqueeze(batch_size=1, min_v_mem=-1.0, spike_threshold=1.0)
    net = nn.Sequential(nn.Conv2d(1, len(biases), 1), neurons)
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        net[0].bias.copy_(torch.tensor(biases))
        net(torch.zeros(1, 1, 2, 2))
        net[1].v_mem.fill_(v_mem)
    return net

fires_once = make([0.0, -0.1, 0.0], 1.0)
stays = make([0.0, -0.1, 0.0], 0.5)
many = make([-0.01 * number for number in range(30)], 0.3)
"""


def _leak(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["leak", *map(str, arguments)], env={"COLUMNS": "80"})


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "net.py"
    path.write_text(NETWORK)
    return str(path)


def _of_network(where: str) -> list[str]:
    return ["--network", where, "--input-shape", "1,2,2", "--rate-hz", "10", "--every", "0.05"]


def _json(done: Result) -> Any:
    return json.loads(done.stdout)


def test_channels_that_fired_at_the_first_tick_cannot_be_reported(net: str) -> None:
    arguments = [*_of_network(f"{net}:fires_once"), "--for", "1"]

    shown, data = _leak(*arguments), _json(_leak("--json", *arguments))

    assert shown.exit_code == 2
    table = [line.split() for line in shown.stdout.splitlines() if "?" in line]
    assert [(row[0], " ".join(row[-2:])) for row in table] == [
        ("0", "cannot tell"),
        ("2", "cannot tell"),
    ]
    assert "Channels 0, 2: no neuron could be measured" in shown.stdout
    assert "smaller bias" not in shown.stdout
    assert "agrees with what was deployed" not in shown.stdout
    assert (data["agrees"], data["answer"]) == (None, "cannot tell")
    assert data["answers"] == ["cannot tell", "agrees", "cannot tell"]
    assert data["measured_step"] == [None, -13, None]


def test_channels_without_bias_that_stay_where_they_are_agree(net: str) -> None:
    done = _leak(*_of_network(f"{net}:stays"), "--for", "1", "--json")

    assert done.exit_code == 0
    assert _json(done)["answers"] == ["agrees"] * 3


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["--for", "0.5"], "Watch for 20 s (--for 20)."),
        (["--rate-hz", "10000"], "(--rate-hz 10 --every 0.05 --for 2)."),
        (["--every", "100", "--for", "1000"], "(--every 0.5 --for 20)."),
    ],
)
@pytest.mark.filterwarnings("ignore")  # of rates at which ticks would be lost
def test_a_sampling_that_shows_no_step_is_no_fault_of_the_board(
    arguments: list[str], advice: str
) -> None:
    data = _json(done := _leak(*arguments, "--json"))

    assert done.exit_code == 2
    assert (data["agrees"], data["answer"]) == (None, "cannot tell")
    assert advice in data["problems"][0]


@pytest.fixture
def off_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command open a mock whose ticks add one more than the bias."""
    opened = functools.partial(opening.open_device, breakage="step-plus-one")
    monkeypatch.setattr(opening, "open_device", opened)


@pytest.mark.usefixtures("off_by_one")
def test_a_board_that_leaks_otherwise_disagrees() -> None:
    shown, data = _leak(), _json(_leak("--json"))

    assert (shown.exit_code, data["agrees"], data["answer"]) == (1, False, "disagrees")
    assert "a tick adds -12, and should add -13." in shown.stdout


@pytest.mark.usefixtures("off_by_one")
def test_what_disagrees_is_shown_first_and_what_is_left_out_is_counted(net: str) -> None:
    done = _leak(*_of_network(f"{net}:many"), "--for", "4")

    assert done.exit_code == 1
    said = done.stdout.split("* in spike thresholds")[1].splitlines()
    assert said[1].startswith("Channel 0: a tick adds 1, and should add 0.")
    assert "and 18 more channels" in done.stdout
    assert said[-1] == "and 18 more like these"


@pytest.mark.usefixtures("off_by_one")
def test_a_file_that_was_not_written_ends_with_2_whatever_the_board_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LeakRecord, "save_csv", full)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert _leak("--csv", tmp_path / "leak.csv").exit_code == 2
