"""`speckhal leak --option NAME=VALUE`: options of the board, and wrong ones in a sentence."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from speckhal.cli import main


def leak(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["leak", "--ticks", "2", *arguments])


def test_the_board_is_opened_with_the_options() -> None:
    done = leak("--option", "breakage=no-leak", "--option", "apply_s=3", "--json")
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert (found["answer"], found["measured_step"]) == ("disagrees", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--option", "overflow"], "Write --option NAME=VALUE"),
        (["--option", "overflo=wrap"], "Did you mean overflow?"),
        (["--option", "overflow=warp"], "Did you mean overflow=wrap?"),
        (["--option", "apply_s=-1"], "it must be 0 or more seconds"),
        (["--option", "apply_s=1", "--option", "apply_s=2"], "Asked twice for the option apply_s"),
        (["--option", "profile=a.toml", "--profile", "b.toml"], "profile twice"),
        (["--backend", "speck2f", "--option", "apply_s=1"], "real boards take no options"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_a_wrong_option_gets_a_sentence(arguments: list[str], said: str) -> None:
    done = leak(*arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
