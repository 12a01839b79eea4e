"""Takes events of the sensor and of the host through the pre-processing, in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from speckhal_mock.emulation.sensor.dvs_events import DvsEvents

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.sensor.dvs_layer import DvsLayer
    from speckhal_mock.emulation.sensor.pixels import Pixels

_AT_ONCE: Final = 1 << 16
"""Events of the sensor in one piece, which bounds the memory that a long time needs."""


class DvsOutlets(Protocol):
    """Where events of the sensor go."""

    def monitored(self, raw: DvsEvents | None, processed: DvsEvents | None) -> None:
        """To the host; None for a monitor that is off."""

    def deliver_to_core(
        self,
        layer: int,
        moments: npt.NDArray[np.int64],
        c: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
    ) -> None:
        """To a core, or to the readout (12), in the order of time."""


class SensorPath:
    """What is before the cores: the sensor's pixels, events of the host, the pre-processing.

    Args:
        pixels: of the sensor.
        outlets: where the events go.

    Attributes:
        pixels: of the sensor.
    """

    def __init__(self, pixels: Pixels, outlets: DvsOutlets) -> None:
        self.pixels = pixels
        self._outlets = outlets
        self._layer: DvsLayer | None = None
        self._passes_sensor = False
        self._taken = 0
        self._waiting: list[DvsEvents] = []

    def restart(self, layer: DvsLayer | None, *, passes_sensor: bool) -> None:
        """Take events through another pre-processing, from the restart of the pixels on.

        Events of the host that wait are given up.

        Args:
            layer: the pre-processing; None for one that is off.
            passes_sensor: whether it takes the events of the chip's own sensor.
        """
        self._layer = layer
        self._passes_sensor = passes_sensor
        self._taken = 0
        self._waiting.clear()

    @property
    def layer(self) -> DvsLayer | None:
        """The pre-processing; None where it is off."""
        return self._layer

    @property
    def follows_sensor(self) -> bool:
        """Whether all events of the chip's own sensor are taken through, if there are any."""
        return self._sees or not (self._passes_sensor and self.pixels.is_on)

    def play(self, events: DvsEvents) -> None:
        """Take events of the host at their moments, none of which has passed."""
        if self._layer is not None and len(events):
            self._waiting.append(DvsEvents.in_order(events))

    @property
    def is_quiet(self) -> bool:
        """Whether no event of the host waits for its moment."""
        return not self._waiting

    def next_ns(self) -> int | None:
        """When an event could next go anywhere; None if none will by itself."""
        moments = [int(part.moments[0]) for part in self._waiting]
        if (own := self.next_own_ns()) is not None:
            moments.append(own)
        return min(moments, default=None)

    def next_own_ns(self) -> int | None:
        """The same of events of the sensor itself."""
        return self.pixels.moment_of(self._taken + 1) if self._sees else None

    def reach(self, moment: int) -> int:
        """A moment, or one before it: as far as events of the sensor can be taken in one piece."""
        last = self.pixels.moment_of(self._taken + _AT_ONCE) if self._sees else None
        return moment if last is None else min(moment, last)

    def run_to(self, moment: int) -> None:
        """Take all events up to a moment through, in the order of time; the sensor's own first."""
        due = []
        if self._sees:
            first, self._taken = self._taken + 1, self.pixels.count(moment)
            due.append(self.pixels.events(first, self._taken))
        if self._waiting:
            due.append(self._due(moment))
        events = DvsEvents.in_order(*due)
        if len(events):
            self._process(events)

    @property
    def _sees(self) -> bool:
        """Whether events of the sensor go anywhere."""
        return (
            self._passes_sensor
            and self._layer is not None
            and self._layer.config.is_observed
            and self.pixels.is_on
        )

    def _due(self, moment: int) -> DvsEvents:
        """The events of the host that are due, which wait no longer."""
        due = [part.where(part.moments <= moment) for part in self._waiting]
        rest = (part.where(part.moments > moment) for part in self._waiting)
        self._waiting = [part for part in rest if len(part)]
        return DvsEvents.in_order(*due)

    def _process(self, events: DvsEvents) -> None:
        if self._layer is None:
            return
        outcome = self._layer.process(events)
        raw, processed, passed = outcome.raw, outcome.processed, outcome.passed
        if raw is not None or processed is not None:
            self._outlets.monitored(raw, processed)
        if len(passed):
            for layer in self._layer.config.destinations:
                self._outlets.deliver_to_core(layer, passed.moments, passed.p, passed.y, passed.x)
