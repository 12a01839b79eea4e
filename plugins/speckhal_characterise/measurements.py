"""Everything that can be measured, in the order in which it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.contract.characterise import Measurement
from speckhal_characterise.accepted_rates import measure_accepted_rates
from speckhal_characterise.addresses import measure_addresses
from speckhal_characterise.latency import measure_latencies
from speckhal_characterise.states import (
    measure_dropped_events,
    measure_mixed_sources,
    measure_reapply,
    measure_tearing,
)
from speckhal_characterise.throughput import measure_throughput
from speckhal_characterise.tick_effects import (
    measure_below_threshold_low,
    measure_odd_maps,
    measure_overflow,
    measure_spikes,
    measure_step,
)
from speckhal_characterise.timing import (
    measure_clock_error,
    measure_default_rate,
    measure_first_tick,
    measure_gap,
    measure_rate_restarts,
    measure_reopen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

CATALOGUE: Final[Mapping[Measurement, Callable[[Workbench], Iterator[Result]]]] = {
    Measurement(name, summary, wall_s, quick_wall_s): measure
    for name, summary, wall_s, quick_wall_s, measure in (
        ("default-rate", "slow clock before its rate is set", 50, 40, measure_default_rate),
        ("addresses", "how neurons are numbered", 60, 20, measure_addresses),
        ("step", "what a tick adds, and where it stops", 5, 5, measure_step),
        ("spikes", "whether ticks make neurons fire", 5, 5, measure_spikes),
        ("overflow", "sums beyond 16 bits", 2, 2, measure_overflow),
        ("below-low", "neurons below the lower threshold", 2, 2, measure_below_threshold_low),
        ("odd-maps", "leak on cores 0 and 1, odd maps", 2, 2, measure_odd_maps),
        ("reapply", "a configuration applied again", 3, 3, measure_reapply),
        ("mixed-sources", "internal and external clock at once", 2, 2, measure_mixed_sources),
        ("dropped-events", "sensor events that are dropped", 125, 25, measure_dropped_events),
        ("accepted-rates", "rates that the slow clock takes", 60, 60, measure_accepted_rates),
        ("first-tick", "when the clock first ticks", 20, 20, measure_first_tick),
        ("rate-restarts", "whether a rate write restarts a period", 20, 20, measure_rate_restarts),
        ("gap", "ticks before the rate is set", 20, 20, measure_gap),
        ("clock-error", "how far the clock is off", 80, 25, measure_clock_error),
        ("reopen", "whether the clock survives closing", 70, 50, measure_reopen),
        ("throughput", "neurons times rate before ticks are lost", 200, 25, measure_throughput),
        ("tearing", "readings that fall into a sweep", 60, 20, measure_tearing),
        ("latencies", "how long commands and answers take", 5, 3, measure_latencies),
    )
}
"""What makes each measurement, on a board that is open."""
