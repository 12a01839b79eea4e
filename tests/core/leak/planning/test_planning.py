"""The maths of a leak plan: laws first, then the published examples and what is refused."""

from __future__ import annotations

import itertools
import json
import math
import re
import warnings
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from speckhal import (
    AddressLayout,
    ConfigurationError,
    DeployedLayer,
    FactWarning,
    InputError,
    LayerNotFound,
)
from speckhal.contract.chip import ChipFacts
from speckhal.contract.facts import Certainty, Fact, Range
from speckhal.leak.planning.planning import plan_layers
from speckhal.leak.planning.rate_choice import ERROR_AIM, RIPPLE_AIM
from speckhal.leak.planning.time_constant import CRITERIA
from speckhal.leak.planning.wanted_leak import WantedLeak

if TYPE_CHECKING:
    from speckhal.leak.planning.leak_plan import LeakPlan

BUDGET = 1_000_000
WORD = Range(-32768, 32767)


def chip(**particulars: object) -> ChipFacts:
    """A chip with these facts besides those that a plan asks for."""
    memories: Fact[tuple[()]] = Fact((), "this test")
    return ChipFacts(
        name="planned",
        core_memories=memories,
        neuron_address=Fact(AddressLayout(), "this test"),
        v_mem_range=Fact(WORD, "this test"),
        threshold_high_range=Fact(Range(0, 32767), "this test"),
        threshold_low_range=Fact(Range(-32768, -1), "this test"),
        bias_range=Fact(WORD, "this test"),
        channel_range=Fact(Range(1, 1024), "this test"),
        map_size_range=Fact(Range(1, 64), "this test"),
        slow_clock_typical_rate_hz=Fact(Range(10, 10_000), "this test"),
        particulars={
            "slow_clock_seen_rate_hz": Fact(Range(1, 1), "this test", Certainty.MEASURED),
            "updates_per_s": Fact(BUDGET, "this test", Certainty.ASSUMED),
            **{name: Fact(value, "this test") for name, value in particulars.items()},
        },
    )


CHIP = chip()


def layer(
    channels: int = 1,
    *,
    index: int = 0,
    high: int = 127,
    low: int = -127,
    side: int = 1,
    biases: float = -0.1,
) -> DeployedLayer:
    """A layer whose threshold is 1 in the network's own units."""
    return DeployedLayer(
        index=index,
        core=index,
        shape=(channels, side, side),
        scale=float(high),
        biases=np.zeros(channels, np.int16),
        wanted_biases=np.full(channels, biases),
        threshold_high=high,
        threshold_low=low,
        leak_enable=True,
    )


LEAK = st.floats(0.2, 200.0)
WANTED = st.one_of(LEAK, st.just(0.0), LEAK.map(lambda leak: -leak))


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[DeployedLayer], dict[int, WantedLeak]]:
    """Layers with different thresholds, and a leak for each of their channels."""
    layers, leaks = [], {}
    for index in range(draw(st.integers(1, 3))):
        channels = draw(st.integers(1, 4))
        high, low = draw(st.integers(1, 5000)), -draw(st.integers(1, 5000))
        layers.append(layer(channels, index=index, high=high, low=low))
        wanted = draw(st.lists(WANTED, min_size=channels, max_size=channels))
        leaks[index] = WantedLeak.thresholds(wanted)
    return layers, leaks


def planned(
    layers: list[DeployedLayer], leaks: dict[int, WantedLeak], **given_: Any
) -> LeakPlan | None:
    """The plan; None where there is none."""
    try:
        return plan_layers(layers, leaks, chip=CHIP, **given_)
    except ConfigurationError:
        return None


@attrs.frozen
class Tried:
    """What any biases at all do at each rate, (rates,).

    Attributes:
        keeps: whether the biases with the least error, of those within the steps that were asked
            for, keep both the error and the steps that are allowed.
        smooth_errors: the least error within the steps that were asked for.
        errors: of the biases with the least error.
        ripples: of those.
        limit_errors: of those that are not the nearest whole numbers, since these are too large
            for the chip, or 0.
    """

    rates_hz: np.ndarray[Any, np.dtype[np.int64]]
    keeps: np.ndarray[Any, np.dtype[np.bool_]]
    smooth_errors: np.ndarray[Any, np.dtype[np.float64]]
    errors: np.ndarray[Any, np.dtype[np.float64]]
    ripples: np.ndarray[Any, np.dtype[np.float64]]
    limit_errors: np.ndarray[Any, np.dtype[np.float64]]


