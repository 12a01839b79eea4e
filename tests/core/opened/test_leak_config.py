"""Which slow clocks can be asked for, on a chip whose facts say so."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

from speckhal import ClockDrive, ConfigurationError
from speckhal.opened.leak_config import checked_drive, checked_leak
from speckhal_speck2f.chip import CHIP

if TYPE_CHECKING:
    from speckhal.contract.leak_config import PlainLeakConfig

TYPICAL_HZ = CHIP.facts.limit("slow_clock_typical_rate_hz").fact.value
UPDATES_PER_S = CHIP.updates_per_s.value


def _config(drive: object, rate_hz: object = None, events: object = None) -> PlainLeakConfig:
    return checked_leak(checked_drive(drive), rate_hz, events, chip=CHIP.facts)


def _external(rate_hz: object) -> PlainLeakConfig:
    return _config(ClockDrive.EXTERNAL, rate_hz)


@pytest.mark.parametrize("rate_hz", [1, 1000, 10_000])
def test_a_positive_whole_rate_is_taken(rate_hz: int) -> None:
    assert _external(rate_hz).rate_hz == rate_hz


@pytest.mark.parametrize("whole", [np.int8, np.uint16, np.int64])
def test_whole_numbers_of_numpy_are_taken_and_become_pythons(whole: type[np.integer]) -> None:
    external = _external(whole(100)).rate_hz
    events = _config(ClockDrive.INTERNAL, events=np.int64(2**14)).events_per_tick

    assert (external, type(external)) == (100, int)
    assert (events, type(events)) == (2**14, int)


def test_a_rate_beyond_the_typical_ones_is_taken_with_a_warning() -> None:
    with pytest.warns(UserWarning, match=r"10001 Hz: .* typical up to 10000 Hz"):
        assert _external(TYPICAL_HZ.highest + 1).rate_hz == 10_001


def test_a_rate_below_the_typical_ones_has_worked_and_needs_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _external(1)


def test_a_rate_at_which_no_neuron_can_follow_is_refused() -> None:
    with pytest.warns(UserWarning, match="typical"):
        _external(UPDATES_PER_S)
    with pytest.raises(ConfigurationError, match=f"at most {UPDATES_PER_S} Hz") as refusal:
        _external(UPDATES_PER_S + 1)
    assert str(UPDATES_PER_S + 1) in refusal.value.message


@pytest.mark.parametrize("rate_hz", [0, -1, 0.5, 1.5, float("nan"), True, np.True_, "1", [1, 2]])
def test_any_other_rate_is_refused_with_the_rate_and_what_works(rate_hz: object) -> None:
    with pytest.raises(ConfigurationError, match="only positive whole numbers of Hz") as refusal:
        _external(rate_hz)
    assert f"slow clock of {rate_hz!r} Hz," in refusal.value.message


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        (7.5, "rate_hz=7 or 8: --rate-hz 7 or 8"),
        (np.float64(1.2), "rate_hz=1 or 2:"),
        (10.0, "rate_hz=10, "),
        (0.5, "a smaller bias"),
        (float("inf"), "or more"),
    ],
)
def test_of_a_fraction_the_nearest_whole_rates_are_offered(asked: float, offered: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        _external(asked)
    assert offered in str(refusal.value.hint)


def test_an_external_clock_needs_a_rate() -> None:
    with pytest.raises(ConfigurationError, match="without a rate"):
        _external(None)


@pytest.mark.parametrize("drive", [ClockDrive.STEPPED, ClockDrive.INTERNAL])
def test_only_an_external_clock_has_a_rate(drive: ClockDrive) -> None:
    assert _config(drive).rate_hz is None
    with pytest.raises(ConfigurationError, match="only the external drive has a rate"):
        _config(drive, 10)


@pytest.mark.parametrize("divider", [14, 15, 16, 17])
def test_an_internal_clock_counts_a_power_of_two_events(divider: int) -> None:
    assert _config(ClockDrive.INTERNAL, events=2**divider).events_per_tick == 2**divider


@pytest.mark.parametrize("events", [0, 2**13, 2**18, 100_000, True, 16384.0, "16384"])
def test_other_numbers_of_events_are_refused_with_those_that_work(events: object) -> None:
    with pytest.raises(ConfigurationError, match="which the chip cannot count") as refusal:
        _config(ClockDrive.INTERNAL, events=events)
    assert "16384, 32768, 65536, 131072" in str(refusal.value)


@pytest.mark.parametrize("drive", [ClockDrive.STEPPED, ClockDrive.EXTERNAL])
def test_only_an_internal_clock_counts_events(drive: ClockDrive) -> None:
    rate_hz = 1 if drive is ClockDrive.EXTERNAL else None
    with pytest.raises(ConfigurationError, match="only the internal drive counts events"):
        _config(drive, rate_hz, 16384)


@pytest.mark.parametrize("drive", ["external", "stepped", None, 1, True])
def test_a_drive_is_a_member_of_clock_drive(drive: object) -> None:
    with pytest.raises(ConfigurationError, match="no drive of the slow clock") as refusal:
        _config(drive, 10)
    for member in ClockDrive:
        assert f"ClockDrive.{member.name}" in str(refusal.value)
