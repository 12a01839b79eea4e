"""The memories of a core: words behind addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from speckhal.contract.address import Addresses

MemoryKind: TypeAlias = Literal["neuron", "bias", "weight"]
Word = TypeVar("Word", np.int8, np.int16)


class Memory(Generic[Word]):
    """Words of one kind on one core, all 0 at first.

    Args:
        core: the core it is on, for messages.
        kind: what the words are.
        size: number of words.
        word: type of a word.
        words: where they are, if others have to find them too.

    Attributes:
        kind: what the words are.
        words: the words, by address.
    """

    def __init__(
        self,
        core: int,
        kind: MemoryKind,
        size: int,
        word: type[Word],
        words: npt.NDArray[Word] | None = None,
    ) -> None:
        self._core = core
        self.kind = kind
        self._range: np.iinfo[Word] = np.iinfo(word)
        self.words: npt.NDArray[Word] = np.zeros(size, dtype=word) if words is None else words

    def addresses(self, addresses: npt.ArrayLike) -> Addresses:
        """The addresses as a flat array of their own.

        Raises:
            ValueError: one lies outside the memory.
        """
        flat = np.array(addresses, dtype=np.int64).reshape(-1)
        outside = flat[(flat < 0) | (flat >= self.words.size)]
        if outside.size:
            raise ValueError(
                f"Core {self._core} has no {self.kind} address {outside[0]}: its {self.kind} "
                f"memory has {self.words.size} words, addresses 0..{self.words.size - 1}."
            )
        return flat

    def values(self, values: npt.ArrayLike, count: int) -> npt.NDArray[Word]:
        """Values for `count` words, as a flat array of their own.

        Raises:
            ValueError: they are not `count`, or one does not fit a word.
        """
        flat = np.array(values, dtype=np.int64).reshape(-1)
        if flat.size != count:
            raise ValueError(
                f"Core {self._core} was given {flat.size} values for {count} {self.kind} "
                f"addresses; it takes one for each."
            )
        outside = flat[(flat < self._range.min) | (flat > self._range.max)]
        if outside.size:
            raise ValueError(
                f"Core {self._core} cannot store {outside[0]} as a {self.kind} value; a word "
                f"holds {self._range.min}..{self._range.max}."
            )
        return flat.astype(self.words.dtype)
