"""Each limit of a plan is named on the command line, and the nearest that it names is possible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NETWORKS = """
from speckhal import LayerSpec

one = [LayerSpec((2, 4, 4), biases=[-13, -5])]
two = [*one, LayerSpec((1, 4, 4), biases=[-1], threshold_high=20, threshold_low=-20)]
large = [LayerSpec((16, 64, 64), biases=[-1] * 16, threshold_high=30000, threshold_low=-30000)]
fine = [LayerSpec((1, 2, 2), biases=[-1], threshold_high=32767, threshold_low=-32768)]
"""

AMOUNT = r"(\S+ thresholds per s)"
ALL = "--leak={}"


@pytest.fixture(autouse=True)
def networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nets.py").write_text(NETWORKS)
    monkeypatch.chdir(tmp_path)


def plan(name: str, *arguments: str) -> Result:
    words = ["plan", "--backend", "mock", "--network", f"nets.py:{name}", *arguments]
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    ("name", "wish", "besides", "limit"),
    [
        ("one", "0.001 thresholds per s", (), r"1 per tick at 1 Hz \(slow_clock_seen_rate_hz"),
        ("one", "-0.001 thresholds per s", (), r"1 per tick at 1 Hz \(slow_clock_seen_rate_hz"),
        ("one", "1e9 thresholds per s", (), r"way between its thresholds\) at 10000 Hz"),
        ("one", "-1e9 thresholds per s", (), r"253 per tick .*slow_clock_typical_rate_hz"),
        ("one", "9 thresholds per s", ("--rate-hz", "1"), "the highest rate that was asked for"),
        ("one", "1 thresholds per s", ("--rate-hz", "999"), "the lowest rate that was asked for"),
        ("fine", "100 thresholds per s", ("--bits", "8"), r"127 per tick \(8 bits\)"),
        ("fine", "1e6 thresholds per s", (), r"32768 per tick \(bias_range of the speck2f"),
        ("large", "1e3 thresholds per s", (), "updates_per_s of the speck2f, assumed, for a layer"),
    ],
)
def test_a_leak_beyond_a_limit_names_it_and_the_nearest_that_is_possible(
    name: str, wish: str, besides: tuple[str, ...], limit: str
) -> None:
    refused = plan(name, ALL.format(wish), *besides)

    assert refused.exit_code == 2
    said = " ".join(refused.output.split())
    assert re.search(limit, said), said
    nearest = re.search(rf"Ask for {AMOUNT}", said)
    assert nearest is not None, said
    assert plan(name, ALL.format(nearest[1]), *besides).exit_code == 0


def test_layers_that_one_clock_cannot_serve_are_both_offered_a_way() -> None:
    slow, fast = "0=0.01 thresholds per s", "1=20000 thresholds per s"
    refused = plan("two", "--layer", slow, "--layer", fast)

    assert refused.exit_code == 2
    assert "One clock ticks for all layers" in " ".join(refused.output.split())
    faster, slower = re.findall(AMOUNT, " ".join(refused.output.split()).split("hint:")[1])
    assert plan("two", "--layer", f"0={faster}", "--layer", fast).exit_code == 0
    assert plan("two", "--layer", slow, "--layer", f"1={slower}").exit_code == 0


@pytest.mark.parametrize(
    ("option", "asked", "words"),
    [
        ("--max-ripple", "0.1%", r"Allow steps of (\S+) %"),
        ("--max-error", "0.0001%", r"Allow an error of (\S+) %"),
    ],
)
def test_a_part_that_no_rate_keeps_is_refused_with_one_that_can_be_kept(
    option: str, asked: str, words: str
) -> None:
    wish = "--leak=0.11 thresholds per s"
    refused = plan("one", wish, option, asked)

    assert refused.exit_code == 2
    found = re.search(words, " ".join(refused.output.split()))
    assert found is not None, refused.output
    assert plan("one", wish, option, f"{found[1]}%").exit_code == 0


def test_two_steps_of_training_are_refused_with_both() -> None:
    refused = plan("two", "--layer", "0=dt 5 ms", "--layer", "1=dt 7 ms")

    assert refused.exit_code == 2
    assert "steps of 0.007 and 0.005 s, and one clock" in " ".join(refused.output.split())


def test_aims_that_cores_cannot_follow_are_named_with_the_plan() -> None:
    done = plan("large", "--leak", "tau 20 ms least-squares")

    assert done.exit_code == 0
    said = " ".join(done.output.split())
    assert "this comes nearest: a faster clock is more than a core can follow." in said
    assert "comes nearest" not in plan("one", "--leak", "5% per 10 ms").output


def test_each_channel_may_have_a_leak_of_its_own() -> None:
    done = plan("one", "--leak", "[5, -3]% per 10 ms", "--json")

    assert done.exit_code == 0
    assert '"wanted_per_s": [5.0, -3.0]' in done.output
    few = plan("one", "--leak", "[5, 3, 1]% per 10 ms")
    assert "layer 0, which has 2 channels" in " ".join(few.output.split())