def tried(
    network: tuple[list[DeployedLayer], dict[int, WantedLeak]],
    rates_hz: tuple[int, int],
    bits: int,
    max_error: float,
    max_ripple: float | None,
) -> Tried:
    """Every whole bias that the chip has, of every channel, at every rate."""
    rates = np.arange(rates_hz[0], rates_hz[1] + 1)
    keeps, nothing = np.ones(len(rates), np.bool_), np.zeros(len(rates))
    all_errors, all_ripples, all_limits, all_smooth = nothing, nothing, nothing, nothing
    for one in network[0]:
        way = max(one.threshold_high - one.threshold_low, 2)
        for wanted in np.atleast_1d(network[1][one.index].per_s) * one.threshold_high:
            if not wanted:
                continue
            most = min(2 ** (bits - 1) - 1, way - (wanted < 0))
            steps = np.arange(1, most + 1)
            errors = np.abs(rates[:, None] * steps / abs(wanted) - 1)
            ripples = steps / one.threshold_high
            asked = np.inf if max_ripple is None else max_ripple * (1 + 1e-9)
            smooth = np.where(ripples <= asked, errors, np.inf)
            step = ripples[smooth.argmin(axis=1)]
            keeps &= smooth.min(axis=1) <= max_error * (1 + 1e-9)
            keeps &= step <= (max_ripple or RIPPLE_AIM) * (1 + 1e-9)
            all_smooth = np.maximum(all_smooth, smooth.min(axis=1))
            free = np.rint(abs(wanted) / rates)
            least = errors.min(axis=1)
            all_errors = np.maximum(all_errors, least)
            all_ripples = np.maximum(all_ripples, ripples[errors.argmin(axis=1)])
            is_limited = (free < 1) | (free > most)
            all_limits = np.maximum(all_limits, np.where(is_limited, least, 0))
    return Tried(rates, keeps, all_smooth, all_errors, all_ripples, all_limits)


@settings(max_examples=60, deadline=None)
@given(
    networks(),
    st.sampled_from([(1, 10_000), (10, 25), (200, 900), (40, 40)]),
    st.integers(3, 8),
    st.none() | st.floats(1e-3, 0.5),
    st.none() | st.floats(1e-3, 0.5),
)
@example(
    ([layer(high=2000, low=-2000)], {0: WantedLeak.thresholds(0.638)}), (10, 20), 8, None, None
)
@example(
    ([layer(high=2000, low=-2000)], {0: WantedLeak.thresholds(0.638)}), (10, 10), 8, 0.01, None
)
@example(([layer(high=600, low=-600)], {0: WantedLeak.thresholds(1.00917)}), (10, 10), 8, 0.01, 0.1)
@example(
    (
        [layer(high=10, low=-10), layer(index=1, high=100, low=-13)],
        {0: WantedLeak.thresholds(1.05), 1: WantedLeak.thresholds(19.46)},
    ),
    (10, 25),
    8,
    None,
    None,
)
def test_no_biases_at_any_rate_with_the_same_cost_or_less_would_be_better(
    network: tuple[list[DeployedLayer], dict[int, WantedLeak]],
    rates_hz: tuple[int, int],
    bits: int,
    max_error: float | None,
    max_ripple: float | None,
) -> None:
    assume(any(leak.per_s.any() for leak in network[1].values()))
    allowed = max_error or ERROR_AIM, max_ripple or RIPPLE_AIM
    plan = planned(
        *network, rates_hz=rates_hz, bits=bits, max_error=max_error, max_ripple=max_ripple
    )
    every = tried(network, rates_hz, bits, allowed[0], max_ripple)
    if plan is None:
        assert not every.keeps.any()
        beyond = every.limit_errors.min() > allowed[0]
        is_asked = max_error is not None and every.errors.min() > max_error
        assert beyond or is_asked or max_ripple is not None
        return
    assert max_error is None or plan.error <= max_error * (1 + 1e-9)
    assert max_ripple is None or plan.ripple <= max_ripple * (1 + 1e-9)
    (at_its_rate,) = every.smooth_errors[every.rates_hz == plan.rate_hz]
    assert plan.error <= at_its_rate * (1 + 1e-9) + 1e-12
    if every.keeps.any():
        assert plan.rate_hz == every.rates_hz[every.keeps][0]
        assert plan.error <= allowed[0] * (1 + 1e-9)
        assert plan.ripple <= allowed[1] * (1 + 1e-9)
        return
    excess = np.maximum(every.errors / allowed[0], every.ripples / allowed[1])
    fits = np.ones(len(excess), np.bool_)
    fits &= every.errors <= (max_error or np.inf)
    fits &= every.ripples <= (max_ripple or np.inf)
    least = excess[fits].min(initial=np.inf)
    assert max(plan.error / allowed[0], plan.ripple / allowed[1]) <= least * (1 + 1e-9)


