"""Where a command was typed, a hint says what to type, and not only what to write in Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

REPLAY = ["leak", "--backend", "replay:published-leak"]
PLAN = ["plan", "--leak", "5% per 10 ms"]


def typed(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ([*REPLAY, "--ticks", "2"], "stepped clock", "leave --ticks out"),
        ([*REPLAY, "--rate-hz", "2"], "a slow clock of 2 Hz", "leave --rate-hz out"),
        (["leak", "--rate-hz", "-1"], "a slow clock of -1 Hz", "--rate-hz 1"),
        (["compare", "mock", "mock", "--rate-hz", "0"], "a slow clock of 0 Hz", "--rate-hz 1"),
        ([*PLAN, "--rate-hz", "-5"], "the rates -5", "--rate-hz 10..1000"),
        ([*PLAN, "--rate-hz", "9..3"], "from 9 to 3 Hz", "--rate-hz 3..9"),
        ([*PLAN, "--bits", "17"], "a bias has 2 to 16", "Use 16 "),
        (["plan", "--leak", "5% per 0 ms"], "a time of 0.0 s", "such as 10 ms"),
        (["plan", "--leak", "dt 0 ms"], "a step of 0.0 s", "such as 10 ms"),
        (["plan", "--leak", "tau 0 ms slope"], "a time constant of 0 s", '"tau 20 ms slope"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_hint_names_what_to_type(words: list[str], said: str, hint: str) -> None:
    done = typed(*words)
    message, _, hinted = re.sub(r"\s+", " ", done.stderr).partition("hint: ")
    assert done.exit_code == 2
    assert said in message
    assert hint in hinted


def test_a_record_beside_one_that_nobody_finished_is_asked_for_by_an_option(tmp_path: Path) -> None:
    record = tmp_path / "k.h5"
    assert typed("leak", "--ticks", 2, "--record", record).exit_code == 0
    record.rename(f"{record}.partial")
    assert "--overwrite" in typed("leak", "--ticks", 2, "--record", record).stderr


@pytest.mark.parametrize("command", ["characterise", "new-plugin"])
def test_what_is_written_is_named_by_o_as_elsewhere(command: str) -> None:
    assert "-o, --out" in typed(command, "--help").stdout


def test_the_exit_code_of_an_interrupt_is_said_with_the_others() -> None:
    assert "130 after Ctrl-C" in re.sub(r"\s+", " ", typed("--help").stdout)
