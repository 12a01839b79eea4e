"""The verdict over many rates, periods and biases: the mock is never called wrong on its merits."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

import speckhal
from placed_once import placed_once
from speckhal import Answer, ClockDrive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal import Verdict

MakeNetwork = Callable[..., nn.Sequential]
Judge = Callable[..., "Verdict"]

BIASES = [0, -1, -2, -13, -50, -126, -127, -128, -5000, 1, 5, 20, 127, 3000]
ALL_BIASES = [*BIASES, -60, -64, -100, -254, -1000, 40, 63, 100]
STARTS = [[1.0, 0.5], [-0.9, -1.0]]
"""Of each channel's neurons, in thresholds."""

_OPTIONS = r"\((--[^)]*)\)"
"""Of the command, as a message advises them."""


@pytest.fixture(autouse=True)
def _networks_are_placed_once() -> Iterator[None]:
    """Many samplings are tried on each network."""
    with placed_once():
        yield


@pytest.fixture
def verdict_on(make_network: MakeNetwork) -> Judge:
    """The verdict on biases in chip units, one for each channel, at a rate, or stepped."""

    def verdict(
        biases: list[int],
        *,
        rate_hz: int | None,
        starts: list[list[float]] = STARTS,
        threshold_low: float = -1.0,
        options: dict[str, Any] | None = None,
        **sampling: Any,
    ) -> Verdict:
        network = make_network(bias=(-0.1,) * len(biases), min_v_mem=threshold_low)
        network.get_buffer("1.v_mem").copy_(torch.tensor(starts))
        with speckhal.open_device("mock", **(options or {})) as device:
            leak = (
                device.leak_config(drive=ClockDrive.STEPPED)
                if rate_hz is None
                else device.leak_config(rate_hz=rate_hz)
            )
            deployment = device.deploy(
                network, input_shape=(1, 2, 2), leak=leak, biases={0: biases}
            )
            trace = speckhal.measure_leak(device, **sampling)
        return speckhal.judge(trace, deployment.layer(0))

    return verdict


@pytest.mark.parametrize("rate_hz", [1, 37, 1000, 10_000])
@pytest.mark.filterwarnings("ignore")  # of rates at which ticks would be lost
def test_a_mock_that_does_what_it_should_is_never_called_wrong(
    verdict_on: Judge, rate_hz: int
) -> None:
    for every_s, readings in itertools.product([0.003, 0.05, 0.5, 7], [0.3, 1, 3, 15]):
        sampling = {"every_s": every_s, "for_s": every_s * readings}

        verdict = verdict_on(BIASES, rate_hz=rate_hz, **sampling)

        wrong = [one for one in verdict.channels if one.answer is Answer.DISAGREES]
        assert not wrong, sampling


def test_stepped_ticks_show_every_bias_for_which_there_is_room(verdict_on: Judge) -> None:
    verdict = verdict_on(BIASES, rate_hz=None, ticks=15)

    unclear = [one.expected_step for one in verdict.channels if one.answer is not Answer.AGREES]
    assert unclear == [-5000, 3000]
    assert verdict.answer is Answer.CANNOT_TELL


@pytest.mark.parametrize(
    ("bias", "rate_hz", "sampling"),
    [
        (-13, 1, {"for_s": 0.5}),
        (-13, 10_000, {}),
        (-13, 1, {"every_s": 100, "for_s": 1000}),
        (-13, 37, {"every_s": 0.01, "for_s": 0.01}),
        (-60, 37, {"every_s": 1, "for_s": 3}),
        (-126, 1000, {"every_s": 1, "for_s": 3}),
        (5, 100, {"every_s": 1, "for_s": 3}),
        (20, 5000, {"every_s": 0.1, "for_s": 0.3}),
        (0, 1, {"for_s": 0.5}),
    ],
)
def test_who_follows_the_advice_gets_an_answer(
    verdict_on: Judge, bias: int, rate_hz: int, sampling: dict[str, float]
) -> None:
    # the second channel gives the board something to leak where the first has no bias
    before = verdict_on([bias, bias or -13], rate_hz=rate_hz, **sampling)
    assert before.answer is Answer.CANNOT_TELL

    (advice,) = re.findall(_OPTIONS, before.problems[0])
    after = verdict_on([bias, bias or -13], **_followed(advice, {"rate_hz": rate_hz, **sampling}))

    assert after.answer is Answer.AGREES


