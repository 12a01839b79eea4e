"""Pairs of numbers, which configurations of all chips share."""

# ruff: noqa: TC001  # the annotations are evaluated at run time

from __future__ import annotations

from speckhal_mock.pybind.binder import Binder
from speckhal_mock.pybind.casters import U8, Bool
from speckhal_mock.pybind.structs import Struct


class ByteVec2(Struct):
    """Two small whole numbers, such as a size or a position."""

    x: U8
    y: U8

    def __init__(self, x: int = 0, y: int = 0) -> None:
        super().__init__()
        self.x, self.y = x, y


class BoolVec2(Struct):
    """Two truth values, such as which axes are mirrored."""

    x: Bool
    y: Bool

    def __init__(self, x: bool = False, y: bool = False) -> None:  # noqa: FBT001  # C++'s
        super().__init__()
        self.x, self.y = x, y


VECTORS = Binder("samna")
# The vendor's reference does not list these classes. The first name is seen in users' programs;
# that truth values have a class of their own, and its name, are assumed from that.
Vec2_unsigned_char = VECTORS(ByteVec2, name="Vec2_unsigned_char")
Vec2_bool = VECTORS(BoolVec2, name="Vec2_bool")
