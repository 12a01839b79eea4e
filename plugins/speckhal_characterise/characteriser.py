"""All measurements, and what makes them one after the other on an open board."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

from speckhal.contract.characterise import Measurement, choose
from speckhal.contract.errors import CapabilityUnsupported, DeviceFailed, SpeckhalError
from speckhal_characterise.addresses import measure_addresses
from speckhal_characterise.competing_spikes import (
    measure_arbitration,
    measure_outside,
    measure_queue_depth,
)
from speckhal_characterise.input_spikes import measure_input_spikes
from speckhal_characterise.leaving_spikes import (
    measure_decimator,
    measure_decimator_intervals,
    measure_spike_order,
)
from speckhal_characterise.pixel_events import measure_pixel_filter, measure_pixel_monitor
from speckhal_characterise.readout_values import (
    measure_readout_addresses,
    measure_readout_averages,
    measure_readout_classes,
    measure_readout_overflow,
    measure_readout_pins,
)
from speckhal_characterise.request_order import measure_request_order
from speckhal_characterise.service_times import measure_service_times
from speckhal_characterise.speed import (
    measure_accepted_rates,
    measure_latencies,
    measure_throughput,
)
from speckhal_characterise.states import (
    measure_dropped_events,
    measure_mixed_sources,
    measure_reapply,
    measure_tearing,
)
from speckhal_characterise.tick_effects import (
    measure_below_threshold_low,
    measure_odd_maps,
    measure_overflow,
    measure_spikes,
    measure_step,
)
from speckhal_characterise.tick_sweep import measure_tick_sweep
from speckhal_characterise.timing import (
    measure_clock_error,
    measure_default_rate,
    measure_first_tick,
    measure_gap,
    measure_rate_restarts,
    measure_reopen,
)
from speckhal_characterise.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from speckhal.contract.characterise import Characteriser, Result, Watcher
    from speckhal_samna.board.access import BoardAccess

CATALOGUE: Final[Mapping[Measurement, Callable[[Workbench], Iterator[Result]]]] = {
    Measurement(name, summary, wall_s, quick_wall_s): measure
    for name, summary, wall_s, quick_wall_s, measure in (
        ("default-rate", "slow clock before its rate is set", 50, 40, measure_default_rate),
        ("addresses", "how neurons are numbered", 60, 20, measure_addresses),
        ("step", "what a tick adds, and where it stops", 5, 5, measure_step),
        ("spikes", "whether ticks make neurons fire", 5, 5, measure_spikes),
        ("overflow", "sums beyond 16 bits", 2, 2, measure_overflow),
        ("below-low", "neurons below the lower threshold", 2, 2, measure_below_threshold_low),
        ("input-spikes", "what input spikes do to neurons", 5, 5, measure_input_spikes),
        ("spike-order", "in which order one event's spikes leave", 3, 3, measure_spike_order),
        ("decimator", "which spikes the decimator passes", 5, 5, measure_decimator),
        ("decimator-codes", "what its codes mean", 3, 3, measure_decimator_intervals),
        ("arbitration", "which of two cores comes first", 4, 4, measure_arbitration),
        ("queue-depth", "how many events wait before a core", 4, 4, measure_queue_depth),
        ("outside", "spikes beside a core's map", 3, 3, measure_outside),
        ("request-order", "whether reads overtake spikes", 6, 6, measure_request_order),
        ("service-times", "how fast cores take spikes", 20, 10, measure_service_times),
        ("pixel-monitor", "what the sensor's monitor shows", 3, 3, measure_pixel_monitor),
        ("pixel-filter", "what the sensor's filter drops", 40, 40, measure_pixel_filter),
        ("readout-classes", "which class a channel drives", 3, 3, measure_readout_classes),
        ("readout-addresses", "which class a place drives", 4, 4, measure_readout_addresses),
        ("readout-averages", "how the readout averages", 6, 6, measure_readout_averages),
        ("readout-pins", "what the readout's pins show", 4, 4, measure_readout_pins),
        ("readout-overflow", "counts beyond 16 bits", 4, 4, measure_readout_overflow),
        ("odd-maps", "leak on cores 0 and 1, odd maps", 2, 2, measure_odd_maps),
        ("reapply", "a configuration applied again", 3, 3, measure_reapply),
        ("mixed-sources", "internal and external clock at once", 2, 2, measure_mixed_sources),
        ("dropped-events", "sensor events that are dropped", 125, 25, measure_dropped_events),
        ("accepted-rates", "rates that the slow clock takes", 60, 60, measure_accepted_rates),
        ("first-tick", "when the clock first ticks", 20, 20, measure_first_tick),
        ("rate-restarts", "whether a rate write restarts a period", 20, 20, measure_rate_restarts),
        ("tick-sweep", "whether a tick takes time", 15, 10, measure_tick_sweep),
        ("gap", "ticks before the rate is set", 20, 20, measure_gap),
        ("clock-error", "how far the clock is off", 80, 25, measure_clock_error),
        ("reopen", "whether the clock survives closing", 70, 50, measure_reopen),
        ("throughput", "neurons times rate before ticks are lost", 200, 25, measure_throughput),
        ("tearing", "readings that fall into a sweep", 60, 20, measure_tearing),
        ("latencies", "how long commands and answers take", 5, 3, measure_latencies),
    )
}
"""What makes each measurement, on a board that is open."""

FEWEST_CORES: Final = 5
"""Some measurements have three neurons of their own beside two that count ticks."""

_COMPUTING_S: Final[Mapping[str, float]] = {"addresses": 2.0, "tearing": 1.5}
"""Where time is virtual, those that read hundreds of thousands of neurons take as long as the
computer does; all others, and quick ones, are done in no time."""


class SamnaCharacteriser:
    """Measures boards that speak samna.

    Args:
        access: from a target and options to the board that they mean, which can be opened for as
            long as the context lasts.
        virtual: whether time is virtual there.
    """

    def __init__(
        self,
        access: Callable[[str | None, Mapping[str, object]], AbstractContextManager[BoardAccess]],
        *,
        virtual: bool,
    ) -> None:
        self._access = access
        self._virtual = virtual

    def measurements(self) -> Sequence[Measurement]:
        return tuple(CATALOGUE)

    def wall_s(self, measurement: Measurement, *, quick: bool) -> float:
        if self._virtual:
            return 0.0 if quick else _COMPUTING_S.get(measurement.name, 0.0)
        return measurement.quick_wall_s if quick else measurement.wall_s

    def run(
        self,
        target: str | None,
        *,
        options: Mapping[str, object],
        only: Sequence[str],
        quick: bool,
        watcher: Watcher,
    ) -> None:
        chosen = choose(self.measurements(), only)
        with self._access(target, options) as access, warnings.catch_warnings():
            # provoking what users are warned of is the point
            warnings.simplefilter("ignore", UserWarning)
            chip = access.chip.facts
            cores = len(chip.core_memories.value)
            if cores < FEWEST_CORES:
                raise CapabilityUnsupported(
                    f"Asked to measure a {chip.name} of {cores} cores, and {FEWEST_CORES} are "
                    "needed.",
                    hint="Its data sheet or its maker may say what measurements would have found.",
                )
            with Workbench(access, quick=quick) as bench:
                watcher.opened(bench.identity())
                for measurement in chosen:
                    _measure(measurement, bench, watcher)


def _measure(measurement: Measurement, bench: Workbench, watcher: Watcher) -> None:
    """Make one measurement; if it fails, the watcher gets the error, and the next can be made.

    Raises:
        DeviceFailed: it failed, and the board does not answer any more.
    """
    watcher.begins(measurement)
    try:
        for result in CATALOGUE[measurement](bench):
            watcher.found(result)
    except SpeckhalError as error:
        watcher.failed(measurement, error)
        if not bench.answers():
            raise DeviceFailed(
                "The board does not answer any more; what is left was not measured.",
                hint="Check the cable and the power, and measure again.",
            ) from error


if TYPE_CHECKING:

    def _conforms(characteriser: SamnaCharacteriser) -> Characteriser:
        return characteriser