@settings(max_examples=15, deadline=None)
@given(networks())
def test_no_trade_off_is_beaten_by_a_lower_rate(
    network: tuple[list[DeployedLayer], dict[int, WantedLeak]],
) -> None:
    plan = planned(*network)
    if plan is None:
        return
    (chosen,) = (one for one in plan.trade_offs if one.is_chosen)
    assert (chosen.rate_hz, chosen.updates_per_s) == (plan.rate_hz, plan.updates_per_s)
    assert chosen.error == pytest.approx(plan.error)
    assert chosen.ripple == pytest.approx(plan.ripple)
    for lower, one in itertools.pairwise(plan.trade_offs):
        assert lower.rate_hz < one.rate_hz
        assert lower.error > one.error or lower.ripple > one.ripple


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.5, 30), min_size=1, max_size=2), st.integers(2, 12), st.integers(1, 12))
def test_no_other_biases_at_its_rate_have_a_smaller_error(
    wanted: list[float], high: int, rate_hz: int
) -> None:
    one = layer(len(wanted), high=high, low=-high)
    try:
        plan = plan_layers([one], WantedLeak.thresholds(wanted), chip=CHIP, rates_hz=rate_hz)
    except ConfigurationError:
        return
    asked = np.array(wanted)
    for biases in itertools.product(range(-2 * high, 0), repeat=len(wanted)):
        obtained = -np.array(biases) * rate_hz / high
        assert np.abs(obtained / asked - 1).max() >= plan.error - 1e-12


@given(networks())
@settings(max_examples=40, deadline=None)
def test_a_channel_is_off_by_half_a_unit_per_tick_unless_at_a_limit_and_in_no_other_direction(
    network: tuple[list[DeployedLayer], dict[int, WantedLeak]],
) -> None:
    plan = planned(*network)
    if plan is None:
        return
    for one in plan.layers:
        off = np.abs(one.obtained_per_s - one.wanted_per_s) * one.threshold_high
        aim = ERROR_AIM * np.abs(one.wanted_per_s) * one.threshold_high
        most = np.minimum(2**15 - 1, one.threshold_high - one.threshold_low - 1)
        is_nearest = off <= np.maximum(one.rate_hz / 2, aim) * (1 + 1e-9)
        assert (is_nearest | (np.abs(one.biases) >= most) | (np.abs(one.biases) == 1)).all()
        assert (np.sign(one.obtained_per_s) == np.sign(one.wanted_per_s)).all()
        assert (np.abs(one.errors) <= plan.error).all()


@given(st.floats(0.5, 50), st.integers(50, 2000), st.integers(2, 5))
def test_a_leak_in_thresholds_does_not_depend_on_the_number_of_neurons(
    leak: float, high: int, side: int
) -> None:
    wish = WantedLeak.thresholds(leak)
    small = plan_layers([layer(high=high)], wish, chip=CHIP)
    large = plan_layers([layer(high=high, side=side)], wish, chip=CHIP)
    assert small.rate_hz == large.rate_hz
    assert large.updates_per_s == side**2 * small.updates_per_s


@given(st.floats(0.5, 20), st.integers(100, 1000), st.integers(2, 9))
def test_a_threshold_that_is_larger_needs_biases_that_are_larger_at_the_same_rate(
    leak: float, high: int, times: int
) -> None:
    """Ripple and leak are counted in thresholds, and rounding only gets finer."""
    wish = WantedLeak.thresholds(leak)
    coarse = plan_layers([layer(high=high)], wish, chip=CHIP, rates_hz=20)
    fine = plan_layers(
        [layer(high=high * times, low=-high * times)], wish, chip=CHIP, rates_hz=20, max_ripple=1.0
    )
    assert abs(int(fine.biases[0][0]) - times * int(coarse.biases[0][0])) <= times / 2 + 0.5
    assert fine.layers[0].obtained_per_s == pytest.approx(leak, abs=10 / high / times + 1e-9)


@given(st.floats(0.5, 20), st.integers(100, 1000))
def test_a_rise_mirrors_a_fall(leak: float, high: int) -> None:
    one = layer(high=high)
    fall = plan_layers([one], WantedLeak.thresholds(leak), chip=CHIP)
    rise = plan_layers([one], WantedLeak.thresholds(-leak), chip=CHIP)
    assert (rise.rate_hz, rise.error) == (fall.rate_hz, fall.error)
    assert rise.biases[0].tolist() == (-fall.biases[0]).tolist()
    assert fall.layers[0].ticks_to_floor < math.inf == rise.layers[0].ticks_to_floor


