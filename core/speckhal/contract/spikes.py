"""Spikes as arrays: when each came, and of or for which neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.arrays import plain_array, whole_number
from speckhal.contract.errors import InputError
from speckhal.contract.spike_formats import SpikeFormats
from speckhal.contract.spike_rasters import counts_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal.contract.address import Shape

    Column = npt.NDArray[np.int64]

SENSOR_INPUT: Final = -1
"""In place of a layer's index: the input of the vision sensor's path. The channel of such a spike
is its polarity, 0 (off) or 1 (on), and y and x are those of its pixel."""

COLUMNS: Final = ("time_us", "layer", "channel", "y", "x")


@attrs.frozen(eq=False, init=False, repr=False)
class Spikes(SpikeFormats):
    """Spikes in any order, in five columns of the same length, which nobody can write to.

    Given to `OpenDevice.stimulate`, a spike is for the input of a layer: its coordinates are those
    of that layer's input map. What comes back is of the neurons of a layer: its coordinates are
    those of the layer's own map. Each column may be given as one number for all spikes. Two are
    equal where all their columns are, in the same order.

    Attributes:
        time_us: microseconds from the beginning, int64, (spikes,).
        layer: index of the network layer, or `SENSOR_INPUT`, int64, (spikes,).
        channel: int64, (spikes,).
        y: int64, (spikes,).
        x: int64, (spikes,).

    Raises:
        InputError: a column is masked, is not flat, has another length, or holds what is not a
            whole number, or is negative (but for `SENSOR_INPUT`).
    """

    time_us: Column
    layer: Column
    channel: Column
    y: Column
    x: Column

    def __init__(
        self,
        *,
        time_us: npt.ArrayLike,
        layer: npt.ArrayLike,
        channel: npt.ArrayLike,
        y: npt.ArrayLike = 0,
        x: npt.ArrayLike = 0,
    ) -> None:
        given = (time_us, layer, channel, y, x)
        columns = [_checked(*pair) for pair in zip(COLUMNS, given, strict=True)]
        lengths = {len(one) for one in columns if one.ndim}
        if len(lengths) > 1:
            sizes = ", ".join(
                f"{len(one)} of {name}"
                for name, one in zip(COLUMNS, columns, strict=True)
                if one.ndim
            )
            raise InputError(
                f"Asked for spikes with columns of different lengths: {sizes}.",
                hint="Give one value for each spike, or one number for all of them.",
            )
        count = lengths.pop() if lengths else 1
        self.__attrs_init__(*(_read_only(one, count) for one in columns))

    @classmethod
    def concatenate(cls, parts: Iterable[Spikes]) -> Self:
        """All spikes of some parts, one part after another; without a part, no spikes.

        Raises:
            InputError: a part is not `Spikes`.
        """
        given: object = parts
        try:
            listed = list(parts)
        except TypeError:  # as of one number in an array, too
            listed = [given]  # type: ignore[list-item]  # refused below
        for part in listed:
            if not isinstance(part, Spikes):
                raise InputError(
                    f"Asked for spikes of parts, and a {type(part).__name__} is not Spikes.",
                    hint="Give a list of Spikes: Spikes.concatenate([first, second]).",
                )
        return cls(
            **{
                name: np.concatenate([getattr(part, name) for part in listed] or [_NOTHING])
                for name in COLUMNS
            }
        )

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers that it has spikes of, in rising order."""
        lowest, highest = (int(end(self.layer, initial=0)) for end in (np.min, np.max))
        if highest > _FEW_LAYERS:
            return tuple(np.unique(self.layer).tolist())
        # counting takes a tenth of the time of sorting
        found = np.bincount(self.layer - lowest)
        return tuple((np.flatnonzero(found) + lowest).tolist())

    def __len__(self) -> int:
        return len(self.time_us)

    def __getitem__(self, chosen: slice | int | npt.ArrayLike) -> Spikes:
        """The spikes of a slice, a mask, or positions; one position gives one spike.

        Raises:
            IndexError: there is no such spike, or the mask has another length.
            InputError: that makes no array.
        """
        by = chosen if isinstance(chosen, slice) else _positions(chosen)
        if not isinstance(by, slice) and not by.size and by.dtype != np.bool_:
            by = by.astype(np.int64)  # NumPy makes floats of an empty list
        return Spikes(**{name: np.atleast_1d(getattr(self, name)[by]) for name in COLUMNS})

    def sorted(self) -> Spikes:
        """The spikes in the order of time; those of one microsecond stay as they are."""
        if not (self.time_us[1:] < self.time_us[:-1]).any():
            return self
        return self[np.argsort(self.time_us, kind="stable")]

    def of_layer(self, layer: int) -> Spikes:
        """The spikes of one layer, by its index or `SENSOR_INPUT`; perhaps none.

        Raises:
            InputError: that is not a whole number.
        """
        is_of = self.layer == _whole(layer, f"of layer {layer!r}")
        return self if is_of.all() else self[is_of]  # which would take as much memory again

    def shifted(self, by_us: int) -> Spikes:
        """The same spikes, by that many microseconds later.

        Raises:
            InputError: one would be before 0, or `by_us` is not a whole number.
        """
        return Spikes(
            time_us=self.time_us + _whole(by_us, f"{by_us!r} us later"),
            layer=self.layer,
            channel=self.channel,
            y=self.y,
            x=self.x,
        )

    def counts(self, shape: Shape) -> npt.NDArray[np.int64]:
        """How many spikes each neuron has, (channels, height, width).

        Args:
            shape: (channels, height, width) of the map that their coordinates are of.

        Raises:
            InputError: they are of several layers, one lies outside of that shape, or that is not
                three whole numbers.
        """
        self._refuse_several_layers("spike counts")
        shape = self._refuse_outside(shape)
        return counts_at((self.channel, self.y, self.x), shape)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spikes):
            return NotImplemented
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in COLUMNS)

    __hash__ = None  # type: ignore[assignment]  # as Python makes it where `__eq__` is

    def __reduce__(self) -> tuple[Callable[..., Spikes], tuple[Column, ...]]:
        """Let spikes travel between processes, where nobody can write to them either."""
        return _made_of, tuple(getattr(self, name) for name in COLUMNS)

    def __repr__(self) -> str:
        if not len(self):
            return "<Spikes: 0>"
        names = ("the sensor's input" if one == SENSOR_INPUT else f"{one}" for one in self.layers)
        return (
            f"<Spikes: {len(self)}, layer {', '.join(names)}, "
            f"{self.time_us.min()} to {self.time_us.max()} us>"
        )


