"""Every assumption that the emulation makes about a real board, in one place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

import attrs

from speckhal.contract.address import AddressLayout
from speckhal.contract.facts import Range
from speckhal.contract.linear_address import LinearAddresses

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

Overflow: TypeAlias = Literal["saturate", "wrap"]
BelowThresholdLow: TypeAlias = Literal["raised", "kept"]
FirstTick: TypeAlias = Literal["after_period", "at_once"]
LeakSource: TypeAlias = Literal["internal", "external"]

FASTEST_RATE_HZ: Final = 1_000_000_000
"""The emulation counts whole nanoseconds: faster ticks would fall on one moment."""

FASTEST_LIMIT_HZ: Final = 1_000_000
"""A hundred times what the vendor calls typical. No measurement tries more, so that what a board
does beyond cannot be known; an emulated one has no limits there."""


@attrs.frozen
class _Must:
    """A validator that says which option has which value, and what is allowed."""

    allowed: str
    fits: Callable[[object], bool]

    def __call__(self, _instance: object, attribute: attrs.Attribute[T], value: T) -> None:
        if not self.fits(value):
            raise ValueError(
                f"The option {attribute.name} is {value!r}; it must be {self.allowed}."
            )


def _is_whole(value: object, lowest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= lowest


def _is_duration(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value <= sys.float_info.max
    )


def _is_rate_range(value: object) -> bool:
    return (
        isinstance(value, Range)
        and _is_whole(value.lowest, lowest=1)
        and _is_whole(value.highest, lowest=1)
        and value.lowest <= min(value.highest, FASTEST_LIMIT_HZ)
        and (value.highest <= FASTEST_LIMIT_HZ or value.highest == FASTEST_RATE_HZ)
    )


def _one_of(*choices: str) -> _Must:
    return _Must(
        " or ".join(map(repr, choices)), lambda value: isinstance(value, str) and value in choices
    )


_flag = _Must("True or False", lambda value: isinstance(value, bool))
_duration = _Must("0 or more seconds", _is_duration)


@attrs.frozen(kw_only=True)
class EmulationOptions:
    """What is not known for sure of the chips and their boards: defaults, and what they rest on.

    Each option ends on how its default is known: stated by the vendor, inferred from what was
    published, or assumed. A measurement on one board would settle most of them. Two things have
    no option: a reader sees each tick on all neurons or on none (whether a real read can fall
    into a sweep is not known), and the ticks between switching the slow clock on and setting its
    rate, which follow from `default_rate_hz` and `io_write_s`.

    Attributes:
        spike_on_tick: whether a tick is followed by the comparison with the upper threshold, as
            an input spike is. False: ticks never make a neuron fire, whatever its bias. Default
            True: the data sheet's list of faults speaks of leak *events* with addresses, which go
            the way that input takes. Against: the dev kit's data sheet says that a neuron above
            threshold is silent until its next input. Assumed.
        spike_on_negative_tick: whether that comparison is also made where the bias is zero or
            negative, so that a neuron that is still at or above the threshold after the tick
            fires. Without meaning if `spike_on_tick` is False. Default True: the same circuit
            would do both. Assumed.
        overflow: what a sum beyond 16 bits becomes, the nearest end of the range or the sum modulo
            2^16. Default "saturate". Assumed.
        below_threshold_low: what a tick does to a neuron that was written below the lower
            threshold. "raised": it gets at least the threshold. "kept": the threshold never raises
            it; a negative bias leaves it where it is, a positive one moves it by the bias.
            Default "raised": the rule that is documented for all other neurons. Assumed.
        mixed_leak_sources: which slow clock all cores get if some are configured for the internal
            and some for the external one; the chip has one switch for all. Default "internal":
            setting the switch is what the flag asks for. Assumed.
        rate_restarts_period: whether writing a rate to the running slow clock restarts the
            period. False: the period that is running ends when it would have ended, then the new
            rate holds. Default True: the published trace of a leaking Speck2f allows it. Assumed.
        first_tick: when the slow clock first ticks after it was switched on. Default
            "after_period": the published trace allows it. Assumed.
        accepted_rate_hz: slow-clock rates that the board takes; the write of another rate has no
            effect. A limit above 1 MHz could not be measured on a board, and cannot be chosen.
            Default: all that the emulation can count. 1 Hz worked on one kit, and a change to
            sinabs' own tests hints at a board where it did not. Assumed.
        clock_survives_reopen: whether the slow clock runs on while the board is closed. Default
            False: closing resets the FPGA since samna 0.47.1. Stated, for that version.
        chip_survives_close: whether the chip keeps its configuration and its states while the board
            is closed, so that its internal slow clock ticks on. Default False: that the chip is
            reset together with the FPGA is the simplest. Against: the vendor speaks of the FPGA
            alone. Assumed.
        dvs_event_rate_hz: raw events that the scene makes on the chip's sensor per second, evenly.
            The internal slow clock ticks once in 2^n of them while the configuration passes them
            on (`dvs_layer.pass_sensor_events`), counted from when it was written; monitors show
            them, from one pixel after the other, row by row, brighter in one sweep over all and
            darker in the next. 0 is a scene that stands still. Default None, which makes as many
            and warns whoever lets a core leak at them or wants to see them: what a sensor sees is
            up to whoever emulates it. Assumed.
        dropped_dvs_events_count: whether the internal slow clock counts them also while the
            configuration drops them. Default False: that the sensor is then without any effect
            is the simplest. Against: the vendor says that they are dropped before the
            pre-processing, and that raw events are counted, which may be before that. Assumed.
        reapply_rewrites_states: whether a core that is configured again just as it is gets its
            initial states again. Default True: users saw states come back (sinabs issue 148).
            Inferred.
        max_updates_per_s: how many neurons a core can update in a second; if neurons times rate
            is more, a core misses ticks. It takes ticks evenly: of the first k since the slow
            clock, the configuration or the states were last set, it takes
            ceil(k * max_updates_per_s / (neurons * rate)). Pulses are never missed.
            Default None, no tick is ever missed. A thesis on Speck2e quotes about 10 million a
            second for input spikes. Assumed.
        errata: whether to warn where the list of faults says that results cannot be trusted: leak
            on core 0 or 1 with a map that is no power of two in each dimension. No number
            changes. Default False: cores 0 and 1 leaked exactly in every published run, all of
            them with powers of two. Stated as a fault; the exemption is inferred.
        neuron_address: how the chip numbers its neurons. Default: the data sheet's bit fields.
            Stated; never measured on a map that is not square.
        default_rate_hz: rate of the slow clock before anyone sets it. More than 1 MHz could not be
            measured on a board, and cannot be chosen. Default 1000. Stated.
        io_write_s: what a command to the FPGA costs. Default 2.5 ms: between 2 and 3 ms would
            explain why the published trace begins two ticks late. Inferred.
        read_latency_s: from the host's request to the chip's answer. Default 1 ms. Assumed.
        apply_s: what writing a configuration costs. Default 0.2 s. Assumed.
        open_s: what opening a board costs. Default 0 s. Assumed.
        graph_start_s: what starting an event graph on the host costs. Default 50 ms: the
            published trace needs less than 0.5 s. Inferred.
        poll_s: what looking for new events on the host costs. Default 10 us, so that a loop that
            polls without pause gets on in virtual time too. Assumed.

    Raises:
        ValueError: an option is out of range.
    """

    spike_on_tick: bool = attrs.field(default=True, validator=_flag)
    spike_on_negative_tick: bool = attrs.field(default=True, validator=_flag)
    overflow: Overflow = attrs.field(default="saturate", validator=_one_of("saturate", "wrap"))
    below_threshold_low: BelowThresholdLow = attrs.field(
        default="raised", validator=_one_of("raised", "kept")
    )
    mixed_leak_sources: LeakSource = attrs.field(
        default="internal", validator=_one_of("internal", "external")
    )
    rate_restarts_period: bool = attrs.field(default=True, validator=_flag)
    first_tick: FirstTick = attrs.field(
        default="after_period", validator=_one_of("after_period", "at_once")
    )
    accepted_rate_hz: Range = attrs.field(
        default=Range(1, FASTEST_RATE_HZ),
        validator=_Must(
            f"a Range within {Range(1, FASTEST_RATE_HZ)} Hz, of which no limit is above "
            f"{FASTEST_LIMIT_HZ} Hz but that one",
            _is_rate_range,
        ),
    )
    clock_survives_reopen: bool = attrs.field(default=False, validator=_flag)
    chip_survives_close: bool = attrs.field(default=False, validator=_flag)
    dvs_event_rate_hz: int | None = attrs.field(
        default=None,
        validator=_Must(
            "None or a whole number of at least 0",
            lambda value: value is None or _is_whole(value, lowest=0),
        ),
    )
    dropped_dvs_events_count: bool = attrs.field(default=False, validator=_flag)
    reapply_rewrites_states: bool = attrs.field(default=True, validator=_flag)
    max_updates_per_s: int | None = attrs.field(
        default=None,
        validator=_Must(
            "None or a whole number of at least 1",
            lambda value: value is None or _is_whole(value, lowest=1),
        ),
    )
    errata: bool = attrs.field(default=False, validator=_flag)
    neuron_address: AddressLayout | LinearAddresses = attrs.field(
        default=AddressLayout(),
        validator=_Must(
            "an AddressLayout, or LinearAddresses",
            lambda value: isinstance(value, AddressLayout | LinearAddresses),
        ),
    )
    default_rate_hz: int = attrs.field(
        default=1000,
        validator=_Must(
            f"a whole number of at least 1 and at most {FASTEST_LIMIT_HZ}",
            lambda value: _is_whole(value, lowest=1) and not _is_whole(value, FASTEST_LIMIT_HZ + 1),
        ),
    )
    io_write_s: float = attrs.field(default=2.5e-3, validator=_duration)
    read_latency_s: float = attrs.field(default=1e-3, validator=_duration)
    apply_s: float = attrs.field(default=0.2, validator=_duration)
    open_s: float = attrs.field(default=0.0, validator=_duration)
    graph_start_s: float = attrs.field(default=0.05, validator=_duration)
    poll_s: float = attrs.field(default=1e-5, validator=_duration)


def how_to_give(name: str, value: object) -> str:
    """How users give an option, as a part of a sentence, with a value that means the same there."""
    return f'`speckhal emulate --option {name}={value}` or `open_device("mock", {name}={value})`'