@pytest.mark.parametrize(
    ("leak", "rate_hz", "bias", "error"),
    [
        (0.05, 1, -6, -0.055),
        (0.1, 1, -13, 0.024),
        (0.5, 1, -64, 0.008),  # published as -63, which is off by as much
        (1, 1, -127, 0),
        (3.3, 419, -1, -0.0002),
        (10, 10, -127, 0),
    ],
)
def test_the_least_error_is_that_of_the_published_examples(
    leak: float, rate_hz: int, bias: int, error: float
) -> None:
    plan = plan_layers([layer()], WantedLeak.thresholds(leak), chip=CHIP, bits=8)
    best = min(plan.trade_offs, key=lambda one: one.error)
    there = plan_layers([layer()], WantedLeak.thresholds(leak), chip=CHIP, rates_hz=rate_hz)
    assert there.biases[0].tolist() == [bias]
    assert there.layers[0].errors[0] == pytest.approx(error, abs=6e-4)
    assert best.error == pytest.approx(there.error, abs=1e-9)


@pytest.mark.parametrize(
    ("leak", "rate_hz", "bias"), [(0.5, 16, -4), (1, 14, -9), (3.3, 10, -42), (10, 10, -127)]
)
def test_the_lowest_typical_rate_within_one_percent_is_that_of_the_published_examples(
    leak: float, rate_hz: int, bias: int
) -> None:
    wish = WantedLeak.thresholds(leak)
    plan = plan_layers([layer()], wish, chip=CHIP, rates_hz=(10, 10_000), max_ripple=1.0)
    assert (plan.rate_hz, plan.biases[0].tolist()) == (rate_hz, [bias])


def test_the_time_to_the_floor_counts_a_last_short_step() -> None:
    plan = plan_layers([layer()], WantedLeak.thresholds(0.1), chip=CHIP, rates_hz=1)
    assert plan.biases[0].tolist() == [-13]
    assert plan.layers[0].ticks_to_floor.tolist() == [20]


def test_a_step_of_training_becomes_a_tick_with_the_networks_own_biases() -> None:
    plan = plan_layers([layer(biases=-0.1)], "dt 5 ms", chip=CHIP)
    assert (plan.rate_hz, plan.biases[0].tolist()) == (200, [-13])
    excitatory = plan_layers([layer(biases=0.1)], "dt 5 ms", chip=CHIP)
    assert excitatory.biases[0].tolist() == [13]


def test_a_step_that_no_whole_rate_matches_takes_the_nearest() -> None:
    plan = plan_layers([layer(biases=-0.1)], "dt 3 ms", chip=CHIP)
    assert plan.rate_hz in {333, 334}


def test_a_bias_of_the_network_that_8_bits_just_miss_is_the_largest_of_them() -> None:
    own = layer(high=64, low=-64, biases=-2.0)  # -128, which sinabs rounds to -127
    plan = plan_layers([own], "dt 5 ms", chip=CHIP, bits=8)
    assert plan.biases[0].tolist() == [-127]
    assert plan.error == pytest.approx(1 / 128)
    with pytest.raises(ConfigurationError, match="127 per tick"):
        plan_layers([own], "dt 5 ms", chip=CHIP, bits=8, max_error=0.005)


def test_of_rates_with_the_same_steps_the_more_accurate_is_taken() -> None:
    plan = plan_layers([layer()], WantedLeak.thresholds(20_000), chip=CHIP)
    assert plan.biases[0].tolist() == [-254]
    assert plan.error <= ERROR_AIM


@pytest.mark.parametrize(
    ("dt", "rates_hz", "nearest"), [("dt 5 s", None, "dt 1 s"), ("dt 5 ms", 2000, "dt 0.0005 s")]
)
def test_a_step_too_long_for_the_clock_is_refused_with_the_longest(
    dt: str, rates_hz: int | None, nearest: str
) -> None:
    own = [layer(100, biases=-0.01), layer(index=1, biases=-0.1)]
    with pytest.raises(ConfigurationError, match=r"one tick per step of (0.005|5) s,") as no:
        plan_layers(own, dt, chip=CHIP, rates_hz=rates_hz)
    assert f'"{nearest}"' in str(no.value.hint)
    plan_layers(own, nearest, chip=CHIP, rates_hz=rates_hz)
    fine = layer(high=30_000, low=-30_000, biases=-0.1)
    assert plan_layers([fine], "dt 3 s", chip=CHIP).biases[0].tolist() == [-1000]


def test_the_biases_of_a_trained_network_that_round_to_0_in_a_step_stay_there() -> None:
    plan = plan_layers([layer(biases=-0.1), layer(index=1, biases=-0.003)], "dt 5 ms", chip=CHIP)
    assert [one.biases.tolist() for one in plan.layers] == [[-13], [0]]


