"""The pixels of the sensor: when which of them makes an event, and which are switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE, DvsEvents

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy.typing as npt

    from speckhal_mock.emulation.sensor.scene import Scene


class Pixels:
    """Raw events of the sensor since it was last switched on, numbered from 1.

    The scene begins when the sensor is switched on, or when it is shown to a sensor that is on.
    All moments are nanoseconds that never fall. Events that came before the last change of scene
    or pixels are counted; when they came is not remembered.

    Args:
        scene: what the sensor sees.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._on = False
        self._alive = np.ones(SENSOR_SIZE * SENSOR_SIZE, dtype=np.bool_)
        self._origin_ns = 0
        self._changed_ns = 0
        self._counted = 0
        self._skipped = 0
        self._living_before = np.zeros(1, dtype=np.int64)
        self._index_scene()

    @property
    def is_on(self) -> bool:
        """Whether the sensor is on, and its scene ever moves."""
        return self._on and self.sees_motion

    @property
    def sees_motion(self) -> bool:
        """Whether the scene ever makes events of pixels that are not switched off."""
        return self._scene.rate_hz > 0 and bool(self._living_before[-1])

    @property
    def rate_hz(self) -> Fraction:
        """Events per second, on average, of the pixels that are not switched off."""
        share = int(self._living_before[-1])
        return self._scene.rate_hz * share / max(1, len(self._living_before) - 1)

    def restart(self, moment: int, *, on: bool) -> None:
        """Begin the scene and the count anew; all pixels stay as they are."""
        self._on = on
        self._origin_ns = self._changed_ns = moment
        self._counted = self._skipped = 0

    def show(self, moment: int, scene: Scene) -> None:
        """Let the sensor see another scene from now on."""
        self._counted = self.count(moment)
        self._scene = scene
        self._origin_ns = self._changed_ns = moment
        self._skipped = 0
        self._index_scene()

    def kill(self, moment: int, y: npt.ArrayLike, x: npt.ArrayLike) -> None:
        """Switch pixels off: one, or those of columns of the shape (n,)."""
        self._switch(moment, np.asarray(y) * SENSOR_SIZE + np.asarray(x), on=False)

    def revive(self, moment: int) -> None:
        """Switch all pixels on again."""
        self._switch(moment, slice(None), on=True)

    def count(self, moment: int) -> int:
        """How many events have come by then."""
        if not self._on:
            return self._counted
        shown = self._scene.count(max(0, moment - self._origin_ns))
        return self._counted + self._living(shown) - self._living(self._skipped)

    def moment_of(self, number: int) -> int | None:
        """When the event of that number comes; None if it never does."""
        if number <= self._counted:
            return self._changed_ns
        shown = self._shown_at(number) if self.is_on else None
        elapsed = None if shown is None else self._scene.elapsed_ns(shown)
        return None if elapsed is None else max(self._changed_ns, self._origin_ns + elapsed)

    def events(self, first: int, last: int) -> DvsEvents:
        """Those with the numbers from `first` to `last`, which came since the last change."""
        begin, end = self._shown_at(first), self._shown_at(last)
        if last < first or begin is None or end is None:
            return DvsEvents.in_order()
        shown = self._scene.events(begin, end).later(self._origin_ns)
        if self._alive.all():
            return shown
        return shown.where(self._alive[shown.y * SENSOR_SIZE + shown.x])

    def _switch(self, moment: int, which: slice | npt.NDArray[np.int64], *, on: bool) -> None:
        self._counted = self.count(moment)
        self._skipped = self._scene.count(max(0, moment - self._origin_ns)) if self._on else 0
        self._changed_ns = moment
        self._alive[which] = on
        self._index_scene()

    def _index_scene(self) -> None:
        """How many of the first events of the scene, before it repeats, are of living pixels."""
        living = np.cumsum(self._alive[self._scene.pixels])
        self._living_before = np.concatenate((np.zeros(1, dtype=np.int64), living))

    def _living(self, shown: int) -> int:
        """How many of the first events of the scene are of living pixels."""
        rounds, rest = divmod(shown, max(1, len(self._living_before) - 1))
        return rounds * int(self._living_before[-1]) + int(self._living_before[rest])

    def _shown_at(self, number: int) -> int | None:
        """Which event of the scene is the sensor's event of that number; None if no event is."""
        wanted = number - self._counted + self._living(self._skipped)
        living = int(self._living_before[-1])
        if not living or wanted < 1:
            return None
        rounds, rest = divmod(wanted - 1, living)
        place = int(np.searchsorted(self._living_before, rest, side="right"))
        return rounds * (len(self._living_before) - 1) + place