@pytest.mark.parametrize(
    ("start", "threshold_low"),
    [(2.0, -0.1), (1.0, -1.0), (0.5, -1.0), (0.0, -0.1), (-0.9, -1.0), (-0.9, -0.1)],
)
@pytest.mark.parametrize(
    ("rate_hz", "sampling"),
    [
        (1, {"for_s": 0.5}),
        (100, {"every_s": 2, "for_s": 6}),
        (37, {"every_s": 0.01, "for_s": 0.01}),
    ],
)
def test_each_advice_gives_an_answer_or_asks_for_another_network_at_once(
    verdict_on: Judge,
    rate_hz: int,
    sampling: dict[str, float],
    start: float,
    threshold_low: float,
) -> None:
    asked = {"starts": [[start] * 2] * 2, "threshold_low": threshold_low, **sampling}
    _follow(verdict_on, ALL_BIASES, {**asked, "rate_hz": rate_hz}, starts=2)


def _follow(verdict_on: Judge, biases: list[int], asked: dict[str, Any], *, starts: int) -> None:
    """Every advice is followed: another sampling gives the answer, another start a better advice.

    Starts may be advised so often in a row: first one away from the floor, then the best.
    """
    for advice, followers in _followers(verdict_on([*biases, -1], **asked)).items():
        following = _followed(advice, asked)
        if "--start" in advice:
            assert starts, advice
            _follow(verdict_on, followers, following, starts=starts - 1)
        else:
            after = verdict_on([*followers, -1], **following)
            assert {one.answer for one in after.channels[:-1]} == {Answer.AGREES}, advice


def _followers(verdict: Verdict) -> dict[str, list[int]]:
    """The biases of channels by the options that they are advised; others need another network."""
    followers: dict[str, list[int]] = {}
    for channel in verdict.channels:
        assert channel.answer is not Answer.DISAGREES
        advised = re.search(_OPTIONS, channel.problem or "")
        if advised:
            followers.setdefault(advised[1], []).append(channel.expected_step)
        elif channel.problem is not None:
            assert re.search("Use a (lower start|bias)|start higher", channel.problem)
    return followers


def _followed(advice: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `verdict_on`, changed by the options that a message names."""
    options = dict(zip(*[iter(advice.split())] * 2, strict=True))
    if "--ticks" in options:
        timeless = {name: asked[name] for name in asked if name not in {"every_s", "for_s"}}
        return {**timeless, "rate_hz": None, "ticks": int(options["--ticks"])}
    names = (("every_s", "--every"), ("for_s", "--for"))
    given: dict[str, Any] = {
        name: float(options[option]) for name, option in names if option in options
    }
    if "--rate-hz" in options:
        given["rate_hz"] = int(options["--rate-hz"])
    if "--start" in options:  # in chip units, or right below the threshold of 127
        value = 126 if options["--start"] == "high" else int(options["--start"])
        given["starts"] = [[value / 127] * 2] * 2
    return {**asked, **given}


@pytest.mark.parametrize(
    "breakage", ["no-leak", "wrong-sign", "step-plus-one", "step-doubled", "rate-off-by-a-tenth"]
)
@pytest.mark.parametrize(
    ("rate_hz", "sampling"),
    [(1, {"every_s": 0.5, "for_s": 18}), (100, {"every_s": 0.005, "for_s": 0.18})],
)
def test_a_mock_that_is_broken_still_disagrees(
    verdict_on: Judge, breakage: str, rate_hz: int, sampling: dict[str, float]
) -> None:
    verdict = verdict_on([-5], rate_hz=rate_hz, options={"breakage": breakage}, **sampling)

    assert verdict.answer is Answer.DISAGREES


def test_one_broken_channel_disagrees_among_others_that_cannot_be_told(verdict_on: Judge) -> None:
    verdict = verdict_on([-5000, -13], rate_hz=1, options={"breakage": "step-plus-one"})

    assert [one.answer for one in verdict.channels] == [Answer.CANNOT_TELL, Answer.DISAGREES]
    assert verdict.answer is Answer.DISAGREES
