"""Every assumption that the emulation makes about a real board, in one place.

This is the table of the mock's options: each field has its default, the values that it can have,
what it decides, and what the default rests on. What reads, checks, shows and completes options
asks it, by `speckhal_mock.boards.option_table`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from speckhal.contract.address import AddressLayout
from speckhal.contract.facts import Certainty, Range
from speckhal_mock.emulation.option_kinds import (
    ADDRESSES,
    DURATION_S,
    ENERGY_J,
    FASTEST_RATE_HZ,
    FLAG,
    POWERS_W,
    RATE_HZ,
    RATES_HZ,
    SEED,
    one_of,
    option,
    whole,
    whole_or_none,
)
from speckhal_mock.emulation.readout_options import ReadoutOptions
from speckhal_mock.emulation.sensor_options import SensorOptions
from speckhal_mock.emulation.spike_options import SpikeOptions

if TYPE_CHECKING:
    from speckhal.contract.linear_address import LinearAddresses

Overflow: TypeAlias = Literal["saturate", "wrap"]
BelowThresholdLow: TypeAlias = Literal["raised", "kept"]
FirstTick: TypeAlias = Literal["after_period", "at_once"]
LeakSource: TypeAlias = Literal["internal", "external"]
PowerStamps: TypeAlias = Literal["own", "stop_watch"]
SpecksimSpikes: TypeAlias = Literal["one", "all"]
SpecksimReset: TypeAlias = Literal["subtract", "zero"]
SpecksimZeroWeights: TypeAlias = Literal["update", "skip"]
SpecksimOutside: TypeAlias = Literal["drop", "error"]
SpecksimOrder: TypeAlias = Literal["feature", "position"]

_STATED: Final = Certainty.STATED
_INFERRED: Final = Certainty.INFERRED
_ASSUMED: Final = Certainty.ASSUMED


@attrs.frozen(kw_only=True, slots=False)  # it has sisters
class CoreOptions:
    """What is not known for sure of cores, slow clocks and boards.

    The ticks between switching the slow clock on and setting its rate have no option: they follow
    from `default_rate_hz` and `io_write_s`.
    """

    spike_on_tick: bool = option(
        FLAG,
        True,
        _ASSUMED,
        "Whether a tick is followed by the comparison with the upper threshold, as an input spike "
        "is; if not, ticks never make a neuron fire, whatever its bias.",
        "The data sheet's list of faults speaks of leak *events* with addresses, which go the way "
        "that input takes. Against: the dev kit's data sheet says that a neuron above threshold is "
        "silent until its next input.",
    )
    spike_on_negative_tick: bool = option(
        FLAG,
        True,
        _ASSUMED,
        "Whether that comparison is also made where the bias is zero or negative, so that a neuron "
        "that is still at or above the threshold after the tick fires; without meaning if "
        "`spike_on_tick` is False.",
        "The same circuit would do both.",
    )
    overflow: Overflow = option(
        one_of(Overflow, "Overflow"),
        "saturate",
        _ASSUMED,
        "What a sum beyond 16 bits becomes: the nearest end of the range, or the sum modulo 2^16.",
    )
    below_threshold_low: BelowThresholdLow = option(
        one_of(BelowThresholdLow, "BelowThresholdLow"),
        "raised",
        _ASSUMED,
        "What a tick or an input spike does to a neuron that was written below the lower "
        "threshold: it is raised to the threshold at least, or kept, so that a negative bias or "
        "weight leaves it where it is and a positive one moves it by as much.",
        "It is the rule that is documented for all other neurons.",
    )
    mixed_leak_sources: LeakSource = option(
        one_of(LeakSource, "LeakSource"),
        "internal",
        _ASSUMED,
        "Which slow clock all cores get if some are configured for the internal and some for the "
        "external one; the chip has one switch for all.",
        "Setting the switch is what the flag asks for.",
    )
    rate_restarts_period: bool = option(
        FLAG,
        True,
        _ASSUMED,
        "Whether writing a rate to the running slow clock restarts the period; if not, the period "
        "that is running ends when it would have ended, and then the new rate holds.",
        "The published trace of a leaking Speck2f allows it.",
    )
    first_tick: FirstTick = option(
        one_of(FirstTick, "FirstTick"),
        "after_period",
        _ASSUMED,
        "When the slow clock first ticks after it was switched on.",
        "The published trace allows it.",
    )
    accepted_rate_hz: Range = option(
        RATES_HZ,
        Range(1, FASTEST_RATE_HZ),
        _ASSUMED,
        "Slow-clock rates that the board takes; the write of another rate has no effect.",
        "By default these are all that the emulation can count. A limit above 1 MHz could not be "
        "measured on a board, and cannot be chosen. 1 Hz worked on one kit, and a change to "
        "sinabs' own tests hints at a board where it did not.",
    )
    clock_survives_reopen: bool = option(
        FLAG,
        False,
        _STATED,
        "Whether the slow clock runs on while the board is closed.",
        "Closing resets the FPGA since samna 0.47.1; stated for that version.",
    )
    chip_survives_close: bool = option(
        FLAG,
        False,
        _ASSUMED,
        "Whether the chip keeps its configuration and its states while the board is closed, so "
        "that its internal slow clock ticks on.",
        "That the chip is reset together with the FPGA is the simplest. Against: the vendor speaks "
        "of the FPGA alone.",
    )
    dvs_event_rate_hz: int | None = option(
        whole_or_none(0, FASTEST_RATE_HZ, of="Hz", unit="Hz"),
        None,
        _ASSUMED,
        "Raw events that the scene makes on the chip's sensor per second, evenly; 0 is a scene "
        "that stands still, and None makes as many and warns whoever needs them.",
        "What a sensor sees is up to whoever emulates it. The internal slow clock ticks once in "
        "2^n of them while the configuration passes them on (`dvs_layer.pass_sensor_events`), "
        "counted from when it was written. Monitors show them, from one pixel after the other, row "
        "by row, brighter in one sweep over all and darker in the next.",
    )
    dropped_dvs_events_count: bool = option(
        FLAG,
        False,
        _ASSUMED,
        "Whether the internal slow clock counts them also while the configuration drops them.",
        "That the sensor is then without any effect is the simplest. Against: the vendor says that "
        "they are dropped before the pre-processing, and that raw events are counted, which may be "
        "before that.",
    )
    reapply_rewrites_states: bool = option(
        FLAG,
        True,
        _INFERRED,
        "Whether a core that is configured again just as it is gets its initial states again.",
        "Users saw states come back (sinabs issue 148).",
    )
    max_updates_per_s: int | None = option(
        whole_or_none(1, of="updates per second", unit="1/s"),
        None,
        _ASSUMED,
        "How many neurons a core can update in a second; if neurons times rate is more, a core "
        "misses ticks, and None is no limit.",
        "It takes ticks evenly: of the first k since the slow clock, the configuration or the "
        "states were last set, it takes ceil(k * max_updates_per_s / (neurons * rate)). Pulses are "
        "never missed. A thesis on Speck2e quotes about 10 million a second for input spikes.",
    )
    errata: bool = option(
        FLAG,
        False,
        _INFERRED,
        "Whether to warn where the list of faults says that results cannot be trusted: leak on "
        "core 0 or 1 with a map that is no power of two in each dimension; no number changes.",
        "The fault is stated, and that powers of two are exempt is inferred: cores 0 and 1 leaked "
        "exactly in every published run, all of them with powers of two.",
    )
    idle_power_w: tuple[float, ...] | None = option(
        POWERS_W,
        None,
        _INFERRED,
        "What each supply takes at rest, in the order VDD_IO, VDD_RAM, VDD_LOGIC, "
        "VDD_PIXEL_DIGITAL, VDD_PIXEL_ANALOG; None is what was published of one kit with that "
        "chip, and with a Speck2f for other chips.",
        "61.7, 51.7, 367, 78.9 and 610.9 uW for Speck2f, 54.3, 60.9, 268, 362.8 and 573.1 uW for "
        "Speck2e: means of one board each, accurate to 50 uA for each supply. A paper has 0.42 mW "
        "for a chip at rest.",
    )
    energy_per_operation_j: float = option(
        ENERGY_J,
        50e-12,
        _ASSUMED,
        "What a synaptic operation adds, half of it at VDD_RAM and half at VDD_LOGIC.",
        "Papers disagree, and none has it for these chips. Networks are published with 3 to 20 mW; "
        "if they did the 340 million operations a second that the chip is said to bear, 6 to 57 pJ "
        "each would give that, and more if they did fewer.",
    )
    energy_per_spike_j: float = option(
        ENERGY_J,
        0.0,
        _ASSUMED,
        "What a spike that leaves a core adds, at the same supplies.",
        "No figure separates it from the operations that it causes.",
    )
    power_offset_seed: int | None = option(
        SEED,
        None,
        _ASSUMED,
        "Seed of an error of each supply's measurement, drawn once for the board and evenly within "
        "50 uA, which is the accuracy that the vendor gives; None is no error.",
        "A run without a seed is the same on each machine.",
    )
    power_burst: int = option(
        whole(1, of="samples"),
        1,
        _ASSUMED,
        "How many measurements of power arrive together, all with the time stamp of the last.",
        "They came in bursts on published boards, of a size that nobody gives. Integrate by the "
        "sample period, and not by the stamps.",
    )
    power_stamps: PowerStamps = option(
        one_of(PowerStamps, "PowerStamps"),
        "own",
        _ASSUMED,
        "What stamps a measurement of power: microseconds since the board was last reset, or the "
        "stop watch, which stands still until a program starts it.",
        "Which counter it is has not been published.",
    )
    specksim_spikes: SpecksimSpikes = option(
        one_of(SpecksimSpikes, "SpecksimSpikes"),
        "one",
        _INFERRED,
        "How often a neuron of the vendor's simulator, samna.specksim, fires for one weighted "
        "event that takes it to several thresholds: once, or as often as they fit in.",
        "sinabs' tests of it allow one spike only, and so does the chip. This and the other "
        "options of samna.specksim come with a board that is plugged in; without one the defaults "
        "hold.",
    )
    specksim_reset: SpecksimReset = option(
        one_of(SpecksimReset, "SpecksimReset"),
        "subtract",
        _ASSUMED,
        "What that neuron does when it fires: it loses the threshold, or becomes 0.",
        "sinabs makes it of layers that subtract, and gives no reset.",
    )
    specksim_zero_weights: SpecksimZeroWeights = option(
        one_of(SpecksimZeroWeights, "SpecksimZeroWeights"),
        "update",
        _ASSUMED,
        "Whether a weight of 0 updates a neuron of samna.specksim, which then may fire for what "
        "was left above its threshold, or is skipped.",
        "That all weights are treated alike is the simplest.",
    )
    specksim_order: SpecksimOrder = option(
        one_of(SpecksimOrder, "SpecksimOrder"),
        "feature",
        _ASSUMED,
        "In which order the events leave a convolution of samna.specksim that one spike makes: "
        "feature by feature, or position by position with all features of each.",
        "The next layer sees them in that order.",
    )
    specksim_outside: SpecksimOutside = option(
        one_of(SpecksimOutside, "SpecksimOutside"),
        "drop",
        _ASSUMED,
        "What becomes of an event outside of the input of a layer of samna.specksim: it is "
        "dropped, with a warning, or an error.",
        "sinabs' page makes a simulation of a DynapcnnNetwork, and sinabs 3.1.3 puts its layers "
        "together so that they may not fit.",
    )
    neuron_address: AddressLayout | LinearAddresses = option(
        ADDRESSES,
        AddressLayout(),
        _STATED,
        "How the chip numbers its neurons.",
        "By default these are the data sheet's bit fields; they were never measured on a map that "
        "is not square.",
    )
    default_rate_hz: int = option(
        RATE_HZ,
        1000,
        _STATED,
        "Rate of the slow clock before anyone sets it.",
        "More than 1 MHz could not be measured on a board, and cannot be chosen.",
    )
    io_write_s: float = option(
        DURATION_S,
        2.5e-3,
        _INFERRED,
        "What a command to the FPGA costs.",
        "Between 2 and 3 ms would explain why the published trace begins two ticks late.",
    )
    read_latency_s: float = option(
        DURATION_S, 1e-3, _ASSUMED, "The time from the host's request to the chip's answer."
    )
    apply_s: float = option(DURATION_S, 0.2, _ASSUMED, "What writing a configuration costs.")
    open_s: float = option(DURATION_S, 0.0, _ASSUMED, "What opening a board costs.")
    graph_start_s: float = option(
        DURATION_S,
        0.05,
        _INFERRED,
        "What starting an event graph on the host costs.",
        "The published trace needs less than 0.5 s.",
    )
    poll_s: float = option(
        DURATION_S,
        1e-5,
        _ASSUMED,
        "What looking for new events on the host costs.",
        "A loop that polls without pause gets on in virtual time too.",
    )


@attrs.frozen(kw_only=True)
class EmulationOptions(ReadoutOptions, SensorOptions, SpikeOptions, CoreOptions):
    """What is not known for sure of the chips and their boards; `speckhal info mock --options`.

    A measurement on one board would settle most of them.

    Raises:
        ValueError: an option is out of range.
    """

    @property
    def gives_scene(self) -> bool:
        """Whether an option says what the sensor sees, be it nothing that moves."""
        return self.dvs_event_rate_hz is not None or self.dvs_scene is not None


def how_to_give(name: str, value: object) -> str:
    """How users give an option, as a part of a sentence, with a value that means the same there."""
    return f'`speckhal emulate --option {name}={value}` or `open_device("mock", {name}={value})`'
