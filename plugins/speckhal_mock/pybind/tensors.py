"""Arrays of fixed rank: taken as nested lists or arrays, kept as numpy, read as nested lists.

samna calls these tensor arrays, and has a caster of its own for them, of which little is known:
programs give it nested lists and numpy arrays of integers. Of these, this takes what pybind11 takes
for nested vectors, item by item. That it takes torch's tensors of integers too is assumed, and
what else it may do with other values is left out: `tolist()` always works.
"""

from __future__ import annotations

import itertools
from typing import Annotated, Any, ClassVar, Final, TypeAlias, cast

import attrs
import numpy as np
import numpy.typing as npt

from speckhal_mock.pybind import conversions
from speckhal_mock.pybind.casters import Caster, Loader, misfit

Words: TypeAlias = npt.NDArray[np.int8] | npt.NDArray[np.int16]


@attrs.frozen
class Tensor(Caster[Words]):
    """A C++ tensor of 8-bit or 16-bit integers; what is kept is never written to.

    Attributes:
        dtype: of the words.
        axes: what each axis counts, in order.
    """

    dtype: type[np.int8 | np.int16]
    axes: tuple[str, ...]
    reads_copies: ClassVar[bool] = True

    def initial(self, _default: object) -> Words:
        """One zero, to go with the default dimensions of 1 x 1 x 1."""
        return self._frozen(np.zeros((1,) * len(self.axes)))

    def loader(self, member: str) -> Loader[Words]:
        """Takes nested lists of what is an integer to pybind11, and whole arrays of these."""
        bounds = np.iinfo(self.dtype)
        index = "".join(f"[{axis}]" for axis in self.axes)
        wanted = f"integers in {bounds.min}..{bounds.max}, indexed {index} without ragged ends"

        def load(value: object) -> Words:
            array = _integers(value, len(self.axes))
            if array is None or (
                array.size and not bounds.min <= array.min() <= array.max() <= bounds.max
            ):
                raise misfit(member, wanted, value)
            return self._frozen(array)

        return load

    def read(self, kept: Words) -> object:
        """Nested lists, new each time."""
        return kept.tolist()

    def describe(self, kept: Words) -> str:
        """Type and shape; there may be 65,536 of them."""
        return f"{self.dtype.__name__}{list(kept.shape)}"

    def _frozen(self, array: npt.ArrayLike) -> Words:
        words = np.array(array, dtype=self.dtype, order="C")
        words.flags.writeable = False
        return cast("Words", words)


def _integers(value: object, rank: int) -> npt.NDArray[np.integer[Any]] | None:
    """`value` as an array of that rank of integers of any size; None if it is not one."""
    if _is_plain(value, rank) or (hasattr(value, "ndim") and not _is_of_objects(value)):
        array = _at_once(value)
    else:
        array = _one_by_one(value, rank)
    return array if array is not None and array.ndim == rank else None


def _is_plain(value: object, rank: int) -> bool:
    """Whether it is lists in lists of nothing but Python's integers, which numpy makes alike."""
    level = [value]
    for _ in range(rank):
        if set(map(type, level)) != {list} or not all(level):
            return False
        level = [*itertools.chain.from_iterable(cast("list[list[object]]", level))]
    return set(map(type, level)) <= {int, bool}


def _is_of_objects(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "O"


def _at_once(value: object) -> npt.NDArray[np.integer[Any]] | None:
    """What pybind11 makes of each item, without making an object of each."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):  # ragged; or torch's, with a gradient
        return None
    if isinstance(value, np.ndarray) and array.dtype.kind == "f" and array.dtype != np.float64:
        # these are numbers and no Python floats, so that each loses what is behind its point
        return array.astype(np.int64) if bool((np.abs(array) < _FAR_BEYOND).all()) else None
    return array if array.dtype.kind in "iub" else None


def _one_by_one(value: object, rank: int) -> npt.NDArray[np.integer[Any]] | None:
    """What pybind11 makes of lists in lists, `rank` deep."""
    given = conversions.items(value)
    if given is None:
        return None
    if rank == 1:
        numbers = [conversions.whole_number(item) for item in given]
        fit = all(number is not None and abs(number) < _FAR_BEYOND for number in numbers)
        return np.array(numbers, dtype=np.int64) if fit else None
    rows = [array for row in given if (array := _integers(row, rank - 1)) is not None]
    if len(rows) != len(given) or len({array.shape for array in rows}) > 1:
        return None
    return np.stack(rows) if rows else np.zeros((0,) * rank, dtype=np.int64)


_FAR_BEYOND: Final = 1 << 31
"""No tensor has room for such a number; numpy's integers still have."""

Weights: TypeAlias = Annotated[
    list[list[list[list[int]]]], Tensor(np.int8, ("feature", "channel", "x", "y"))
]
Biases: TypeAlias = Annotated[list[int], Tensor(np.int16, ("feature",))]
Potentials: TypeAlias = Annotated[list[list[list[int]]], Tensor(np.int16, ("feature", "x", "y"))]
