"""Everything that can be measured, in the order in which it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

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

Measure: TypeAlias = "Callable[[Workbench], Iterator[Result]]"

_COMPUTING_S: Final[Mapping[str, float]] = {"addresses": 2.0, "tearing": 1.5}
"""Those that read hundreds of thousands of neurons; all others are done in no time."""


@attrs.frozen
class CatalogueEntry:
    """A measurement, with the function that makes it on a workbench."""

    measurement: Measurement
    measure: Measure

    def computing_s(self, *, quick: bool) -> float:
        """How long it takes where time is virtual: as long as the computer does."""
        return 0.0 if quick else _COMPUTING_S.get(self.measurement.name, 0.0)


def _entry(
    name: str, summary: str, wall_s: float, quick_wall_s: float, measure: Measure
) -> CatalogueEntry:
    return CatalogueEntry(Measurement(name, summary, wall_s, quick_wall_s), measure)


CATALOGUE: Final = (
    _entry("default-rate", "slow clock before its rate is set", 50, 40, measure_default_rate),
    _entry("addresses", "how neurons are numbered", 60, 20, measure_addresses),
    _entry("step", "what a tick adds, and where it stops", 5, 5, measure_step),
    _entry("spikes", "whether ticks make neurons fire", 5, 5, measure_spikes),
    _entry("overflow", "sums beyond 16 bits", 2, 2, measure_overflow),
    _entry("below-low", "neurons below the lower threshold", 2, 2, measure_below_threshold_low),
    _entry("odd-maps", "leak on cores 0 and 1, odd maps", 2, 2, measure_odd_maps),
    _entry("reapply", "a configuration applied again", 3, 3, measure_reapply),
    _entry("mixed-sources", "internal and external clock at once", 2, 2, measure_mixed_sources),
    _entry("dropped-events", "sensor events that are dropped", 125, 25, measure_dropped_events),
    _entry("accepted-rates", "rates that the slow clock takes", 60, 60, measure_accepted_rates),
    _entry("first-tick", "when the clock first ticks", 20, 20, measure_first_tick),
    _entry(
        "rate-restarts", "whether a rate write restarts a period", 20, 20, measure_rate_restarts
    ),
    _entry("gap", "ticks before the rate is set", 20, 20, measure_gap),
    _entry("clock-error", "how far the clock is off", 80, 25, measure_clock_error),
    _entry("reopen", "whether the clock survives closing", 70, 50, measure_reopen),
    _entry("throughput", "neurons times rate before ticks are lost", 200, 25, measure_throughput),
    _entry("tearing", "readings that fall into a sweep", 60, 20, measure_tearing),
    _entry("latencies", "how long commands and answers take", 5, 3, measure_latencies),
)
