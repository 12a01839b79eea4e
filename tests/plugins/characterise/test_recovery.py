"""The measurements find out how the board is emulated: they measure, they do not look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import hypothesis
import pytest
from hypothesis import strategies as st

from speckhal.contract.address import AddressLayout
from speckhal.contract.characterise import Comparison, Result
from speckhal.contract.errors import DeviceFailed
from speckhal.contract.facts import Range
from speckhal.runs.profile import Profile, write_profile
from speckhal_characterise.characteriser import CATALOGUE
from speckhal_characterise.rates import REACH_HZ
from speckhal_characterise.results import ASSUMED
from speckhal_mock.boards.open_options import read_options
from speckhal_mock.boards.profile_options import NOT_MEASURED
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.option_kinds import FASTEST_LIMIT_HZ, FASTEST_RATE_HZ
from speckhal_mock.emulation.options import EmulationOptions

Measure = Callable[..., Any]

DEFAULTS: Final = EmulationOptions()
FIELDS: Final = {field.name for field in attrs.fields(EmulationOptions)}
NEURONS: Final = 65536
"""On the largest core. They cannot be asked to take more than themselves times the fastest rate
that is tried, and a core that misses fewer than one in 60,000 ticks is not found out."""

OTHERS: Final[dict[str, tuple[str, list[object]]]] = {
    "spike_on_tick": ("spikes", [False]),
    "spike_on_negative_tick": ("spikes", [False]),
    "overflow": ("overflow", ["wrap"]),
    "below_threshold_low": ("below-low", ["kept"]),
    "zero_weight_skips": ("input-spikes", [False]),
    "lost_event_after_write": ("input-spikes", [True]),
    "sweep": ("spike-order", ["channel_first", "reversed", "shuffled"]),
    "decimator_before_monitor": ("decimator", [False]),
    "decimator_intervals": ("decimator-codes", ["prose"]),
    "decimator_scope": ("decimator", ["channel"]),
    "decimator_phase": ("decimator", ["first"]),
    "arbitration": ("arbitration", ["by_core", "shuffled"]),
    "queue_depth": ("queue-depth", [1, 2, 17, 200]),
    "out_of_range_event": ("outside", ["drop", "wrap"]),
    "leak_sweep": ("tick-sweep", ["interleaved"]),
    "request_vs_spikes": ("request-order", ["after_input", "after_queue"]),
    "event_s": ("service-times", [0.0, 2.5e-6]),
    "core_operations_per_s": ("service-times", [None, 1_000_000, 12_300_000]),
    "core_0_operations_per_s": ("service-times", [30_000_000]),
    "core_1_operations_per_s": ("service-times", [30_000_000]),
    "retained_last_spike": ("input-spikes", [True]),
    "merge_polarity_mark": ("pixel-monitor", [0]),
    "dvs_monitor_pooled": ("pixel-monitor", [True]),
    "dvs_filter_start": ("pixel-filter", ["zero"]),
    "dvs_filter_own_pixel": ("pixel-filter", [True]),
    "dvs_filter_wraps": ("pixel-filter", [True]),
    "flicker_filter_pixels": ("pixel-filter", ["window"]),
    "hot_pixel_rule": ("pixel-filter", ["none"]),
    "readout_erratum": ("readout-classes", [False]),
    "readout_between": ("readout-classes", ["ignored"]),
    "readout_bits": ("readout-classes", ["index_minus_1"]),
    "readout_manual_addressing": ("readout-addresses", [True]),
    "readout_average": ("readout-averages", ["nearest"]),
    "readout_start": ("readout-averages", ["shorter"]),
    "readout_ties": ("readout-averages", ["highest"]),
    "readout_pins": ("readout-pins", ["by_mode"]),
    "readout_interrupt": ("readout-pins", ["on_change"]),
    "readout_overflow": ("readout-overflow", ["wrap"]),
    "mixed_leak_sources": ("mixed-sources", ["external"]),
    "rate_restarts_period": ("rate-restarts", [False]),
    "first_tick": ("first-tick", ["at_once"]),
    "accepted_rate_hz": (
        "accepted-rates",
        [
            Range(2, FASTEST_RATE_HZ),
            Range(10, 10_000),
            Range(1, 999_999),
            Range(137, 7654),
            Range(1, 500),
            Range(20_000, 90_000),
            Range(11, 19),
            Range(21, 49),
            Range(1001, 1999),
            Range(1161, 2202),
            Range(7, 7),
            Range(30_000, 30_200),
        ],
    ),
    "clock_survives_reopen": ("reopen", [True]),
    "dropped_dvs_events_count": ("dropped-events", [True]),
    "reapply_rewrites_states": ("reapply", [False]),
    "max_updates_per_s": (
        "throughput",
        [2, 10, 500, 3000, 15_013, 1_000_000, 71_165_852, 655_340_001],
    ),
    "neuron_address": (
        "addresses",
        [AddressLayout(("x", "y", "c")), AddressLayout(("c", "y", "x"))],
    ),
    "default_rate_hz": ("default-rate", [1, 37, 999, 10_000]),
    "io_write_s": ("latencies", [0.0, 1e-6, 0.0131]),
    "read_latency_s": ("latencies", [0.0, 7e-6, 3e-5, 0.04, 1.5]),
    "apply_s": ("latencies", [0.0, 1.5]),
    "open_s": ("latencies", [1e-9, 2.0]),
    "graph_start_s": ("latencies", [0.0, 0.4]),
    "poll_s": ("latencies", [0.0, 2e-3]),
}
"""Other values than the defaults, and the measurement that must find them."""


COUNTED: Final = ("spike_on_tick", "spike_on_negative_tick", "overflow", "below_threshold_low")
"""What ticks that are made one by one show of any board, however slow or fast it is."""

NEVER_OTHERWISE: Final = (
    "step_per_bias",
    "lower_bound",
    "most_spikes_per_tick",
    "fires_at_threshold",
    "most_spikes_per_event",
    "odd_maps_leak_on_cores_0_1",
    "torn_readings",
)
"""What no option of the mock changes."""


@pytest.fixture(scope="module")
def mock_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., EmulationOptions]:
    """The options of a mock with the profile of a board, which went through a file."""
    path = tmp_path_factory.mktemp("profiles") / "board.toml"

    def options(*notes: Any) -> EmulationOptions:
        results = [result for one in notes for result in one.results.values()]
        now = dt.datetime.now(dt.timezone.utc)
        write_profile(Profile(notes[0].board, now, "0", quick=False, results=tuple(results)), path)
        return read_options(None, {"profile": path}).emulation

    return options


def test_every_option_is_measured_or_documented_as_not_measurable() -> None:
    assert set(OTHERS) | set(NOT_MEASURED) == FIELDS
    assert not set(OTHERS) & set(NOT_MEASURED)
    assert all(len(reason) > 20 for reason in NOT_MEASURED.values())


def test_what_is_assumed_is_what_the_mock_does_by_default(
    measure: Measure, mock_of: Callable[..., EmulationOptions]
) -> None:
    notes = measure(dvs_event_rate_hz=100_000)
    assert notes.failures == {}
    assert set(notes.results) == {*ASSUMED, "neuron_address"}
    assert {result.verdict for result in notes.results.values()} == {Comparison.AS_ASSUMED}
    assert mock_of(notes) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, (_, values) in OTHERS.items() for value in values],
    ids=str,
)
def test_another_value_of_an_option_is_found_exactly(
    measure: Measure, mock_of: Callable[..., EmulationOptions], name: str, value: Any
) -> None:
    assert value != getattr(DEFAULTS, name)
    # only counting each tick, and not some of them, gives the number of updates exactly
    quick = name != "max_updates_per_s"
    notes = measure(OTHERS[name][0], quick=quick, **{"dvs_event_rate_hz": 100_000, name: value})
    assert notes.failures == {}
    assert mock_of(notes) == EmulationOptions(**{name: value})
    assert notes.results[name].verdict is Comparison.DIFFERS


def ranges() -> st.SearchStrategy[Range]:
    """Slow-clock rates that a board takes: a stretch, at least from 200 to 500 Hz."""
    highest = st.just(FASTEST_RATE_HZ) | st.integers(500, 999_999)
    return st.builds(Range, st.integers(1, 200), highest)


def seconds(longest_us: int) -> st.SearchStrategy[float]:
    return st.integers(0, longest_us).map(lambda microseconds: microseconds / 1e6)


def powers(of_ten: float) -> st.SearchStrategy[int]:
    """Whole numbers from 1 up, as many small ones as large ones."""
    return st.floats(0, of_ten).map(lambda power: int(10**power))


@st.composite
def boards(draw: st.DrawFn) -> dict[str, Any]:
    """Options of all kinds at once, of which each can be measured exactly."""
    accepted = draw(ranges())
    most = NEURONS * min(10_000, accepted.highest)
    return {
        **draw(rules()),
        "accepted_rate_hz": accepted,
        "dvs_event_rate_hz": draw(st.just(0) | st.integers(5_000, 1_000_000)),
        "max_updates_per_s": draw(st.none() | st.integers(15_000, most - most // 2_000)),
        "default_rate_hz": draw(st.integers(1, 10_000)),
        "io_write_s": draw(seconds(20_000)),
        "read_latency_s": draw(seconds(50_000)),
        "apply_s": draw(seconds(2_000_000)),
        "open_s": draw(seconds(2_000_000)),
        "graph_start_s": draw(seconds(2_000_000)),
        "poll_s": draw(seconds(1_000)),
    }


@st.composite
def strange_boards(draw: st.DrawFn) -> dict[str, Any]:
    """Some of all options there are; an option may hide what another one does."""
    limits = sorted((draw(powers(6)), draw(powers(6))))
    close = limits[0] + draw(st.integers(0, 3) | powers(3))
    highest = draw(st.sampled_from([FASTEST_RATE_HZ, limits[1], min(close, REACH_HZ)]))
    return {
        **draw(rules()),
        "accepted_rate_hz": Range(draw(st.sampled_from([1, limits[0]])), highest),
        "dvs_event_rate_hz": draw(st.just(0) | powers(7)),
        "max_updates_per_s": draw(st.none() | powers(9)),
        "default_rate_hz": draw(powers(6)),
        "io_write_s": draw(st.just(2.5e-3) | seconds(1_000_000)),
        "read_latency_s": draw(seconds(50_000) | seconds(2_000_000)),
        "apply_s": draw(seconds(9_000_000)),
        "open_s": draw(seconds(30_000_000)),
        "graph_start_s": draw(seconds(30_000_000)),
        "poll_s": draw(seconds(1_000) | seconds(100_000)),
    }


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """Options that are a choice of a few."""
    # first what is drawn first: with others, one of the two does not show, or shows either way
    kinds = [(True, False), (True, True), (False, True), (False, False)]
    on_tick, on_negative_tick = draw(st.sampled_from(kinds))
    return {
        "spike_on_tick": on_tick,
        "spike_on_negative_tick": on_negative_tick,
        "overflow": draw(st.sampled_from(["saturate", "wrap"])),
        "below_threshold_low": draw(st.sampled_from(["raised", "kept"])),
        "mixed_leak_sources": draw(st.sampled_from(["internal", "external"])),
        "rate_restarts_period": draw(st.booleans()),
        "first_tick": draw(st.sampled_from(["after_period", "at_once"])),
        "clock_survives_reopen": draw(st.booleans()),
        "chip_survives_close": draw(st.booleans()),
        "dropped_dvs_events_count": draw(st.booleans()),
        "reapply_rewrites_states": draw(st.booleans()),
        "errata": draw(st.booleans()),
        "neuron_address": AddressLayout(tuple(draw(st.permutations("cxy")))),
    }


@hypothesis.settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(options=boards())
def test_a_mock_with_the_profile_of_a_random_board_is_that_board(
    measure: Measure, mock_of: Callable[..., EmulationOptions], options: dict[str, Any]
) -> None:
    others = [measurement.name for measurement in CATALOGUE]
    others.remove("throughput")
    # a core that misses ticks cannot tell how fast the clock may be
    unlimited = {**options, "max_updates_per_s": None}
    notes, exact = measure(*others, **unlimited), measure("throughput", quick=False, **options)
    assert notes.failures == exact.failures == {}
    assert_counted_exactly(notes.results, options)
    expected = {name: value for name, value in options.items() if name not in NOT_MEASURED}
    if not options["spike_on_tick"]:
        # it has no meaning then
        del expected["spike_on_negative_tick"]
    if not options["dvs_event_rate_hz"]:
        # without a scene there is nothing to count, and that is said
        assert notes.results["dropped_dvs_events_count"].verdict is Comparison.NOT_SETTLED
        del expected["dropped_dvs_events_count"]
    limit = exact.results["max_updates_per_s"]
    if limit.uncertainty.startswith("±"):  # the slower the clock, the less can be counted
        assert is_right_or_says_that_it_is_not(limit, options)
        expected["max_updates_per_s"] = limit.value
    assert mock_of(notes, exact) == EmulationOptions(**expected)


@hypothesis.settings(
    max_examples=7,
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(options=strange_boards())
def test_nothing_wrong_is_said_of_any_board(measure: Measure, options: dict[str, Any]) -> None:
    notes = measure(**options)
    for error in notes.failures.values():
        assert "Asked for a slow clock that can be set" in str(error)
    for name, (measurement, _) in OTHERS.items():
        if name not in notes.results:
            assert measurement in notes.failures
        else:
            assert is_right_or_says_that_it_is_not(notes.results[name], options)
    assert_counted_exactly(notes.results, options)


def assert_counted_exactly(results: Mapping[str, Result], options: Mapping[str, Any]) -> None:
    """Nothing is left open that a few ticks show, and nothing found that no board does."""
    hidden = () if options["spike_on_tick"] else ("spike_on_negative_tick", "most_spikes_per_tick")
    for name in {*COUNTED, *NEVER_OTHERWISE} & results.keys():
        if name in hidden:
            assert results[name].verdict is Comparison.NOT_SETTLED
        else:
            assert results[name].value == options.get(name, ASSUMED[name])


def is_right_or_says_that_it_is_not(result: Result, options: Mapping[str, Any]) -> bool:
    """Whether it is what the board does, within its bounds, or a sentence why it is not known."""
    if result.verdict is Comparison.NOT_SETTLED:
        return result.value is None and len(result.how) > 20
    truth = options.get(result.name, getattr(DEFAULTS, result.name))
    if isinstance(truth, Range):
        truth = [truth.lowest, min(truth.highest, REACH_HZ)]
    if isinstance(truth, AddressLayout):
        truth = list(truth.fields)
    if isinstance(result.value, float | int) and result.uncertainty.startswith("±"):
        bound = float(result.uncertainty.split()[1])
        return bool(abs(result.value - truth) <= bound * 1.06)  # it is given with two digits
    if result.uncertainty.startswith("up to"):
        bound = float(result.uncertainty.split()[-1])
        return result.value is None and (truth is None or truth > bound * 0.95)
    return bool(result.value == truth)


def test_the_judge_of_results_knows_right_from_wrong() -> None:
    def judged(value: Any, uncertainty: str, truth: Any) -> bool:
        result = Result("default_rate_hz", value, uncertainty, "So.", 1, Comparison.DIFFERS)
        return is_right_or_says_that_it_is_not(result, {"default_rate_hz": truth})

    assert judged(1000, "exact", 1000)
    assert not judged(1001, "exact", 1000)
    assert judged(1001, "± 2 Hz", 1000)
    assert not judged(1003, "± 2 Hz", 1000)
    assert judged(None, "up to 1e+06", 2_000_000)
    assert not judged(None, "up to 1e+06", 1000)


@pytest.mark.parametrize(
    "options",
    [
        {"accepted_rate_hz": Range(100_000, 1_000_000)},
        {"accepted_rate_hz": Range(1161, 2202), "default_rate_hz": 8816},
        {"accepted_rate_hz": Range(1000, 1000)},
        {"accepted_rate_hz": Range(65_000, 65_001)},
        {"accepted_rate_hz": Range(49, 50), "default_rate_hz": 50},
        {"accepted_rate_hz": Range(20_000, 90_000), "max_updates_per_s": 15_000},
        {"max_updates_per_s": 1},
        {"max_updates_per_s": 10},
        {"max_updates_per_s": 500},
        {"max_updates_per_s": 1999},
        {"max_updates_per_s": 3000},
        {"default_rate_hz": 1000, "max_updates_per_s": 1999, "accepted_rate_hz": Range(1100, 9000)},
        {"default_rate_hz": 5000, "max_updates_per_s": 1000, "accepted_rate_hz": Range(2000, 9000)},
        {"default_rate_hz": 99_999},
        {"default_rate_hz": 1_000_000, "io_write_s": 0.3},
        {"io_write_s": 2.0},
        {"read_latency_s": 2.0},
    ],
    ids=str,
)
def test_nothing_wrong_is_said_of_a_board_that_hides_something(
    measure: Measure, options: dict[str, Any]
) -> None:
    timing = ["default-rate", "accepted-rates", "first-tick", "rate-restarts", "reopen"]
    notes = measure(*timing, "throughput", "latencies", **options)
    for result in notes.results.values():
        assert is_right_or_says_that_it_is_not(result, options)


def test_a_core_that_misses_ticks_is_not_taken_for_a_slow_clock(measure: Measure) -> None:
    notes = measure("default-rate", "accepted-rates", max_updates_per_s=500)
    assert {result.verdict for result in notes.results.values()} == {Comparison.NOT_SETTLED}
    for result in notes.results.values():
        assert "two neurons counted fewer ticks than one" in result.how
    # with a clock that is slow enough
    result = measure("default-rate", max_updates_per_s=3000).results["default_rate_hz"]
    assert (result.value, result.uncertainty) == (1000, "exact: a whole number")


def test_a_rate_out_of_a_narrow_range_is_found_by_every_measurement(measure: Measure) -> None:
    notes = measure(accepted_rate_hz=Range(1161, 2202), default_rate_hz=8816)
    assert notes.failures == {}


def test_a_board_that_answers_later_than_anyone_waits_is_said_not_to_answer(
    measure: Measure,
) -> None:
    with pytest.raises(DeviceFailed, match="does not answer any more"):
        measure("default-rate", read_latency_s=2.5)
    with pytest.raises(DeviceFailed, match="does not answer any more"):
        measure("first-tick", read_latency_s=2.5)


def test_an_answer_that_is_lost_is_reported_and_not_timed(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = EmulatedBoard.read_neurons
    asked: list[int] = []

    def deaf(self: EmulatedBoard, core: int, addresses: Any) -> None:
        asked.append(core)
        if len(asked) != 3:
            whole(self, core, addresses)

    monkeypatch.setattr(EmulatedBoard, "read_neurons", deaf)
    notes = measure("latencies")
    result = notes.results["read_latency_s"]
    assert (result.verdict, result.value) == (Comparison.NOT_SETTLED, None)
    assert "1 of 5 requests for a membrane potential had no answer within 2 s" in result.how
    assert notes.results["io_write_s"].verdict is Comparison.AS_ASSUMED


def test_the_fastest_rate_that_is_tried_is_the_fastest_that_an_option_limits() -> None:
    assert FASTEST_LIMIT_HZ == REACH_HZ


def test_what_cannot_be_reported_is_said_and_not_guessed(
    measure: Measure, mock_of: Callable[..., EmulationOptions]
) -> None:
    notes = measure("dropped-events", dropped_dvs_events_count=True)
    result = notes.results["dropped_dvs_events_count"]
    assert (result.verdict, result.value) == (Comparison.NOT_SETTLED, None)
    assert "move something in front of the sensor" in result.how
    assert mock_of(notes) == DEFAULTS


def test_a_measurement_that_fails_costs_no_other(measure: Measure) -> None:
    notes = measure("gap", "step", default_rate_hz=7, accepted_rate_hz=Range(7, 7))
    assert "no rate that was tried had any effect" in str(notes.failures["gap"])
    assert set(notes.results) == {"step_per_bias", "lower_bound"}
