"""What is assumed of spikes: what they do to a core, in which order, and how long it takes."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import attrs

from speckhal.contract.facts import Certainty
from speckhal_mock.emulation.option_kinds import (
    DURATION_S,
    FLAG,
    one_of,
    option,
    whole,
    whole_or_none,
)

Sweep: TypeAlias = Literal["kernel_first", "channel_first", "reversed", "shuffled"]
Arbitration: TypeAlias = Literal["fifo", "by_core", "shuffled"]
OutOfRangeEvent: TypeAlias = Literal["error", "drop", "wrap"]
LeakVsEvent: TypeAlias = Literal["tick_first", "event_first"]
LeakSweep: TypeAlias = Literal["at_once", "interleaved"]
RequestVsSpikes: TypeAlias = Literal["overtakes", "after_input", "after_queue"]
DecimatorScope: TypeAlias = Literal["core", "channel"]
DecimatorIntervals: TypeAlias = Literal["table", "prose"]
DecimatorPhase: TypeAlias = Literal["last", "first"]

_STATED: Final = Certainty.STATED
_INFERRED: Final = Certainty.INFERRED
_ASSUMED: Final = Certainty.ASSUMED

_RATE: Final = whole_or_none(1, 10**12, of="synaptic operations per second", unit="1/s")


@attrs.frozen(kw_only=True, slots=False)  # it has sisters
class SpikeOptions:
    """What is not known for sure of spikes."""

    zero_weight_skips: bool = option(
        FLAG,
        True,
        _INFERRED,
        "Whether an input spike leaves a neuron alone that it reaches with a weight of 0; if not, "
        "that neuron is compared with the thresholds, and fires if it is still above the upper.",
        "One reading of two papers on the chip has it: such a weight is dropped when the kernel is "
        "read.",
    )
    sweep: Sweep = option(
        one_of(Sweep, "Sweep"),
        "kernel_first",
        _ASSUMED,
        "In which order an input spike reaches the neurons, and so in which their spikes leave: "
        "all channels at one position of the kernel after the other, all positions for one channel "
        "after the other, the first of these backwards, or shuffled, for each input spike anew.",
        "It is the order of the kernel in memory. The vendor guarantees none.",
    )
    arbitration: Arbitration = option(
        one_of(Arbitration, "Arbitration"),
        "fifo",
        _ASSUMED,
        "Which of the spikes that reach a core at one moment it takes first: the one that was sent "
        "first, the one from the core with the lowest number, or any, as order_seed says.",
        "How the chip's router decides is not published.",
    )
    order_seed: int = option(
        whole(0, 2**32 - 1),
        0,
        _ASSUMED,
        "Which one of the many orders it is, where an option says that an order is shuffled.",
    )
    event_s: float = option(
        DURATION_S,
        1e-7,
        _ASSUMED,
        "What an event takes in a core besides its operations; in whole nanoseconds.",
        "With the rates below, what follows from the published 1.58 us through one layer and 3.36 "
        "us through nine.",
    )
    core_operations_per_s: int | None = option(
        _RATE,
        30_000_000,
        _INFERRED,
        "How many synaptic operations cores 2 to 8 do in a second, each; None for any number, so "
        "that only event_s takes time.",
        "Two readers of the published measurements.",
    )
    core_0_operations_per_s: int | None = option(
        _RATE,
        100_000_000,
        _INFERRED,
        "The same for core 0.",
        "The vendor's page says about 3.5 times an ordinary core.",
    )
    core_1_operations_per_s: int | None = option(
        _RATE,
        60_000_000,
        _INFERRED,
        "The same for core 1.",
        "The vendor's page says up to twice an ordinary core.",
    )
    queue_depth: int | None = option(
        whole_or_none(1, 10**9, of="events", unit=""),
        None,
        _ASSUMED,
        "How many events can wait before a core; where it is full, the core's congestion balancer "
        "drops what arrives, or, if that is off, whoever sends it waits. None is no limit.",
        "The depth is not published; without a limit nothing is dropped and nobody waits.",
    )
    out_of_range_event: OutOfRangeEvent = option(
        one_of(OutOfRangeEvent, "OutOfRangeEvent"),
        "error",
        _ASSUMED,
        "What becomes of an event outside the input map of the core that it goes to: an error, "
        "nothing, or the place that the low bits of its coordinates name, if there is one. With an "
        "error, the last row or column of an odd map that is pooled still comes to nothing.",
        "What the chip does is not published.",
    )
    leak_vs_event: LeakVsEvent = option(
        one_of(LeakVsEvent, "LeakVsEvent"),
        "tick_first",
        _ASSUMED,
        "Whether a tick reaches a neuron before the events that begin at the same moment or after "
        "them.",
        "Where a tick falls among events is not published.",
    )
    leak_sweep: LeakSweep = option(
        one_of(LeakSweep, "LeakSweep"),
        "at_once",
        _ASSUMED,
        "Whether a tick reaches all neurons of a core at one moment, or one after the other, in "
        "the order of their addresses and at the core's rate of operations: what comes meanwhile, "
        "an event or a read, finds some neurons with the tick and the others without it, and "
        "spikes of the tick leave one after the other. A tick that comes meanwhile waits.",
        "A real sweep takes time, about one update for each neuron; how it shares a core with "
        "events is not published. Emulating it in time is slow.",
    )
    request_vs_spikes: RequestVsSpikes = option(
        one_of(RequestVsSpikes, "RequestVsSpikes"),
        "overtakes",
        _ASSUMED,
        "Whether a host's request, such as to read neurons, overtakes the spikes that it sent "
        "before; or is done after the stop watch has let them in; or, besides, after its core has "
        "taken all that had come to it by then.",
        "Whether requests and spikes share a queue is not published; without a stamp a request has "
        "nothing to wait for.",
    )
    decimator_intervals: DecimatorIntervals = option(
        one_of(DecimatorIntervals, "DecimatorIntervals"),
        "table",
        _INFERRED,
        "Of how many spikes the output decimator lets one pass by the last three of its codes, 5 "
        "to 7: of 128, 256 and 512, or of 64, 128 and 256.",
        "The vendor's reference has a table with the first, and its page on Speck2f says the "
        "second.",
    )
    decimator_scope: DecimatorScope = option(
        one_of(DecimatorScope, "DecimatorScope"),
        "core",
        _ASSUMED,
        "Whether the output decimator counts the spikes of the whole core or of each channel.",
    )
    decimator_phase: DecimatorPhase = option(
        one_of(DecimatorPhase, "DecimatorPhase"),
        "last",
        _ASSUMED,
        "Which of the N spikes that it counts the output decimator lets pass.",
    )
    decimator_before_monitor: bool = option(
        FLAG,
        True,
        _ASSUMED,
        "Whether the monitor of a core sees only the spikes that its decimator lets pass.",
    )
    retained_last_spike: bool = option(
        FLAG,
        False,
        _STATED,
        "Whether cores 0 and 1 keep back their last spike until another one pushes it out.",
        "The vendor's page says that this can happen, not when.",
    )
    lost_event_after_write: bool = option(
        FLAG,
        False,
        _INFERRED,
        "Whether the first event that a core takes after a neuron of it was written is lost.",
        "One laboratory saw it on a Speck2f kit.",
    )
