"""What each core had to do: counters of the emulation, which no chip shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.core_activity import CoreActivity
from speckhal_mock.emulation.spikes import bus_tables as bus_at
from speckhal_mock.emulation.spikes import core_tables as core_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal_mock.emulation.spikes.core_tables import CoreTables


def activity_of(tables: CoreTables, waiting: Sequence[int]) -> tuple[CoreActivity, ...]:
    """The counters of all cores, by core, with how many events are `waiting` at each."""
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
            longest_queue=max(counts[bus_at.LONGEST_QUEUE], waiting[core]),
            delay_s=counts[bus_at.DELAY_NS] / bus_at.NS_PER_S,
            longest_delay_s=counts[bus_at.LONGEST_DELAY_NS] / bus_at.NS_PER_S,
            dropped=counts[bus_at.EVENTS_DROPPED],
            lost=counts[bus_at.EVENTS_LOST],
            outside=counts[bus_at.EVENTS_OUTSIDE],
            decimated=counts[bus_at.SPIKES_DECIMATED],
        )
        for core, counts in enumerate(tables.counts.tolist())
    )
