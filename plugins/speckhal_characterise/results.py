"""What the driver and the mock assume, and results that say whether a board agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.contract.characterise import Comparison, Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.contract.characterise import Value

COUNTED: Final = "exact: counted"

ASSUMED: Final[Mapping[str, Value]] = {
    "step_per_bias": 1,
    "lower_bound": "at threshold_low",
    "spike_on_tick": True,
    "most_spikes_per_tick": 1,
    "spike_on_negative_tick": True,
    "overflow": "saturate",
    "below_threshold_low": "raised",
    "fires_at_threshold": True,
    "most_spikes_per_event": 1,
    "retained_last_spike": False,
    "zero_weight_skips": True,
    "lost_event_after_write": False,
    "sweep": "kernel_first",
    "arbitration": "fifo",
    "queue_depth": None,
    "out_of_range_event": "error",
    "leak_sweep": "at_once",
    "request_vs_spikes": "overtakes",
    "event_s": 1e-7,
    "core_operations_per_s": 30_000_000,
    "core_0_operations_per_s": 100_000_000,
    "core_1_operations_per_s": 60_000_000,
    "decimator_before_monitor": True,
    "decimator_intervals": "table",
    "decimator_scope": "core",
    "decimator_phase": "last",
    "merge_polarity_mark": 1,
    "dvs_monitor_pooled": False,
    "dvs_filter_start": "empty",
    "dvs_filter_own_pixel": False,
    "dvs_filter_wraps": False,
    "flicker_filter_pixels": "own",
    "hot_pixel_rule": "rate",
    "readout_erratum": True,
    "readout_between": "counted",
    "readout_manual_addressing": False,
    "readout_average": "floor",
    "readout_start": "zeros",
    "readout_ties": "lowest",
    "readout_bits": "index",
    "readout_overflow": "saturate",
    "readout_pins": "largest",
    "readout_interrupt": "each_period",
    "odd_maps_leak_on_cores_0_1": True,
    "mixed_leak_sources": "internal",
    "dropped_dvs_events_count": False,
    "rate_restarts_period": True,
    "first_tick": "after_period",
    "default_rate_hz": 1000,
    "ticks_before_rate": 2,
    "accepted_rate_hz": [1, 1_000_000],
    "clock_error_ppm": 0.0,
    "clock_survives_reopen": False,
    "reapply_rewrites_states": True,
    "max_updates_per_s": None,
    "torn_readings": 0,
    "io_write_s": 2.5e-3,
    "read_latency_s": 1e-3,
    "apply_s": 0.2,
    "open_s": 0.0,
    "graph_start_s": 0.05,
    "poll_s": 1e-5,
}
"""By the name of the result. An option of the mock of that name has this default, which a test
compares; `accepted_rate_hz` goes up to the highest rate that is tried."""


def finding(name: str, value: Value, how: str, *, uncertainty: str = COUNTED) -> Result:
    """What was found, compared with what is assumed."""
    verdict = Comparison.AS_ASSUMED if value == ASSUMED[name] else Comparison.DIFFERS
    return Result(name, value, uncertainty, how, ASSUMED[name], verdict)


def unsettled(name: str, why: str) -> Result:
    """Something that could not be found out on this board, and why."""
    return Result(name, None, "", why, ASSUMED[name], Comparison.NOT_SETTLED)


def number(name: str, value: float, how: str, *, give_or_take: float, unit: str) -> Result:
    """A number that agrees if what is assumed lies within its uncertainty."""
    assumed = ASSUMED[name]
    agrees = isinstance(assumed, int | float) and abs(value - assumed) <= give_or_take
    verdict = Comparison.AS_ASSUMED if agrees else Comparison.DIFFERS
    return Result(name, value, f"± {give_or_take:.2g} {unit}", how, assumed, verdict)


def duration(name: str, samples_ns: Sequence[int], how: str) -> Result:
    """The median of some durations, give or take what they spread over."""
    samples = sorted(samples_ns)
    median_s = round(samples[len(samples) // 2] / 1e9, 9)
    spread_s = max(samples[-1] / 1e9 - median_s, median_s - samples[0] / 1e9)
    return number(name, median_s, how, give_or_take=round(spread_s, 9), unit="s")
