"""What the layers of the vendor's simulator compute, event by event and in floats.

From sinabs' page on specksim: a layer finishes what it gets before the next one begins, biases are
not simulated, and what leaves has the time stamp of the input that led to it. What neither that
page nor sinabs' code says is an option, by a name that begins with `specksim_`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal_mock.emulation.options import EmulationOptions

    Whole: TypeAlias = npt.NDArray[np.int64]
    Real: TypeAlias = npt.NDArray[np.float64]

Pair: TypeAlias = tuple[int, int]
"""Of rows and columns, in this order."""

_AT_ONCE: Final = 1 << 18
"""How many products of spikes and weights are held in memory at a time."""


@attrs.frozen(eq=False)
class EventColumns:
    """Spikes in the order in which a layer gets them, as arrays of one length.

    Attributes:
        feature: number of the feature.
        y: row.
        x: column.
        timestamp: time of the input that led to it.
    """

    feature: Whole
    y: Whole
    x: Whole
    timestamp: Whole

    def __len__(self) -> int:
        return len(self.feature)

    def outside(self, features: int | None, shape: Pair) -> npt.NDArray[np.bool_]:
        """Whether each one is not within a layer's input; None for any number of features."""
        outside = (self.y >= shape[0]) | (self.x >= shape[1])
        return outside if features is None else outside | (self.feature >= features)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Self:
        """Those where `chosen` is True."""
        return attrs.evolve(
            self,
            **{field.name: getattr(self, field.name)[chosen] for field in attrs.fields(type(self))},
        )


@attrs.frozen(eq=False)
class WeightedColumns(EventColumns):
    """What a convolution makes of spikes: what each adds to a neuron.

    Attributes:
        weight: what it adds.
    """

    weight: Real