def test_a_layer_that_is_not_named_does_not_leak() -> None:
    layers = [layer(index=0, side=2), layer(index=1)]
    plan = plan_layers(layers, {1: "5% per 10 ms"}, chip=CHIP)
    assert [one.biases.tolist()[0] < 0 for one in plan.layers] == [False, True]
    assert (plan.layer(0).wanted, plan.layer(0).updates_per_s) == ("none", 0)
    assert plan.error < ERROR_AIM


def test_a_layer_may_be_named_by_a_text_as_json_has_keys() -> None:
    leaks = {0: "5% per 10 ms", 1: "1% per 10 ms"}
    layers = [layer(), layer(index=1)]
    texts = plan_layers(layers, {str(index): leak for index, leak in leaks.items()}, chip=CHIP)
    assert texts == plan_layers(layers, leaks, chip=CHIP)


def test_8_bits_are_what_sinabs_rounds_to() -> None:
    one, wish = layer(high=1000, low=-1000), WantedLeak.thresholds(1.0)
    assert plan_layers([one], wish, chip=CHIP, rates_hz=(1, 4)).biases[0][0] < -127
    with pytest.raises(ConfigurationError, match=re.escape("127 per tick (8 bits)")):
        plan_layers([one], wish, chip=CHIP, rates_hz=(1, 4), bits=8)


@pytest.mark.parametrize("name", CRITERIA)
def test_a_time_constant_gives_k_thresholds_in_that_time(name: str) -> None:
    wish = WantedLeak.time_constant(0.02, name)
    assert wish.per_s == pytest.approx(CRITERIA[name].k / 0.02)


def test_the_criteria_of_the_decay_curve_are_its_best_fits() -> None:
    s = np.linspace(0, 30, 300_001)

    def residual(k: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.asarray(np.exp(-s) - np.maximum(0, 1 - k * s))

    around = np.linspace(0.4, 0.9, 501)
    least_squares = min(around, key=lambda k: float((residual(k) ** 2).sum()))
    minimax = min(around, key=lambda k: float(np.abs(residual(k)).max()))
    assert CRITERIA["least-squares"].k == pytest.approx(least_squares, abs=1e-3)
    assert CRITERIA["minimax"].k == pytest.approx(minimax, abs=1e-3)
    assert np.abs(residual(CRITERIA["minimax"].k)).max() == pytest.approx(0.143, abs=1e-3)
    published = {"slope": 1, "half-life": 0.721, "1/e": 0.632, "area": 0.5}
    assert {name: round(CRITERIA[name].k, 3) for name in published} == published


@pytest.mark.parametrize(
    ("text", "thresholds_per_s"),
    [
        ("5% per 10 ms", 5),
        ("5 % of threshold per 10ms", 5),
        ("5%/10ms", 5),
        ("0.5 thresholds per s", 0.5),
        ("1 threshold per 500 us", 2000),
        ("5 % of threshold in 10 ms", 5),
        ("300 percent per min", 0.05),
        ("1 threshold per 500 \N{MICRO SIGN}s", 2000),
        ("1 threshold per 500 \N{GREEK SMALL LETTER MU}s", 2000),
        ("tau = 20 ms, slope", 50),
        ("-5% per 10 ms", -5),
        ("tau 20 ms half-life", 0.5 / math.log(2) / 0.02),
        ("tau 20 ms by 1/e", (1 - math.exp(-1)) / 0.02),
        ("tau 20 ms mean 0.3", 15),
        ("None", 0),
        ("5% per 10 milliseconds", 5),
        ("5% per Second", 0.05),
        ("1 threshold in 500 microseconds", 2000),
        ("300% per 1 minute", 0.05),
        ("tau 0.02 seconds half life", 0.5 / math.log(2) / 0.02),
        ("tau 20 ms least squares", CRITERIA["least-squares"].k / 0.02),
    ],
)
def test_a_leak_can_be_written_in_many_ways(text: str, thresholds_per_s: float) -> None:
    wish = WantedLeak.parse(text)
    assert wish.unit == "thresholds"
    assert wish.per_s == pytest.approx(thresholds_per_s)


def test_a_leak_in_the_networks_units_is_scaled_as_its_weights_are() -> None:
    one = layer(high=254)
    wanted = WantedLeak.parse("0.1 units per s").chip_units_per_s(one)
    assert wanted.tolist() == pytest.approx([25.4])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5%", "does not say in what time"),
        ("5 per 10 ms", "does not say of what"),
        ("5% per 10 h", "not in min, s, ms or us"),
        ("0,5% per 10 ms", "comma for its point"),
        ("[5 3]% per 10 ms", "brackets"),
        ("[5, 3", "brackets"),
        ("tau = [20, 30] ms", "leaves open in what"),
        ("five", "begins with no number"),
        ("tau 20 ms", "leaves open in what"),
        ("tau 20 ms soon", "criterion 'soon'"),
        ("tau 0 ms slope", "time constant of 0 s"),
        ("tau 20 ms mean -1", "mean potential of -1"),
        ("5 units of threshold per s", "only a percentage is of the threshold"),
        ("5 thresholds of the threshold per s", "only a percentage is of the threshold"),
        ("1e400% per s", "a leak of inf, which is not a finite number"),
        ("[1, 1e400]% per s", r"a leak of \[0.01, inf\], which is not"),
        ("1e308 thresholds per us", "more in a second than the largest number"),
        ("tau 1e-320 s slope", "more in a second than the largest number"),
        ("dt 1e-320 s", "more in a second than the largest number"),
        ("1% per 1e400 s", "time of inf s, and only a finite one above 0"),
        ("dt", "time step cannot be read"),
        ("dt=0.001", "no unit"),
        ("tau 20 half-life", "no unit"),
        ("tau = 20, slope", r"no unit.*\. Say of what: \"tau 20 s, slope\""),
        ("tau 20 by half-life", "no unit.* s by half-life"),
        ("tau [20,30] slope", r"no unit.*\"tau \[20,30\] s slope"),
        ("dt [5, 3]", "time step cannot be read"),
        ("dt 0 s", "step of 0.0 s"),
        ("", "begins with no number"),
        ("5% per 10 ms and more", "not in min, s, ms or us"),
    ],
)
def test_a_text_that_is_no_leak_is_refused_with_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        WantedLeak.parse(text)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("[5, -3, 0]% per 10 ms", [5, -3, 0]),
        ("[ .5,1e1 ] thresholds in s", [0.5, 10]),
        ("tau [20, 40] ms slope", [50, 25]),
    ],
)
def test_a_leak_can_be_written_for_each_channel(text: str, each: list[float]) -> None:
    assert WantedLeak.parse(text).per_s.tolist() == pytest.approx(each)