def _made_of(*columns: Column) -> Spikes:
    return Spikes(**dict(zip(COLUMNS, columns, strict=True)))


_NOTHING: Final = np.zeros(0, np.int64)
_FEW_LAYERS: Final = 1 << 16


def _checked(name: str, values: npt.ArrayLike) -> npt.NDArray[np.generic]:
    """One column, flat or one number, of whole numbers that are in order."""
    try:
        column = plain_array(values)
    except ValueError as error:
        raise InputError(
            f"Asked for spikes with {name} from {error}.",
            hint="Give one whole number for each spike, in a flat list or array.",
        ) from error
    if column.ndim > 1:
        raise InputError(
            f"Asked for spikes with {name} of shape {column.shape}.",
            hint="Give one whole number for each spike, in a flat list or array.",
        )
    if not column.size:
        return _NOTHING
    if column.dtype.kind not in "iu":  # NumPy's durations are integers to `issubdtype`
        _refuse_other_kinds(name, column)
    lowest, allowed = int(column.min()), SENSOR_INPUT if name == "layer" else 0
    if lowest < allowed or int(column.max()) > _INT64_MAX:
        wrong = lowest if lowest < allowed else int(column.max())
        raise InputError(
            f"Asked for spikes with {name} {wrong}, and it is from {allowed} to {_INT64_MAX}.",
            hint=f"Layers count from 0; {SENSOR_INPUT} is the sensor's input (SENSOR_INPUT)."
            if name == "layer"
            else "Count from 0.",
        )
    return column


def _refuse_other_kinds(name: str, column: npt.NDArray[np.generic]) -> None:
    """Refuse what is not of whole numbers; Python's, too large for NumPy, are."""
    what, hint = f"of type {column.dtype}", "Give one whole number for each spike."
    if column.dtype.kind == "f":
        hint = "Round it first, with numpy.rint(...).astype(numpy.int64)."
    elif column.dtype.kind == "b":
        hint = "Give numbers. A mask chooses among spikes: spikes[mask]."
    elif column.dtype.kind in "mM":
        hint = "Give microseconds: duration.astype('timedelta64[us]').astype(numpy.int64)."
    else:
        wrong = [one for one in column.ravel().tolist() if whole_number(one) is None]
        if not wrong:
            return
        what = repr(wrong[0])
    raise InputError(f"Asked for spikes with {name} {what}, and it is in whole numbers.", hint=hint)


def _positions(chosen: npt.ArrayLike) -> npt.NDArray[np.generic]:
    """What chooses among spikes, as an array."""
    try:
        by = np.asarray(chosen)
    except (ValueError, RuntimeError) as error:
        raise InputError(
            f"Asked for the spikes of a {type(chosen).__name__}, which makes no array: {error}",
            hint="Choose by a slice, a mask, or positions, as of an array.",
        ) from error
    if by.dtype.kind == "u" and by.size and int(by.max()) > _INT64_MAX:
        raise IndexError(f"Asked for spike {int(by.max())}, and there is none.")
    return by


def _whole(value: object, asked: str) -> int:
    number = whole_number(value)
    if number is None or abs(number) > _INT64_MAX:
        limits = "" if number is None else " of 64 bits"
        raise InputError(
            f"Asked for spikes {asked}, and that is not a whole number{limits}.",
            hint="Give a whole number, as an index of a layer or microseconds.",
        )
    return number


_INT64_MAX: Final = int(np.iinfo(np.int64).max)


def _read_only(column: npt.NDArray[np.generic], count: int) -> Column:
    """The column as it is kept: as it was given where nobody can write to that, else a copy."""
    if not column.ndim:
        kept = np.full(count, column, np.int64)
    elif column.flags.writeable or column.dtype != np.int64 or not column.flags.c_contiguous:
        kept = np.array(column, np.int64)
    else:
        return column.astype(np.int64, copy=False)
    kept.flags.writeable = False
    return kept
