"""Which slow clocks can be asked for."""

from __future__ import annotations

import pytest

from speckhal import ClockDrive, ConfigurationError, Range
from speckhal_samna.leak_config import SamnaLeakConfig, leak_config

DIVIDERS = Range(14, 17)


def _external(rate_hz: object) -> SamnaLeakConfig:
    return leak_config(ClockDrive.EXTERNAL, rate_hz, None, DIVIDERS)


@pytest.mark.parametrize("rate_hz", [1, 1000, 10_000])
def test_a_positive_whole_rate_is_taken(rate_hz: int) -> None:
    assert _external(rate_hz).rate_hz == rate_hz


@pytest.mark.parametrize("rate_hz", [0, -1, 0.5, 1.5, float("nan"), True, "1"])
def test_any_other_rate_is_refused_with_the_rate_and_what_works(rate_hz: object) -> None:
    with pytest.raises(ConfigurationError, match="only positive whole Hz") as refusal:
        _external(rate_hz)
    assert f"{rate_hz} Hz" in refusal.value.message


def test_an_external_clock_needs_a_rate() -> None:
    with pytest.raises(ConfigurationError, match="without a rate"):
        _external(None)


@pytest.mark.parametrize("drive", [ClockDrive.STEPPED, ClockDrive.INTERNAL])
def test_only_an_external_clock_has_a_rate(drive: ClockDrive) -> None:
    assert leak_config(drive, None, None, DIVIDERS).rate_hz is None
    with pytest.raises(ConfigurationError, match="only the external drive has a rate"):
        leak_config(drive, 10, None, DIVIDERS)


@pytest.mark.parametrize("divider", [14, 15, 16, 17])
def test_an_internal_clock_counts_a_power_of_two_events(divider: int) -> None:
    leak = leak_config(ClockDrive.INTERNAL, None, 2**divider, DIVIDERS)

    assert (leak.divider, leak.events_per_tick) == (divider, 2**divider)


def test_an_internal_clock_counts_most_events_by_default() -> None:
    assert leak_config(ClockDrive.INTERNAL, None, None, DIVIDERS).events_per_tick == 2**17


@pytest.mark.parametrize("events", [0, 2**13, 2**18, 100_000, True, 16384.5, "16384"])
def test_other_numbers_of_events_are_refused_with_those_that_work(events: object) -> None:
    with pytest.raises(ConfigurationError, match="which the chip cannot count") as refusal:
        leak_config(ClockDrive.INTERNAL, None, events, DIVIDERS)
    assert "16384, 32768, 65536, 131072" in str(refusal.value)


@pytest.mark.parametrize("drive", [ClockDrive.STEPPED, ClockDrive.EXTERNAL])
def test_only_an_internal_clock_counts_events(drive: ClockDrive) -> None:
    rate_hz = 1 if drive is ClockDrive.EXTERNAL else None
    with pytest.raises(ConfigurationError, match="only the internal drive counts events"):
        leak_config(drive, rate_hz, 16384, DIVIDERS)