def test_each_channel_can_have_a_wish_of_its_own_in_a_list() -> None:
    def planned(*wishes: str | WantedLeak | None) -> object:
        plan = plan_layers([layer(3, high=254)], {0: list(wishes)}, chip=CHIP)
        assert plan.layers[0].wanted.count("per 10 ms") == len({*wishes} & {"5% per 10 ms"})
        return plan.layers[0].wanted_per_s.tolist()

    assert planned(*["5% per 10 ms"] * 3) == [5, 5, 5]
    assert planned("5% per 10 ms", None, "none") == [5, 0, 0]
    mixed = ("5% per 10 ms", "tau 20 ms slope", WantedLeak.units(0.5))
    assert planned(*mixed) == pytest.approx([5, 50, 0.5])
    only_units = plan_layers([layer(2, high=254)], {None: ["1 unit per s", None]}, chip=CHIP)
    assert only_units.layers[0].wanted_per_s.tolist() == pytest.approx([1, 0])


def test_a_plan_says_where_no_rate_keeps_what_was_aimed_at_and_when_cores_are_why() -> None:
    easy = plan_layers([layer()], WantedLeak.thresholds(5.0), chip=CHIP)
    assert easy.shortfall == ""
    rough = plan_layers([layer()], WantedLeak.thresholds(5.0), chip=CHIP, rates_hz=10)
    assert "steps of 10 % of the threshold, and this comes nearest." in rough.shortfall
    full = plan_layers([layer(64, side=32)], WantedLeak.thresholds(20.0), chip=CHIP)
    assert full.shortfall.endswith("a faster clock is more than a core can follow.")
    assert full.shortfall in full._repr_html_()


IMPOSSIBLE = [
    (WantedLeak.thresholds(0.001), "least", "slow_clock_seen_rate_hz"),
    (WantedLeak.thresholds(1e5), "most", "slow_clock_typical_rate_hz"),
]


@pytest.mark.parametrize(("wish", "word", "limit"), IMPOSSIBLE)
def test_an_impossible_leak_names_the_limit_and_the_nearest_which_is_possible(
    wish: WantedLeak, word: str, limit: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"the {word} that a planned does.*{limit}") as no:
        plan_layers([layer()], wish, chip=CHIP)
    nearest = re.search(r"Ask for (\S+) thresholds per s", str(no.value.hint))
    assert nearest is not None
    plan_layers([layer()], WantedLeak.thresholds(float(nearest[1])), chip=CHIP)


