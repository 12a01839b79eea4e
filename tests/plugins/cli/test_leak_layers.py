"""`speckhal leak` of several layers, and into a record."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

import speckhal
from speckhal.cli.commands.leak import command
from speckhal.contract.errors import InputError, LayerNotFound

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NETWORK = """
import speckhal

net = [
    speckhal.LayerSpec((2, 4, 4), biases=[-3, -5], initial=100),
    speckhal.LayerSpec((1, 4, 4), biases=[-7], initial=100),
]
"""


@pytest.fixture
def network(tmp_path: Path) -> str:
    (tmp_path / "net.py").write_text(NETWORK)
    return f"{tmp_path / 'net.py'}:net"


def typed(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_all_layers_are_read_in_one_run_and_judged_each(network: str) -> None:
    result = typed("--network", network, "--layer", "all", "--ticks", 3)

    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["time", "s", "tick", "layer", "lowest", "highest"] in lines
    assert [line[1:] for line in lines if line[1:2] == ["3"]] == [
        ["3", "0", "85", "91"],
        ["3", "1", "79", "79"],
    ]
    assert "The leak of layer 0 agrees with what was deployed." in result.output
    assert "The leak of layer 1 agrees with what was deployed." in result.output


def test_several_layers_go_to_every_output(network: str, tmp_path: Path) -> None:
    files = {ending: tmp_path / f"leak.{ending}" for ending in ("h5", "npz", "csv", "png")}
    options = zip(("--record", "--save", "--csv", "--plot"), files.values(), strict=True)

    result = typed(
        *("--network", network, "--layer", "1,0", "--ticks", 2, "--json"),
        *(word for option in options for word in option),
    )

    layers: list[Any] = json.loads(result.stdout)["layers"]
    assert [one["layer"] for one in layers] == [1, 0]
    # below the verdicts, where a terminal shows both
    assert result.output.splitlines()[-4:] == [f"Wrote {file}" for file in files.values()]
    run = speckhal.open_run(files["h5"])
    assert [trace.layer for trace in run.traces] == [1, 0]
    assert run.trace(1).v_mem[:, 0, 0, 0].tolist() == [100, 93, 86]
    with np.load(files["npz"], allow_pickle=False) as arrays:
        assert arrays["layer_0_v_mem"].shape == (3, 2, 4, 4)
    with files["csv"].open(newline="") as file:
        assert {row["layer"] for row in csv.DictReader(file)} == {"0", "1"}
    assert files["png"].read_bytes().startswith(b"\x89PNG")


def test_a_record_of_one_layer_has_what_the_screen_shows(tmp_path: Path) -> None:
    record = tmp_path / "leak.h5"

    result = typed("--ticks", 3, "--record", record, "--json")

    shown: Any = json.loads(result.stdout)
    run = speckhal.open_run(record)
    assert run.trace().v_mem.tolist() == [one["v_mem"] for one in shown["samples"]]
    assert not run.is_partial
    assert f"Wrote {record}" in result.stderr


def test_a_record_that_is_there_stays_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    record = tmp_path / "leak.h5"
    typed("--ticks", 2, "--record", record)

    refused = typed("--ticks", 3, "--record", record)
    replaced = typed("--ticks", 3, "--record", record, "--overwrite")

    assert isinstance(refused.exception, InputError)
    assert "--overwrite" in str(refused.exception.hint)
    assert replaced.exit_code == 0
    assert len(speckhal.open_run(record).trace()) == 4


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["--layer", "first"], InputError),
        (["--layer", "0,0"], InputError),
        (["--layer", "7"], LayerNotFound),
        (["--overwrite"], InputError),
    ],
)
def test_what_is_wrong_gets_a_sentence(arguments: list[str], kind: type[Exception]) -> None:
    result = typed("--ticks", 2, *arguments)

    assert isinstance(result.exception, kind)
    assert getattr(result.exception, "hint", None)
