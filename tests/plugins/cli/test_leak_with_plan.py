"""`speckhal leak --plan`: the plan of a file is what is deployed, and what is verified."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

_NETWORK = """
from sinabs.layers import IAFSqueeze
from torch import nn


def make():
    layers = []
    for weight in (0.25, 2.0):
        layers += [nn.Conv2d(1, 1, 1, bias=False), IAFSqueeze(batch_size=1, min_v_mem=-0.02)]
        nn.init.constant_(layers[-2].weight, weight)
    return nn.Sequential(*layers)
"""


def test_the_plan_that_was_printed_is_deployed_at_its_rate_and_agrees(tmp_path: Path) -> None:
    file, record = tmp_path / "plan.json", tmp_path / "run.h5"
    printed = CliRunner().invoke(main, ["plan", "--leak", "5% per 10 ms", "--json"])
    file.write_text(printed.stdout)
    plan = json.loads(printed.stdout)

    ran = CliRunner().invoke(main, ["leak", "--plan", str(file), "--record", str(record)])
    verified = CliRunner().invoke(main, ["verify", str(record), "--json"])

    assert ran.exit_code == 0, ran.output
    assert "The leak of layer 0 agrees" in ran.stdout
    assert f"{plan['rate_hz']} Hz" in ran.stdout
    assert "Deployed as planned" in verified.stdout


def test_neurons_that_start_at_the_floor_are_advised_to_start_higher_and_then_agree(
    tmp_path: Path,
) -> None:
    network = tmp_path / "net.py"
    network.write_text(_NETWORK)
    given = ["--network", f"{network}:make", "--input-shape", "1,2,2"]
    file, record = tmp_path / "plan.json", tmp_path / "run.h5"
    plan = ["plan", *given, "--leak", "tau 20 ms least-squares", "--json"]
    file.write_text(CliRunner().invoke(main, plan).stdout)
    leak = ["leak", *given, "--layer", "all", "--plan", str(file)]

    low = CliRunner().invoke(main, leak)
    high = CliRunner().invoke(main, [*leak, "--start", "high", "--record", str(record)])
    shown = CliRunner().invoke(main, ["show", str(record)])
    short = CliRunner().invoke(
        main, [*leak, "--start", "high", "--for", "0.02", "--record", str(record), "--overwrite"]
    )
    again = CliRunner().invoke(main, [*leak, "--start", "high", "--backend", f"replay:{record}"])

    assert (short.exit_code, again.exit_code) == (0, 0), again.output
    assert low.exit_code == 2
    assert "Let them start higher (--start high)." in low.stdout
    assert high.exit_code == 0, high.output
    assert "The leak of layer 1 agrees" in high.stdout
    assert " to layer 0, 63 to layer 1" in shown.stdout


def test_a_start_that_is_none_is_a_sentence() -> None:
    for start, said in (("x", "--start 'x', which is not"), ("9999", "above its threshold")):
        ran = CliRunner().invoke(main, ["leak", "--start", start])

        assert ran.exit_code == 2
        assert said in ran.stderr


def test_what_a_plan_brings_is_not_asked_for_beside_it(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["leak", "--plan", str(tmp_path / "x.json"), "--rate-hz", "3"])

    assert ran.exit_code == 2
    assert "Asked for --plan together with --rate-hz" in ran.stderr


def test_a_plan_is_stepped_and_verified_by_its_steps_and_replayed(tmp_path: Path) -> None:
    file, record = tmp_path / "plan.json", tmp_path / "run.h5"
    file.write_text(CliRunner().invoke(main, ["plan", "--leak", "5% per 10 ms", "--json"]).stdout)
    stepped = ["leak", "--plan", str(file), "--ticks", "20", "--start", "high"]

    ran = CliRunner().invoke(main, [*stepped, "--record", str(record)])
    verified = CliRunner().invoke(main, ["verify", str(record), "--json"])
    replay = ["--backend", f"replay:{record}", "--json"]
    replayed = CliRunner().invoke(main, ["leak", *replay])
    for again in ([*stepped, *replay], [*stepped[:3], *replay]):
        assert CliRunner().invoke(main, again).stdout == replayed.stdout

    assert ran.exit_code == verified.exit_code == replayed.exit_code == 0, ran.output
    found = {one["name"]: one for one in json.loads(verified.stdout)["layers"][0]["findings"]}
    assert found["plan"]["answer"] == "agrees"
    assert "all 20 ticks that were made" in found["lost ticks"]["said"]
    assert json.loads(replayed.stdout)["samples"][-1]["tick"] == 20
    assert "stepped clock" in ran.stdout


def test_a_clock_with_little_room_is_advised_another_plan_and_no_other_biases(
    tmp_path: Path,
) -> None:
    file, record = tmp_path / "plan.json", tmp_path / "run.h5"
    file.write_text(CliRunner().invoke(main, ["plan", "--leak", "5% per 10 ms", "--json"]).stdout)
    dense = ["--every", "0.01", "--for", "0.2", "--record", str(record)]
    CliRunner().invoke(main, ["leak", "--plan", str(file), *dense])

    said = CliRunner().invoke(main, ["verify", str(record)]).stdout

    assert "use another plan, with smaller steps" in said
    assert "biases" not in said


def test_a_file_that_is_no_plan_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("[1]")

    ran = CliRunner().invoke(main, ["leak", "--plan", str(file)])

    assert ran.exit_code == 2
    assert "which is no plan" in ran.stderr
    assert "Traceback" not in ran.stderr
