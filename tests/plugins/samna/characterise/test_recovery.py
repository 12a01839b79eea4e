"""The measurements find out how the board is emulated: they measure, they do not look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import attrs
import hypothesis
import pytest
from hypothesis import strategies as st

from speckhal.address import AddressLayout
from speckhal.characterise import Verdict
from speckhal.facts import Range
from speckhal.profile import Profile, write_profile
from speckhal_mock.emulation.options import FASTEST_RATE_HZ, EmulationOptions
from speckhal_mock.order import take_order
from speckhal_mock.profile import NOT_MEASURED
from speckhal_samna.characterise.catalogue import CATALOGUE
from speckhal_samna.characterise.findings import ASSUMED

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
        ],
    ),
    "clock_survives_reopen": ("reopen", [True]),
    "dropped_dvs_events_count": ("dropped-events", [True]),
    "reapply_rewrites_states": ("reapply", [False]),
    "max_updates_per_s": ("throughput", [15_013, 1_000_000, 71_165_852, 655_340_001]),
    "neuron_address": (
        "addresses",
        [AddressLayout(("x", "y", "c")), AddressLayout(("c", "y", "x"))],
    ),
    "default_rate_hz": ("default-rate", [1, 37, 999, 10_000]),
    "io_write_s": ("latencies", [0.0, 1e-6, 0.0131]),
    "read_latency_s": ("latencies", [0.0, 7e-6, 3e-5, 0.04]),
    "apply_s": ("latencies", [0.0, 1.5]),
    "open_s": ("latencies", [1e-9, 2.0]),
    "graph_start_s": ("latencies", [0.0, 0.4]),
    "poll_s": ("latencies", [0.0, 2e-3]),
}
"""Other values than the defaults, and the measurement that must find them."""


@pytest.fixture(scope="module")
def mock_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., EmulationOptions]:
    """The options of a mock with the profile of a board, which went through a file."""
    path = tmp_path_factory.mktemp("profiles") / "board.toml"

    def options(*notes: Any) -> EmulationOptions:
        results = [result for one in notes for result in one.results.values()]
        now = dt.datetime.now(dt.timezone.utc)
        write_profile(Profile(notes[0].board, now, "0", quick=False, results=tuple(results)), path)
        return take_order(None, {"profile": path}).emulation

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
    assert {result.verdict for result in notes.results.values()} == {Verdict.AS_ASSUMED}
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
    # only counting each tick, and not some of them, tells the number of updates exactly
    quick = name != "max_updates_per_s"
    notes = measure(OTHERS[name][0], quick=quick, **{"dvs_event_rate_hz": 100_000, name: value})
    assert notes.failures == {}
    assert mock_of(notes) == EmulationOptions(**{name: value})
    assert notes.results[name].verdict is Verdict.DIFFERS


def ranges() -> st.SearchStrategy[Range]:
    """Slow-clock rates that a board takes: a stretch, at least from 200 to 500 Hz."""
    highest = st.just(FASTEST_RATE_HZ) | st.integers(500, 999_999)
    return st.builds(Range, st.integers(1, 200), highest)


def seconds(longest_us: int) -> st.SearchStrategy[float]:
    return st.integers(0, longest_us).map(lambda microseconds: microseconds / 1e6)


@st.composite
def boards(draw: st.DrawFn) -> dict[str, Any]:
    """Options of all kinds at once."""
    accepted = draw(ranges())
    most = NEURONS * min(10_000, accepted.highest)
    return {
        "spike_on_tick": draw(st.booleans()),
        "spike_on_negative_tick": draw(st.booleans()),
        "overflow": draw(st.sampled_from(["saturate", "wrap"])),
        "below_threshold_low": draw(st.sampled_from(["raised", "kept"])),
        "mixed_leak_sources": draw(st.sampled_from(["internal", "external"])),
        "rate_restarts_period": draw(st.booleans()),
        "first_tick": draw(st.sampled_from(["after_period", "at_once"])),
        "accepted_rate_hz": accepted,
        "clock_survives_reopen": draw(st.booleans()),
        "dvs_event_rate_hz": draw(st.just(0) | st.integers(5_000, 1_000_000)),
        "dropped_dvs_events_count": draw(st.booleans()),
        "reapply_rewrites_states": draw(st.booleans()),
        "max_updates_per_s": draw(st.none() | st.integers(15_000, most - most // 50_000)),
        "errata": draw(st.booleans()),
        "neuron_address": AddressLayout(tuple(draw(st.permutations("cxy")))),
        "default_rate_hz": draw(st.integers(1, 10_000)),
        "io_write_s": draw(seconds(20_000)),
        "read_latency_s": draw(seconds(50_000)),
        "apply_s": draw(seconds(2_000_000)),
        "open_s": draw(seconds(2_000_000)),
        "graph_start_s": draw(seconds(2_000_000)),
        "poll_s": draw(seconds(1_000)),
    }


@hypothesis.settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(options=boards())
def test_a_mock_with_the_profile_of_a_random_board_is_that_board(
    measure: Measure, mock_of: Callable[..., EmulationOptions], options: dict[str, Any]
) -> None:
    others = [entry.measurement.name for entry in CATALOGUE]
    others.remove("throughput")
    notes, exact = measure(*others, **options), measure("throughput", quick=False, **options)
    assert notes.failures == exact.failures == {}
    expected = {name: value for name, value in options.items() if name not in NOT_MEASURED}
    if not options["spike_on_tick"]:
        # it has no meaning then
        del expected["spike_on_negative_tick"]
    if not options["dvs_event_rate_hz"]:
        # without a scene there is nothing to count, and that is said
        assert notes.results["dropped_dvs_events_count"].verdict is Verdict.NOT_SETTLED
        del expected["dropped_dvs_events_count"]
    assert mock_of(notes, exact) == EmulationOptions(**expected)


def test_what_cannot_be_told_is_said_and_not_guessed(
    measure: Measure, mock_of: Callable[..., EmulationOptions]
) -> None:
    notes = measure("dropped-events", dropped_dvs_events_count=True)
    result = notes.results["dropped_dvs_events_count"]
    assert (result.verdict, result.value) == (Verdict.NOT_SETTLED, None)
    assert "move something in front of the sensor" in result.how
    assert mock_of(notes) == DEFAULTS


def test_a_measurement_that_fails_costs_no_other(measure: Measure) -> None:
    notes = measure("gap", "step", default_rate_hz=7, accepted_rate_hz=Range(7, 7))
    assert "no rate that was tried had any effect" in str(notes.failures["gap"])
    assert set(notes.results) == {"step_per_bias", "lower_bound"}