def test_leaks_too_far_apart_for_one_clock_name_both_and_what_would_do() -> None:
    with pytest.raises(ConfigurationError, match="One clock ticks for all layers") as no:
        plan_layers([layer(2)], WantedLeak.thresholds([0.01, 10_000]), chip=CHIP)
    slow, fast = (float(one) for one in re.findall(r"(\S+) thresholds per s", str(no.value.hint)))
    plan_layers([layer(2)], WantedLeak.thresholds([slow, 10_000]), chip=CHIP)
    plan_layers([layer(2)], WantedLeak.thresholds([0.01, fast]), chip=CHIP)


def test_what_cores_can_follow_limits_the_rate() -> None:
    one = layer(64, side=32)  # 65536 neurons, 15 Hz
    plan = plan_layers([one], WantedLeak.thresholds(0.5), chip=CHIP)
    assert plan.updates_per_s <= BUDGET
    with pytest.raises(ConfigurationError, match="updates_per_s of the planned, assumed"):
        plan_layers([one], WantedLeak.thresholds(100), chip=CHIP)
    with pytest.warns(FactWarning, match="Ticks may be lost"):
        plan_layers([one], WantedLeak.thresholds(100), chip=CHIP, rates_hz=(100, 200))


def test_an_error_or_ripple_that_is_asked_for_is_kept_or_refused_with_the_least() -> None:
    wish = WantedLeak.thresholds(5.0)
    plan = plan_layers([layer()], wish, chip=CHIP, max_error=1e-3, max_ripple=1.0)
    assert plan.error <= 1e-3
    with pytest.raises(ConfigurationError, match=r"and the least .* Allow an error of") as no:
        plan_layers([layer()], WantedLeak.thresholds(0.1), chip=CHIP, max_error=1e-3)
    found = re.search(r"error of ([\d.e-]+) %,", str(no.value.hint))
    assert found is not None
    plan_layers([layer()], WantedLeak.thresholds(0.1), chip=CHIP, max_error=float(found[1]) / 100)
    with pytest.raises(ConfigurationError, match=r"ticks of at most .* Allow steps of") as no:
        plan_layers([layer()], wish, chip=CHIP, max_ripple=1e-3)
    found = re.search(r"steps of ([\d.e-]+) %,", str(no.value.hint))
    assert found is not None
    plan_layers([layer()], wish, chip=CHIP, max_ripple=float(found[1]) / 100)


