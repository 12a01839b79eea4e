"""The assumptions about real boards."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import pytest

from speckhal.contract.facts import Range
from speckhal_mock.emulation.kits import KITS
from speckhal_mock.emulation.options import EmulationOptions

if TYPE_CHECKING:
    from collections.abc import Callable

any_options: Callable[..., EmulationOptions] = EmulationOptions

RATE = "a whole number of Hz, at least 1 and at most 1000000"
UPDATES = "None or a whole number of updates per second, at least 1"
EVENTS = "None or a whole number of Hz, at least 0 and at most 1000000000"
OPERATIONS = (
    "None or a whole number of synaptic operations per second, at least 1 and at most 1000000000000"
)
SWEEPS = "'kernel_first' or 'channel_first' or 'reversed' or 'shuffled'"
RATES = "a Range within 1..1000000000 Hz, of which no limit is above 1000000 Hz but that one"


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("spike_on_tick", 1, "True or False"),
        ("overflow", "clip", "'saturate' or 'wrap'"),
        ("below_threshold_low", "", "'raised' or 'kept'"),
        ("zero_weight_skips", 0, "True or False"),
        ("sweep", "shuffle", SWEEPS),
        ("order_seed", 2**32, "a whole number, at least 0 and at most 4294967295"),
        (
            "queue_depth",
            10**9 + 1,
            "None or a whole number of events, at least 1 and at most 1000000000",
        ),
        ("core_operations_per_s", 10**12 + 1, OPERATIONS),
        ("core_0_operations_per_s", 10**19, OPERATIONS),
        ("core_1_operations_per_s", 0, OPERATIONS),
        ("event_s", 3601, "0 or more seconds, at most 3600"),
        ("first_tick", "never", "'after_period' or 'at_once'"),
        ("mixed_leak_sources", None, "'internal' or 'external'"),
        ("max_updates_per_s", 0, UPDATES),
        ("max_updates_per_s", 1.5, UPDATES),
        ("default_rate_hz", 0, RATE),
        ("default_rate_hz", True, RATE),
        ("default_rate_hz", 10**6 + 1, RATE),
        ("accepted_rate_hz", Range(0, 10), RATES),
        ("accepted_rate_hz", Range(1, 10**9 + 1), RATES),
        ("accepted_rate_hz", Range(1, 10**6 + 1), RATES),
        ("accepted_rate_hz", Range(10**6 + 1, 10**9), RATES),
        ("dvs_event_rate_hz", -1, EVENTS),
        ("dropped_dvs_events_count", 1, "True or False"),
        ("neuron_address", "cxy", "an AddressLayout, or LinearAddresses"),
        ("dvs_event_rate_hz", 2**31, EVENTS),
        ("apply_s", 1e10, "0 or more seconds, at most 3600"),
        ("io_write_s", -1.0, "0 or more seconds, at most 3600"),
        ("io_write_s", True, "0 or more seconds, at most 3600"),
        ("poll_s", False, "0 or more seconds, at most 3600"),
        ("open_s", 10**400, "0 or more seconds, at most 3600"),
        ("max_updates_per_s", True, UPDATES),
        ("dvs_event_rate_hz", False, EVENTS),
        ("accepted_rate_hz", Range(True, 10), RATES),
        ("accepted_rate_hz", Range(1, 10.5), RATES),  # type: ignore[arg-type]  # as users may
        ("apply_s", math.nan, "0 or more seconds, at most 3600"),
        ("open_s", math.inf, "0 or more seconds, at most 3600"),
    ],
)
def test_a_wrong_option_is_named_with_its_value_and_what_is_allowed(
    option: str, value: object, allowed: str
) -> None:
    with pytest.raises(ValueError, match=option) as refusal:
        any_options(**{option: value})
    assert str(refusal.value) == f"The option {option} is {value!r}; it must be {allowed}."


def test_every_option_is_checked() -> None:
    for option in attrs.fields(EmulationOptions):
        with pytest.raises(ValueError, match=option.name):
            any_options(**{option.name: "nonsense"})


def test_kits_are_found_by_name_and_name_their_chip() -> None:
    assert {name: kit.chip for name, kit in KITS.items()} == {
        "Speck2fModuleDevKit": "speck2f",
        "Speck2fDevKit": "speck2f",
        "Speck2eDevKit": "speck2e",
        "Speck2eTestBoard": "speck2e",
    }
    assert all(kit.name == name for name, kit in KITS.items())
