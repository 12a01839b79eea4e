"""Which slow clocks can be asked for."""

from __future__ import annotations

import pytest

from speckhal import ClockDrive, ConfigurationError
from speckhal_samna.leak_config import SamnaLeakConfig


@pytest.mark.parametrize("rate_hz", [1, 1000, 10_000])
def test_a_positive_whole_rate_is_taken(rate_hz: int) -> None:
    assert SamnaLeakConfig(rate_hz=rate_hz).rate_hz == rate_hz


@pytest.mark.parametrize("rate_hz", [0, -1, 0.5, 1.5, float("nan"), True, "1"])
def test_any_other_rate_is_refused_with_the_rate_and_what_works(rate_hz: object) -> None:
    with pytest.raises(ConfigurationError, match="only positive whole Hz") as refusal:
        SamnaLeakConfig(rate_hz=rate_hz)  # type: ignore[arg-type] # what a script may pass
    assert f"{rate_hz} Hz" in refusal.value.message


def test_an_external_clock_needs_a_rate() -> None:
    with pytest.raises(ConfigurationError, match="without a rate"):
        SamnaLeakConfig()


def test_a_stepped_clock_has_none() -> None:
    assert SamnaLeakConfig(ClockDrive.STEPPED).rate_hz is None
    with pytest.raises(ConfigurationError, match="has no rate"):
        SamnaLeakConfig(ClockDrive.STEPPED, 10)
