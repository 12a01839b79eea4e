"""The options of the mock as a type, so that a type checker knows their names and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal.contract.address import AddressLayout
    from speckhal.contract.facts import Range
    from speckhal.contract.linear_address import LinearAddresses
    from speckhal_mock.emulation.options import (
        BelowThresholdLow,
        FirstTick,
        LeakSource,
        Overflow,
        PowerStamps,
        SpecksimOrder,
        SpecksimOutside,
        SpecksimReset,
        SpecksimSpikes,
        SpecksimZeroWeights,
    )
    from speckhal_mock.emulation.readout_options import (
        ReadoutAverage,
        ReadoutBetween,
        ReadoutBits,
        ReadoutInterrupt,
        ReadoutOverflow,
        ReadoutPins,
        ReadoutStart,
        ReadoutTies,
    )
    from speckhal_mock.emulation.sensor_options import (
        FilterStart,
        FlickerFilterPixels,
        HotPixelRule,
    )
    from speckhal_mock.emulation.spike_options import (
        Arbitration,
        DecimatorIntervals,
        DecimatorPhase,
        DecimatorScope,
        LeakSweep,
        LeakVsEvent,
        OutOfRangeEvent,
        RequestVsSpikes,
        Sweep,
    )


class MockOptions(TypedDict, total=False):
    """What `open_device("mock", **options)` takes; each may be left out.

    `speckhal info mock --options` shows what each means, its default and how that is known.
    """

    spike_on_tick: bool
    spike_on_negative_tick: bool
    overflow: Overflow
    below_threshold_low: BelowThresholdLow
    mixed_leak_sources: LeakSource
    rate_restarts_period: bool
    first_tick: FirstTick
    accepted_rate_hz: Range | list[int]
    clock_survives_reopen: bool
    chip_survives_close: bool
    dvs_event_rate_hz: int | None
    dropped_dvs_events_count: bool
    reapply_rewrites_states: bool
    max_updates_per_s: int | None
    errata: bool
    idle_power_w: tuple[float, ...] | list[float] | None
    energy_per_operation_j: float
    energy_per_spike_j: float
    power_offset_seed: int | None
    power_burst: int
    power_stamps: PowerStamps
    specksim_spikes: SpecksimSpikes
    specksim_reset: SpecksimReset
    specksim_zero_weights: SpecksimZeroWeights
    specksim_order: SpecksimOrder
    specksim_outside: SpecksimOutside
    neuron_address: AddressLayout | LinearAddresses | list[str]
    default_rate_hz: int
    io_write_s: float
    read_latency_s: float
    apply_s: float
    open_s: float
    graph_start_s: float
    poll_s: float
    zero_weight_skips: bool
    sweep: Sweep
    arbitration: Arbitration
    order_seed: int
    event_s: float
    core_operations_per_s: int | None
    core_0_operations_per_s: int | None
    core_1_operations_per_s: int | None
    queue_depth: int | None
    out_of_range_event: OutOfRangeEvent
    leak_vs_event: LeakVsEvent
    leak_sweep: LeakSweep
    request_vs_spikes: RequestVsSpikes
    decimator_intervals: DecimatorIntervals
    decimator_scope: DecimatorScope
    decimator_phase: DecimatorPhase
    decimator_before_monitor: bool
    retained_last_spike: bool
    lost_event_after_write: bool
    dvs_scene: str | Path | None
    merge_polarity_mark: int
    dvs_monitor_pooled: bool
    dvs_filter_start: FilterStart
    dvs_filter_own_pixel: bool
    dvs_filter_wraps: bool
    flicker_filter_pixels: FlickerFilterPixels
    hot_pixel_rule: HotPixelRule
    readout_erratum: bool
    readout_between: ReadoutBetween
    readout_manual_addressing: bool
    readout_average: ReadoutAverage
    readout_start: ReadoutStart
    readout_ties: ReadoutTies
    readout_bits: ReadoutBits
    readout_overflow: ReadoutOverflow
    readout_pins: ReadoutPins
    readout_interrupt: ReadoutInterrupt
    profile: str | Path | None
    realtime: bool
    breakage: str | None
