"""`speckhal leak --plan`: the plan of a file is what is deployed, and what is verified."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path


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


def test_what_a_plan_brings_is_not_asked_for_beside_it(tmp_path: Path) -> None:
    for beside in (["--rate-hz", "3"], ["--ticks", "3"]):
        ran = CliRunner().invoke(main, ["leak", "--plan", str(tmp_path / "x.json"), *beside])

        assert ran.exit_code == 2
        assert f"Asked for --plan together with {beside[0]}" in ran.stderr


def test_a_file_that_is_no_plan_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("[1]")

    ran = CliRunner().invoke(main, ["leak", "--plan", str(file)])

    assert ran.exit_code == 2
    assert "which is no plan" in ran.stderr
    assert "Traceback" not in ran.stderr
