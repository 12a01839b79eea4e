"""Requests to the sensor and to the readout, and what the sensor sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.emulation.memory_requests import MemoryRequests
from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE
from speckhal_mock.emulation.sensor.scene import EvenScene, RecordedScene

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.chip import EmulatedChip
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.sensor.dvs_filter import DvsFilter
    from speckhal_mock.emulation.sensor.dvs_layer import DvsLayer
    from speckhal_mock.emulation.sensor.path import SensorPath
    from speckhal_mock.emulation.sensor.scene import Scene
    from speckhal_mock.emulation.ticks import TickFeed
    from speckhal_mock.emulation.timeline import Timeline


class SensorRequests(MemoryRequests):
    """What can be asked of sensor and readout, each done one read latency after it is sent.

    Args:
        chip: whose memories can be read and written, too.
        timeline: when what falls due.
        feed: the ticks of the slow clocks, one of which counts the sensor's events.
        sensor: its pixels, and the pre-processing behind them.
        options: what is assumed of the board.
    """

    def __init__(
        self,
        chip: EmulatedChip,
        timeline: Timeline,
        feed: TickFeed,
        sensor: SensorPath,
        options: EmulationOptions,
    ) -> None:
        super().__init__(chip, timeline, latency_s=options.read_latency_s)
        self._ticks = feed
        self._sensor = sensor
        self._pixels = sensor.pixels
        self._scene_is_given = options.gives_scene

    @property
    def scene_is_given(self) -> bool:
        """Whether anybody said what the sensor sees, be it nothing that moves."""
        return self._scene_is_given

    @property
    def sees_motion(self) -> bool:
        """Whether the sensor, once it is on, ever makes events."""
        return self._pixels.sees_motion

    def sensor_sends_within(self, span_ns: int) -> bool:
        """Whether the sensor's own next event, if it goes anywhere, is nearer than that."""
        with self._timeline.alone() as now:
            coming = self._sensor.next_own_ns()
            return coming is not None and coming - now < span_ns

    def show(self, scene: Scene) -> None:
        """Let the chip's sensor see another scene, such as a `RecordedScene`, from now on.

        It begins now if the sensor is on, and begins anew whenever a configuration is written.

        Raises:
            NotEmulatedError: what is due cannot be emulated, and nothing has raised that yet.
        """
        self._scene_is_given = True
        with self._timeline.changing() as now, self._ticks.changing(now):
            self._pixels.show(now, scene)

    def kill_pixels(self, y: npt.ArrayLike, x: npt.ArrayLike) -> None:
        """Ask for pixels of the sensor, of columns of the shape (n,), to be switched off.

        Their events no longer come, and the internal slow clock no longer counts them. Events that
        the host sends are not of the sensor.

        Raises:
            ValueError: the sensor has no such pixel.
        """
        rows, columns = np.atleast_1d(y), np.atleast_1d(x)
        check_pixels(rows, columns)
        self._switch_pixels(lambda due_ns: self._pixels.kill(due_ns, rows, columns))

    def revive_pixels(self) -> None:
        """Ask for all pixels of the sensor to be switched on again."""
        self._switch_pixels(self._pixels.revive)

    def read_filter(self, y: npt.ArrayLike, x: npt.ArrayLike) -> None:
        """Ask for counters of the sensor's filter, of columns of the shape (n,).

        Of a pixel it keeps the count of its slow clock, in 16 bits, at which that last had an
        event (source: samna reference, FilterValue; dev kit data sheet, 3.2.2). What it keeps of
        one without an event is not published: 0 comes, with a warning.

        Raises:
            ValueError: the sensor has no such pixel.
            NotEmulatedError: the filter is off, or follows no events here.
        """
        rows, columns = np.atleast_1d(y), np.atleast_1d(x)
        check_pixels(rows, columns)

        def serve(_layer: DvsLayer, kept: DvsFilter, _moment: int) -> None:
            counters = kept.counters(rows, columns)
            if (counters < 0).any():
                warn_user(
                    "A counter of the sensor's filter was asked for, of a pixel without an event "
                    "since the configuration was written. What a chip has there is not published; "
                    "0 is given. Write it before, by WriteFilterValue.",
                    EmulationWarning,
                )
            if self.outputs is not None:
                self.outputs.filter_values(rows, columns, np.maximum(counters, 0))

        self._ask_filter("read", serve)

    def write_filter(self, y: npt.ArrayLike, x: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Ask for other counters of the sensor's filter, each the last count with these 16 bits.

        Raises:
            ValueError: the sensor has no such pixel.
            NotEmulatedError: as for `read_filter`.
        """
        rows, columns, words = np.atleast_1d(y), np.atleast_1d(x), np.atleast_1d(values)
        check_pixels(rows, columns)
        self._ask_filter(
            "write",
            lambda layer, kept, due_ns: kept.write(
                rows, columns, words, layer.filter_count(due_ns)
            ),
        )

    def set_readout_mode(self, mode: int) -> None:
        """Ask for another output mode of the readout."""
        readout = self._ticks.readout
        self._timeline.send(lambda: readout.set_mode(mode), latency_ns=self._latency_ns)

    def select_readout(self, index: int) -> None:
        """Ask for the average of another class in the readout's output mode 2."""
        readout = self._ticks.readout
        self._timeline.send(lambda: readout.select(index), latency_ns=self._latency_ns)

    def _ask_filter(self, what: str, serve: Callable[[DvsLayer, DvsFilter, int], None]) -> None:
        """Let something be done with the filter one latency from now."""
        self._filter_of(what)
        self._timeline.send(
            lambda: serve(*self._filter_of(what), self._timeline.serving_ns),
            latency_ns=self._latency_ns,
        )

    def _filter_of(self, what: str) -> tuple[DvsLayer, DvsFilter]:
        layer = self._sensor.layer
        if layer is None or layer.filter is None:
            raise NotEmulatedError(
                f"Asked to {what} counters of the sensor's filter, which is off: what its memory "
                f"does then is not published. Set dvs_filter.enable."
            )
        if not self._sensor.follows_sensor:
            raise NotEmulatedError(
                f"Asked to {what} counters of the sensor's filter, and its events go nowhere, so "
                f"that the emulation does not follow them. Set dvs_layer.monitor_enable, or enable "
                f"a destination."
            )
        return layer, layer.filter

    def _switch_pixels(self, switch: Callable[[int], None]) -> None:
        """Let the sensor's pixels be switched one latency from now, at the moment that is given."""

        def serve() -> None:
            with self._ticks.changing(self._timeline.serving_ns):
                switch(self._timeline.serving_ns)

        self._timeline.send(serve, latency_ns=self._latency_ns)


def check_pixels(y: npt.NDArray[np.int64], x: npt.NDArray[np.int64]) -> None:
    """Raise ValueError where the sensor has no such pixel."""
    for name, places in (("y", y), ("x", x)):
        if outside := places[(places < 0) | (places >= SENSOR_SIZE)].tolist():
            raise ValueError(
                f"The sensor has no pixel at {name} {outside[0]}; it has pixels "
                f"0..{SENSOR_SIZE - 1}."
            )


def scene_of(options: EmulationOptions) -> Scene:
    """What the sensor sees before anything else is shown to it."""
    if options.dvs_scene is not None:
        return RecordedScene.load(options.dvs_scene)
    return EvenScene(options.dvs_event_rate_hz or 0)
