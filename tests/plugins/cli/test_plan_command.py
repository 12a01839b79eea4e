"""`speckhal plan`: a table, JSON and a picture of the leak that a network would get."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

WISH = ("--leak", "5% per 10 ms")


def plan(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plan", "--backend", "mock", *arguments])


def test_it_prints_what_each_channel_gets_and_what_other_rates_would_give() -> None:
    result = plan(*WISH)
    assert result.exit_code == 0, result.output
    assert "What a speck2f would do at 53 Hz: error at most 0.157 %" in result.output
    assert "->   53 Hz" in result.output
    assert "A sample of the rates" in result.output
    tables = [line for line in result.output.splitlines() if line.startswith(" ")]
    assert max(map(len, tables)) <= 80


def test_it_prints_json_and_draws_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "plan.png"
    result = plan(*WISH, "--json", "--plot", str(picture))
    assert json.loads(result.stdout)["layers"][0]["biases"] == [-12]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_layer_may_have_a_leak_of_its_own() -> None:
    result = plan(*WISH, "--layer", "0=-3% per 10 ms", "--json")
    assert json.loads(result.stdout)["layers"][0]["wanted"] == "-3% per 10 ms"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "without the leak that is wanted"),
        (("--leak", "5%"), "does not say in what time"),
        (("--layer", "x"), "does not name a layer and its leak"),
        (("--layer", "7=5% per 10 ms"), "no such layer"),
        (("--layer", "0=5% per s", "--layer", "0=6% per s"), "two leaks of layer 0"),
        ((*WISH, "--max-error", "much"), "not a part above 0"),
        ((*WISH, "--max-ripple", "0"), "not a part above 0"),
        ((*WISH, "--rate-hz", "fast"), "neither a rate nor a range"),
        ((*WISH, "--bits", "99"), "2 to 16"),
        ((*WISH, "--plot", "plan.doc"), "no kind of picture"),
        ((*WISH, "--input-shape", "1,2,2"), "without a network"),
        (("--leak", "0.001 thresholds per s"), "slow_clock_seen_rate_hz"),
    ],
)
def test_what_cannot_be_planned_gets_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    result = plan(*arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
