"""Arrays of fixed rank: taken as nested lists or arrays, kept as numpy, read as nested lists."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeAlias, cast

import attrs
import numpy as np
import numpy.typing as npt

from speckhal_mock.samna._pybind.casters import Caster, Loader, misfit

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
        """Takes what numpy turns into integers of the right rank and range without loss."""
        bounds = np.iinfo(self.dtype)
        index = "".join(f"[{axis}]" for axis in self.axes)
        wanted = f"integers in {bounds.min}..{bounds.max}, indexed {index} without ragged ends"

        def load(value: object) -> Words:
            try:
                array = np.asarray(value)
            except (TypeError, ValueError, RuntimeError) as error:
                raise misfit(member, wanted, value) from error
            if array.ndim != len(self.axes):
                raise misfit(member, wanted, value)
            if array.size and not (
                array.dtype.kind in "iub"
                and array.min() >= bounds.min
                and array.max() <= bounds.max
            ):
                raise misfit(member, wanted, value)
            return self._frozen(array)

        return load

    def read(self, kept: Words) -> object:
        """Nested lists, new each time."""
        return kept.tolist()

    to_json = read

    def describe(self, kept: Words) -> str:
        """Type and shape; there may be 65,536 of them."""
        return f"{self.dtype.__name__}{list(kept.shape)}"

    def _frozen(self, array: npt.ArrayLike) -> Words:
        words = np.array(array, dtype=self.dtype, order="C")
        words.flags.writeable = False
        return cast("Words", words)


Weights: TypeAlias = Annotated[
    list[list[list[list[int]]]], Tensor(np.int8, ("feature", "channel", "x", "y"))
]
Biases: TypeAlias = Annotated[list[int], Tensor(np.int16, ("feature",))]
Potentials: TypeAlias = Annotated[list[list[list[int]]], Tensor(np.int16, ("feature", "x", "y"))]
