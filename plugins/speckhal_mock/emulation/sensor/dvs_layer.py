"""The chip's event pre-processing: raw events in, what monitors show and destinations get out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal_mock.emulation.sensor.dvs_filter import DvsFilter, DvsFilterConfig
from speckhal_mock.emulation.sensor.preprocessing import Preprocessing

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.sensor.dvs_events import DvsEvents
    from speckhal_mock.emulation.sensor_options import SensorOptions

    TicksAt = Callable[[npt.NDArray[np.int64], bool], npt.NDArray[np.int64]]


@attrs.frozen
class DvsLayerConfig:
    """What the pre-processing does.

    Attributes:
        preprocessing: which events pass, and where they come out.
        filter: what the filter behind it does; None for one that is off.
        raw_monitor: whether events go to the host as they come in.
        monitor: whether those that pass go to the host.
        destinations: where those that pass go to: cores, or 12 for the readout.
    """

    preprocessing: Preprocessing = attrs.field(factory=Preprocessing)
    filter: DvsFilterConfig | None = None
    raw_monitor: bool = False
    monitor: bool = False
    destinations: tuple[int, ...] = ()

    @property
    def is_observed(self) -> bool:
        """Whether it matters which events come."""
        return self.raw_monitor or self.monitor or bool(self.destinations)


@attrs.frozen
class DvsOutcome:
    """What becomes of events.

    Attributes:
        raw: what the monitor of raw events shows; None if it is off.
        processed: what the monitor behind the pre-processing shows; None if it is off.
        passed: what the destinations get; p is the feature.
    """

    raw: DvsEvents | None
    processed: DvsEvents | None
    passed: DvsEvents


class DvsLayer:
    """The pre-processing with a configuration, and what its filter remembers.

    Args:
        config: what it does.
        options: what is assumed of it.
        ticks_at: how many ticks of the external or, if True, the internal slow clock have come
            at each of some moments (ns).
        begun_ns: when it was configured; the filter's counts begin there.
    """

    def __init__(
        self,
        config: DvsLayerConfig,
        options: SensorOptions,
        ticks_at: TicksAt,
        begun_ns: int = 0,
    ) -> None:
        self.config = config
        self._mark = options.merge_polarity_mark
        self._pooled_monitor = options.dvs_monitor_pooled
        self._ticks_at = ticks_at
        self._filter = None if config.filter is None else DvsFilter(config.filter, options)
        self._begun = np.zeros(1, dtype=np.int64)
        if config.filter is not None:
            self._begun = ticks_at(self._begun + begun_ns, config.filter.internal_clock)

    @property
    def filter(self) -> DvsFilter | None:
        """The filter, with what it remembers; None where it is off."""
        return self._filter

    def filter_count(self, moment_ns: int) -> int:
        """What the filter counts at a moment: ticks of its slow clock since it was configured."""
        if self.config.filter is None:
            return 0
        ticks = self._ticks_at(np.array([moment_ns]), self.config.filter.internal_clock)
        return int((ticks - self._begun)[0])

    def process(self, events: DvsEvents) -> DvsOutcome:
        """What becomes of events, which are in the order of time, after all before."""
        config, chain = self.config, self.config.preprocessing
        kept = events.where(chain.passing(events))
        passed = chain.placed(kept)
        if self._filter is not None and config.filter is not None:
            counts = self._ticks_at(passed.moments, config.filter.internal_clock)
            passing = self._filter.passing(passed, counts - self._begun)
            kept, passed = kept.where(passing), passed.where(passing)
        shown = None
        if config.monitor:
            shown = passed if self._pooled_monitor else chain.placed(kept, pooled=False)
            if chain.merge:
                shown = attrs.evolve(shown, p=np.full_like(shown.p, self._mark))
        return DvsOutcome(events if config.raw_monitor else None, shown, passed)