def test_only_a_rate_beyond_those_known_to_work_gives_a_warning() -> None:
    wish = WantedLeak.thresholds(500)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan_layers([layer()], wish, chip=CHIP)
    with pytest.warns(FactWarning, match="typical up to 10000 Hz"):
        plan_layers([layer()], wish, chip=CHIP, rates_hz=(20_000, 60_000))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"rates_hz": 0}, InputError, "whole numbers of Hz"),
        ({"rates_hz": (10, 1)}, InputError, "no rate is between"),
        ({"rates_hz": (1, 2, 3)}, InputError, "whole numbers of Hz"),
        ({"max_error": 0}, InputError, "not a finite number above 0"),
        ({"max_ripple": "x"}, InputError, "not a finite number above 0"),
        ({"max_error": True}, InputError, "max_error=True, which is not a finite number"),
        ({"max_ripple": math.inf}, InputError, "max_ripple=inf, which is not a finite number"),
        ({"bits": 1}, InputError, "bits=1, and a bias has 2 to 16"),
        ({"bits": True}, InputError, "bits=True, and a bias has 2 to 16"),
        ({"bits": 8.5}, InputError, "bits=8.5, and a bias has 2 to 16"),
        ({"rates_hz": True}, InputError, "whole numbers of Hz"),
        ({"leak": {True: "5% per 10 ms"}}, LayerNotFound, "layer True"),
        ({"leak": WantedLeak.thresholds(1e307)}, InputError, "largest number there is"),
        ({"leak": 5}, InputError, "a number alone"),
        ({"leak": {0: [5]}}, InputError, "a number alone"),
        ({"leak": {0: [["none"]]}}, InputError, "which is no text"),
        ({"leak": ["5% per 10 ms"]}, InputError, "of which layers"),
        ({"leak": {0: ["none"] * 2}}, InputError, "2 leaks of layer 0, which has 1 ch"),
        ({"leak": {0: ["[5, 3]% per 10 ms"]}}, InputError, "it is for 2 channels"),
        ({"leak": {0: ["dt 5 ms"]}}, InputError, "a step is that of all biases"),
        ({"leak": "none"}, ConfigurationError, "no layer is to leak"),
        ({"leak": {3: "5% per 10 ms"}}, LayerNotFound, "no such layer"),
        ({"leak": {"3": "5% per 10 ms"}}, LayerNotFound, "layer 3, .* no such layer"),
        ({"leak": {0: "dt 5 ms", "0": "dt 5 ms"}}, InputError, "0 and '0', which are one layer"),
        ({"leak": {"0": "dt 5 ms", "00": "none"}}, InputError, "'0' and '00', which are one layer"),
        ({"leak": WantedLeak.thresholds([1, 2])}, InputError, r"has 1 channel\."),
        ({"leak": {0: "dt 5 ms", 1: "dt 6 ms"}}, ConfigurationError, "0.006 and 0.005 s"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(
    arguments: dict[str, object], error: type[Exception], words: str
) -> None:
    given_: dict[str, Any] = {"leak": "5% per 10 ms", "chip": CHIP, **arguments}
    with pytest.raises(error, match=words):
        plan_layers([layer(), layer(index=1)], **given_)


@pytest.mark.parametrize(
    "arguments",
    [
        {"bits": 8.0, "rates_hz": (20.0, np.int64(90)), "max_error": np.float32(0.25)},
        {"bits": np.uint8(8), "rates_hz": [20, 90], "max_error": np.float64(0.25)},
        {"bits": np.float64(8), "rates_hz": (np.float32(20), 90), "max_error": Fraction(1, 4)},
    ],
)
def test_a_number_counts_whatever_its_type(arguments: dict[str, Any]) -> None:
    plain = plan_layers(
        [layer()], "5% per 10 ms", chip=CHIP, bits=8, rates_hz=(20, 90), max_error=0.25
    )
    wish = {np.int64(0): "5% per 10 ms"}
    assert plan_layers([layer()], wish, chip=CHIP, **arguments).as_json() == plain.as_json()
    one = plan_layers([layer()], wish, chip=CHIP, max_error=np.int64(1), max_ripple=1)
    assert (one.max_error, one.max_ripple) == (1.0, 1.0)


@pytest.mark.parametrize("wrong", [True, [True, False], 10**400, math.inf, "x"])
def test_what_is_no_finite_amount_is_refused_and_shown_as_it_was_given(wrong: Any) -> None:
    for make in (WantedLeak.thresholds, WantedLeak.units):
        with pytest.raises(InputError, match=r"not a finite number for all channels") as no:
            make(wrong)
        assert "np." not in str(no.value)
        if not isinstance(wrong, list):
            with pytest.raises(InputError, match="only a finite one above 0"):
                make(1.0, per_s=wrong)


def test_a_chip_without_known_rates_needs_them_from_the_user() -> None:
    unknown = attrs.evolve(CHIP, slow_clock_typical_rate_hz=None, particulars={})
    with pytest.raises(ConfigurationError, match="no rates are known"):
        plan_layers([layer()], "5% per 10 ms", chip=unknown)
    plan = plan_layers([layer()], "5% per 10 ms", chip=unknown, rates_hz=(1, 1000))
    assert plan.budget is None


def test_a_plan_of_another_network_is_refused() -> None:
    plan = plan_layers([layer()], "5% per 10 ms", chip=CHIP)
    plan.refuse_other_layers([layer()])
    for other in ([layer(2)], [layer(high=128)], [layer(index=1)], [layer(), layer(index=1)]):
        with pytest.raises(ConfigurationError, match="it was made for"):
            plan.refuse_other_layers(other)


def test_what_is_computed_with_the_biases_of_a_plan_does_not_overflow() -> None:
    made = plan_layers([layer()], "50% per 10 ms", chip=CHIP, rates_hz=100)

    for biases in (made.biases[0], made.layers[0].biases):
        assert (biases * 1000).tolist() == [int(one) * 1000 for one in biases]
        assert abs(int(biases[0]) * 1000) > 2**15


def test_nine_full_layers_with_a_leak_of_their_own_for_each_channel_are_planned() -> None:
    generator = np.random.default_rng(9)
    layers = [layer(1024, index=index, high=100 + 300 * index) for index in range(9)]
    leaks = {one.index: WantedLeak.thresholds(generator.uniform(1, 10, 1024)) for one in layers}
    plan = plan_layers(layers, leaks, chip=CHIP)
    assert sum(one.shape[0] for one in plan.layers) == 9 * 1024
    assert plan.updates_per_s <= BUDGET


def test_a_plan_is_plain_data_a_short_text_and_tables() -> None:
    plan = plan_layers([layer(3)], WantedLeak.thresholds([5, 0, -5]), chip=CHIP)
    assert repr(plan).startswith("<LeakPlan for planned, planned: 53 Hz, 1 layer, 3 channels")
    one = json.loads(json.dumps(plan.as_json()))["layers"][0]
    assert one["biases"] == [-12, 0, 12]
    assert one["seconds_to_floor"][1:] == [None, None]
    assert plan._repr_html_().count("<tr>") == 2 + 3 + len(plan.trade_offs)