@attrs.frozen(eq=False)
class Convolution:
    """Turns each spike into one weighted event for each neuron behind it, without biases.

    Attributes:
        in_shape: rows and columns of what comes in.
        weights: (features out, features in, kernel rows, kernel columns), as torch has them.
        stride: of rows and columns.
        padding: of rows and columns.
        features_first: whether one spike's events go feature by feature, and each by position.
        with_zeros: whether a weight of 0 makes an event too.
    """

    in_shape: Pair
    weights: Real
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    features_first: bool = True
    with_zeros: bool = True

    @property
    def out_shape(self) -> Pair:
        """Rows and columns of what comes out."""
        rows, columns = (
            (size + 2 * padding - kernel) // stride + 1
            for size, padding, kernel, stride in zip(
                self.in_shape, self.padding, self.weights.shape[2:], self.stride, strict=True
            )
        )
        return rows, columns

    def __call__(self, spikes: EventColumns) -> Iterator[WeightedColumns]:
        """Weighted events of `spikes`, in parts that fit in memory."""
        each = max(1, _AT_ONCE // max(1, self.weights[:, 0].size))
        for first in range(0, len(spikes), each):
            part = slice(first, first + each)
            yield self._convolve(
                spikes.feature[part], spikes.y[part], spikes.x[part], spikes.timestamp[part]
            )

    def _convolve(self, feature: Whole, y: Whole, x: Whole, timestamp: Whole) -> WeightedColumns:
        # backwards over the kernel: rows and columns that come out ascend
        hit_y, out_y = self._reached(y, 0)
        hit_x, out_x = self._reached(x, 1)
        weights = self.weights[:, feature, ::-1, ::-1].transpose(1, 0, 2, 3)
        hit = np.broadcast_to((hit_y[:, :, None] & hit_x[:, None, :])[:, None], weights.shape)
        if not self.with_zeros:
            hit = hit & (weights != 0)
        if self.features_first:
            which, out, row, column = np.nonzero(hit)
        else:
            which, row, column, out = np.nonzero(hit.transpose(0, 2, 3, 1))
        return WeightedColumns(
            feature=out,
            y=out_y[which, row],
            x=out_x[which, column],
            timestamp=timestamp[which],
            weight=weights[which, out, row, column],
        )

    def _reached(self, place: Whole, axis: int) -> tuple[npt.NDArray[np.bool_], Whole]:
        """Whether each spike reaches an output by each place of the kernel, and which one."""
        kernel, stride = self.weights.shape[2 + axis], self.stride[axis]
        moved = place[:, None] + self.padding[axis] - np.arange(kernel)[::-1]
        out = moved // stride
        return (moved >= 0) & (moved % stride == 0) & (out < self.out_shape[axis]), out


@attrs.frozen(eq=False)
class SumPooling:
    """Passes each spike on with its row and column divided.

    Attributes:
        in_shape: rows and columns of what comes in.
        kernel: rows and columns that become one; what is left over at the end is dropped.
    """

    in_shape: Pair
    kernel: Pair

    @property
    def out_shape(self) -> Pair:
        """Rows and columns of what comes out."""
        return self.in_shape[0] // self.kernel[0], self.in_shape[1] // self.kernel[1]

    def __call__(self, spikes: EventColumns) -> Iterator[EventColumns]:
        """The spikes behind the pooling."""
        y, x = spikes.y // self.kernel[0], spikes.x // self.kernel[1]
        rows, columns = self.out_shape
        kept = (y < rows) & (x < columns)
        yield attrs.evolve(spikes, y=y, x=x).where(kept)


@attrs.define(eq=False)
class IntegrateAndFire:
    """Neurons without leak: each event adds its weight to one, which then may fire.

    Attributes:
        v_mem: (features, rows, columns) membrane potentials.
        threshold: a neuron fires at or above this.
        min_v_mem: no event leaves a neuron below this.
        many_spikes: whether one event makes as many spikes as the threshold fits in, or one.
        to_zero: whether a neuron that fires becomes 0; otherwise it loses the threshold.
    """

    v_mem: Real
    threshold: float
    min_v_mem: float
    many_spikes: bool = False
    to_zero: bool = False

    def __call__(self, events: WeightedColumns) -> Iterator[EventColumns]:
        """The spikes that weighted events cause, each at the place of the event that caused it."""
        places = np.ravel_multi_index((events.feature, events.y, events.x), self.v_mem.shape)
        cause = np.repeat(np.arange(len(events)), self._update(places, events.weight))
        columns = (events.feature, events.y, events.x, events.timestamp)
        yield EventColumns(*(column[cause] for column in columns))

    def reset(self) -> None:
        """Set every membrane potential to 0."""
        self.v_mem[...] = 0

    def _update(self, places: Whole, weights: Real) -> Whole:
        """How often each event makes its neuron fire.

        Neurons do not see each other: the first event of each is done at once, then the second.
        """
        states, fired = self.v_mem.reshape(-1), np.zeros(len(places), dtype=np.int64)
        for turn in _turns(places):
            at = places[turn]
            v = states[at] + weights[turn]
            times = np.where(v >= self.threshold, 1, 0)
            if self.many_spikes:
                times = np.maximum(np.floor(v / self.threshold).astype(np.int64), times) * times
            v = np.where(times > 0, 0.0 if self.to_zero else v - times * self.threshold, v)
            states[at] = np.maximum(v, self.min_v_mem)
            fired[turn] = times
        return fired


def _turns(places: Whole) -> Iterator[Whole]:
    """Numbers of events, in parts that have each place once: its first event, its second, ..."""
    by_place = np.argsort(places, kind="stable")
    arranged = places[by_place]
    begins = np.flatnonzero(np.r_[True, arranged[1:] != arranged[:-1]][: len(arranged)])
    lengths = np.diff(np.r_[begins, len(arranged)])
    turn = np.arange(len(arranged)) - np.repeat(begins, lengths)
    by_turn = by_place[np.argsort(turn, kind="stable")]
    ends = np.cumsum(np.bincount(turn))
    yield from np.split(by_turn, ends[:-1]) if len(places) else ()


def convolution(
    weights: Real, in_shape: Pair, stride: Pair, padding: Pair, options: EmulationOptions
) -> Convolution:
    """A convolution, as the options of the emulation have it."""
    return Convolution(
        in_shape,
        weights,
        stride,
        padding,
        features_first=options.specksim_order == "feature",
        with_zeros=options.specksim_zero_weights == "update",
    )


def integrate_and_fire(
    features: int, shape: Pair, threshold: float, min_v_mem: float, options: EmulationOptions
) -> IntegrateAndFire:
    """Neurons at 0, as the options of the emulation have them."""
    return IntegrateAndFire(
        np.zeros((features, *shape)),
        threshold,
        min_v_mem,
        many_spikes=options.specksim_spikes == "all",
        to_zero=options.specksim_reset == "zero",
    )
