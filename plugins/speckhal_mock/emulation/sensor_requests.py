"""Requests to the sensor and to the readout, and what the sensor sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE
from speckhal_mock.emulation.sensor.scene import EvenScene, RecordedScene
from speckhal_mock.emulation.timeline import MemoryRequests

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.chip import EmulatedChip
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.sensor.pixels import Pixels
    from speckhal_mock.emulation.sensor.scene import Scene
    from speckhal_mock.emulation.ticks import TickFeed
    from speckhal_mock.emulation.timeline import Timeline


class SensorRequests(MemoryRequests):
    """What can be asked of sensor and readout, each done one read latency after it is sent.

    Args:
        chip: whose memories can be read and written, too.
        timeline: when what falls due.
        feed: the ticks of the slow clocks, one of which counts the sensor's events.
        pixels: of the sensor.
        options: what is assumed of the board.
    """

    def __init__(
        self,
        chip: EmulatedChip,
        timeline: Timeline,
        feed: TickFeed,
        pixels: Pixels,
        options: EmulationOptions,
    ) -> None:
        super().__init__(chip, timeline, latency_s=options.read_latency_s)
        self._ticks = feed
        self._pixels = pixels
        self._scene_is_given = options.gives_scene

    @property
    def scene_is_given(self) -> bool:
        """Whether anybody said what the sensor sees, be it nothing that moves."""
        return self._scene_is_given

    @property
    def sees_motion(self) -> bool:
        """Whether the sensor, once it is on, ever makes events."""
        return self._pixels.sees_motion

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

    def set_readout_mode(self, mode: int) -> None:
        """Ask for another output mode of the readout."""
        readout = self._ticks.readout
        self._timeline.send(lambda: readout.set_mode(mode), latency_ns=self._latency_ns)

    def select_readout(self, index: int) -> None:
        """Ask for the average of another class in the readout's output mode 2."""
        readout = self._ticks.readout
        self._timeline.send(lambda: readout.select(index), latency_ns=self._latency_ns)

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
