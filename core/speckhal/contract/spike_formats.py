"""Spikes from and to what other programs have: structured arrays, rasters, and NIR data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import InputError
from speckhal.contract.spike_fields import as_int64, nir_columns, whole_values
from speckhal.contract.spike_rasters import (
    counts_at,
    map_shape,
    raster_counts,
    refuse_too_many,
    seed_of,
    step_us,
)

if TYPE_CHECKING:
    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal.contract.address import Shape

    Column = npt.NDArray[np.int64]

US_PER_S: Final = 1_000_000
EVENT_TYPE: Final = np.dtype([("x", "i8"), ("y", "i8"), ("t", "i8"), ("p", "i8")])
"""Of what `Spikes.to_structured` returns: tonic's fields, wide enough for any spike."""


class NirEvents(NamedTuple):
    """One sample of events as NIRData has them: `nir.EventData(*events)` where nir offers that.

    Attributes:
        idx: index of each event's neuron in a flat map, int64, (1, events).
        time: of each event in seconds, float64, (1, events).
        n_neurons: neurons of the map.
        t_max: until when was recorded, in seconds.
    """

    idx: npt.NDArray[np.int64]
    time: npt.NDArray[np.float64]
    n_neurons: int
    t_max: float


class SpikeFormats:
    """The ways from and to other formats that `Spikes` has."""

    __slots__ = ()

    time_us: Column
    layer: Column
    channel: Column
    y: Column
    x: Column

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            time_us: npt.ArrayLike,
            layer: npt.ArrayLike,
            channel: npt.ArrayLike,
            y: npt.ArrayLike = 0,
            x: npt.ArrayLike = 0,
        ) -> None: ...

    @classmethod
    def from_structured(cls, events: npt.NDArray[Any], *, layer: int) -> Self:
        """Spikes of a structured array as tonic's, in its order.

        Args:
            events: (events,), with a field `t` in microseconds, and as far as there are such `x`,
                `y`, and `p`, which becomes the channel; each of any type, if its values are whole.
            layer: index of the layer whose input they are for, or `SENSOR_INPUT`.

        Raises:
            InputError: it is no such array, or a value is negative or not whole.
        """
        names = getattr(getattr(events, "dtype", None), "names", None) or ()
        if "t" not in names:
            has = f"has the fields {', '.join(names)}" if names else "has no fields"
            raise InputError(
                f"Asked for spikes of a {type(events).__name__} that {has}, and none for the time.",
                hint="Give a structured array as tonic's, with the fields t, x, y and p.",
            )
        columns = [whole_values(events[name], name) if name in names else 0 for name in "tpyx"]
        return cls(time_us=columns[0], layer=layer, channel=columns[1], y=columns[2], x=columns[3])

    def to_structured(self) -> npt.NDArray[Any]:
        """A structured array as tonic's, (spikes,): x, y, t in microseconds, and the channel as p.

        Raises:
            InputError: they are of several layers, which such an array does not say.
        """
        self._refuse_several_layers("a structured array")
        events = np.empty(len(self.time_us), EVENT_TYPE)
        for name, column in zip("xytp", (self.x, self.y, self.time_us, self.channel), strict=True):
            events[name] = column
        return events

    @classmethod
    def from_raster(
        cls,
        raster: npt.ArrayLike,
        *,
        layer: int,
        dt_us: int,
        shuffle_seed: int | None = None,
    ) -> Self:
        """Spikes of a raster as sinabs': each at the beginning of its time step.

        Within a step they are in the order of channel, y and x, as sinabs sends them to a chip.
        With excitatory and inhibitory channels that order matters: a chip takes spike by spike.

        Args:
            raster: how many spikes, (steps, channels, height, width) or (steps, channels): an
                array, or a tensor of torch. A count above 1 becomes as many spikes.
            layer: index of the layer whose input they are for, or `SENSOR_INPUT`.
            dt_us: microseconds of a time step.
            shuffle_seed: to shuffle those of each step, the same way for the same seed; None leaves
                them in that order.

        Raises:
            InputError: it has other axes, or what is not a number of spikes; or `dt_us` is not a
                whole number from 1.
        """
        counts, duration_us = raster_counts(raster), step_us(dt_us)
        refuse_too_many(counts, duration_us)
        seed = None if shuffle_seed is None else seed_of(shuffle_seed)
        where = np.argwhere(counts)
        rows = np.repeat(where, counts[tuple(where.T)], axis=0)
        if seed is not None:
            rows = np.random.default_rng(seed).permutation(rows)
            rows = rows[np.argsort(rows[:, 0], kind="stable")]
        step, channel, y, x = rows.T
        return cls(time_us=step * duration_us, layer=layer, channel=channel, y=y, x=x)

    def to_raster(
        self, shape: Shape, *, dt_us: int, steps: int | None = None
    ) -> npt.NDArray[np.int64]:
        """How many spikes came in each time step, int64, (steps, channels, height, width).

        sinabs takes it as `torch.from_numpy(raster).float()`.

        Args:
            shape: (channels, height, width) of the map that they are of.
            dt_us: microseconds of a time step.
            steps: how many; None for as many as they take.

        Raises:
            InputError: they are of several layers, one lies outside of that shape or comes after
                the last step, it is too large, or `dt_us` or `steps` is not a whole number.
        """
        self._refuse_several_layers("a raster")
        step = self.time_us // step_us(dt_us)
        needed = int(step.max()) + 1 if len(step) else 0
        count = needed if steps is None else whole_number(steps)
        if count is None or count < needed:
            raise InputError(
                f"Asked for a raster of {steps!r} steps, and the spikes take {needed}.",
                hint="Leave out steps=, or choose the earlier ones: "
                "spikes[spikes.time_us < steps * dt_us].",
            )
        sizes = (count, *self._refuse_outside(shape))
        return counts_at((step, self.channel, self.y, self.x), sizes)

    @classmethod
    def from_nirdata(cls, data: object, *, layer: int, shape: Shape, sample: int = 0) -> Self:
        """Spikes of one sample of events as NIRData has them, in its order.

        Args:
            data: a `nir.EventData`, or what has its `idx` and `time`, in seconds; an `idx` of -1 is
                no event. Times are rounded to microseconds.
            layer: index of the layer whose input they are for, or `SENSOR_INPUT`.
            shape: (channels, height, width) of its map, which `idx` counts through with x fastest.
            sample: which of the samples.

        Raises:
            InputError: it has no such attributes or no such sample, a time is not finite or is
                negative, or the map has no such neuron.
        """
        shape = map_shape(shape)
        idx, time_s = nir_columns(data, sample)
        is_event = idx != -1
        neurons, times_us = idx[is_event], np.rint(time_s[is_event] * US_PER_S)
        size = int(np.prod(shape))
        if ((neurons < 0) | (neurons >= size)).any() or not np.isfinite(times_us).all():
            raise InputError(
                f"Asked for spikes of a map of {shape} (channels, height, width), and not every "
                f"event has a time and a neuron from 0 to {size - 1}.",
                hint="Give the shape of the map that the events are of.",
            )
        channel, y, x = np.unravel_index(neurons.astype(np.int64), shape)
        time_us = as_int64(times_us, "events at microsecond")
        return cls(time_us=time_us, layer=layer, channel=channel, y=y, x=x)

    def to_nirdata(self, shape: Shape, *, t_max_us: int | None = None) -> NirEvents:
        """Events as NIRData has them, one sample, in their order: `nir.EventData(*events)`.

        Args:
            shape: (channels, height, width) of the map that they are of.
            t_max_us: until when was recorded, in microseconds; None for the last spike.

        Raises:
            InputError: they are of several layers, one lies outside of that shape, or `t_max_us` is
                not a whole number.
        """
        self._refuse_several_layers("events of NIRData")
        shape = self._refuse_outside(shape)
        last_us = int(self.time_us.max(initial=0)) if t_max_us is None else whole_number(t_max_us)
        if last_us is None or abs(last_us) >= 2**63:
            raise InputError(
                f"Asked for events recorded until {t_max_us!r} us, and that is no whole number of "
                f"64 bits.",
                hint="Give microseconds, or leave out t_max_us=.",
            )
        idx = np.ravel_multi_index((self.channel, self.y, self.x), shape)
        time_s = self.time_us / US_PER_S
        size = int(np.prod(shape))
        return NirEvents(idx[np.newaxis], time_s[np.newaxis], size, last_us / US_PER_S)

    def _refuse_several_layers(self, what: str) -> None:
        if (self.layer != self.layer[:1]).any():
            layers = np.unique(self.layer).tolist()
            raise InputError(
                f"Asked for {what}, which is of one map, and the spikes are of layers {layers}.",
                hint=f"Take those of one: spikes.of_layer({layers[0]}).",
            )

    def _refuse_outside(self, shape: Shape) -> Shape:
        """The shape of a map that has a neuron for each spike."""
        shape = map_shape(shape)
        columns = (self.channel, self.y, self.x)
        outside = np.zeros(len(self.time_us), bool)
        for column, size in zip(columns, shape, strict=True):
            outside |= column >= size
        if outside.any():
            channel, y, x = (column[outside][0] for column in columns)
            raise InputError(
                f"Asked for the spikes of a map of {shape} (channels, height, width), and one is "
                f"of channel {channel}, y {y}, x {x}.",
                hint="Give the shape of the map that the spikes are of.",
            )
        return shape
