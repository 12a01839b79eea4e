"""What each core had to do: counters of the emulation, which no chip shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal_mock.emulation.spikes import bus_tables as bus_at
from speckhal_mock.emulation.spikes import core_tables as core_at

if TYPE_CHECKING:
    from speckhal_mock.emulation.spikes.core_tables import CoreTables


@attrs.frozen
class CoreActivity:
    """What a core did since its configuration was written.

    Attributes:
        core: which one.
        events: input spikes that it took.
        operations: synaptic operations, those through a weight of 0 among them.
        updates: neurons that were added to and compared.
        floor_hits: updates that the lower threshold held up.
        saturations: updates whose sum left 16 bits.
        spikes: neurons that fired at an input spike.
        spikes_of_ticks: neurons that fired at a tick and whose spikes went on.
        residues: spikes that left their neuron at or above the threshold.
        busy_s: time that its events took.
        stalled_s: time that its spikes waited for room in the core behind.
        longest_queue: most events that were waiting at one moment.
        delay_s: time that all events were waiting together.
        longest_delay_s: most that one was waiting.
        dropped: events that the congestion balancer dropped.
        lost: events that were lost since neurons had just been written.
        outside: events outside its input map.
        decimated: spikes that the output decimator kept back.
    """

    core: int
    events: int
    operations: int
    updates: int
    floor_hits: int
    saturations: int
    spikes: int
    spikes_of_ticks: int
    residues: int
    busy_s: float
    stalled_s: float
    longest_queue: int
    delay_s: float
    longest_delay_s: float
    dropped: int
    lost: int
    outside: int
    decimated: int


def activity_of(tables: CoreTables) -> tuple[CoreActivity, ...]:
    """The counters of all cores, by core."""
    return tuple(
        CoreActivity(
            core=core,
            events=counts[bus_at.EVENTS_TAKEN],
            operations=counts[core_at.OPERATIONS],
            updates=counts[core_at.UPDATES],
            floor_hits=counts[core_at.FLOOR_HITS],
            saturations=counts[core_at.SATURATIONS],
            spikes=counts[core_at.FIRED],
            spikes_of_ticks=counts[bus_at.SPIKES_OF_TICKS],
            residues=counts[core_at.RESIDUES],
            busy_s=counts[bus_at.BUSY_NS] / bus_at.NS_PER_S,
            stalled_s=counts[bus_at.STALLED_NS] / bus_at.NS_PER_S,
            longest_queue=counts[bus_at.LONGEST_QUEUE],
            delay_s=counts[bus_at.DELAY_NS] / bus_at.NS_PER_S,
            longest_delay_s=counts[bus_at.LONGEST_DELAY_NS] / bus_at.NS_PER_S,
            dropped=counts[bus_at.EVENTS_DROPPED],
            lost=counts[bus_at.EVENTS_LOST],
            outside=counts[bus_at.EVENTS_OUTSIDE],
            decimated=counts[bus_at.SPIKES_DECIMATED],
        )
        for core, counts in enumerate(tables.counts.tolist())
    )
