"""Teaches numba the functions of `lanes`: each is one or two of LLVM's instructions on vectors.

LLVM divides vectors that are wider than those of the processor, so that nothing here depends on
which one it is. Importing this file is enough.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import register_default
from numba.core.datamodel.models import PrimitiveModel
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, type_callable

from speckhal_mock.emulation.spikes import lanes

if TYPE_CHECKING:
    from collections.abc import Callable

    # what numba gives and takes has no types: its IR builder, its signatures, LLVM's values
    Lowering = Callable[[Any, Any, Any, Any], Any]

_LANE: Final = ir.IntType(16)
_BIT: Final = ir.IntType(1)
_INDEX: Final = ir.IntType(64)


class LanesType(types.Type):
    """Lanes, as numba infers them."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(name=f"Lanes({width})")


class MaskType(types.Type):
    """What comparing lanes gives, as numba infers it."""

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(name=f"Mask({width})")


@register_default(LanesType)
class _LanesModel(PrimitiveModel):  # type: ignore[misc]  # numba has no types for it
    def __init__(self, manager: Any, of: LanesType) -> None:
        super().__init__(manager, of, ir.VectorType(_LANE, of.width))


@register_default(MaskType)
class _MaskModel(PrimitiveModel):  # type: ignore[misc]  # numba has no types for it
    def __init__(self, manager: Any, of: MaskType) -> None:
        super().__init__(manager, of, ir.VectorType(_BIT, of.width))


def _teach(
    function: object, gives: Callable[..., object], *takes: object
) -> Callable[[Lowering], None]:
    """Teach numba one function: the type that it gives for types, and the IR that does it."""

    def add(lowering: Lowering) -> None:
        type_callable(function)(lambda _context: gives)
        lower_builtin(function, *takes)(lowering)

    return add


def _pointer(
    context: Any, builder: Any, words_type: Any, words: Any, first: Any, width: int
) -> Any:
    array = context.make_array(words_type)(context, builder, words)
    vector = ir.VectorType(context.get_data_type(words_type.dtype), width)
    return builder.bitcast(builder.gep(array.data, [first]), vector.as_pointer())


def _same_everywhere(builder: Any, number: Any, width: int) -> Any:
    number = builder.trunc(number, _LANE) if number.type.width > _LANE.width else number
    first = builder.insert_element(
        ir.Constant(ir.VectorType(_LANE, width), ir.Undefined),
        number,
        ir.Constant(ir.IntType(32), 0),
    )
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
    return builder.shuffle_vector(first, first, zeros)


def _teach_loading(function: object, width: int) -> None:
    @_teach(function, lambda _words, _first: LanesType(width), types.Array, types.Integer)
    def _(context: Any, builder: Any, signed: Any, given: Any) -> Any:
        pointer = _pointer(context, builder, signed.args[0], given[0], given[1], width)
        loaded = builder.load(pointer, align=signed.args[0].dtype.bitwidth // 8)
        wide = ir.VectorType(_LANE, width)
        return loaded if loaded.type == wide else builder.sext(loaded, wide)


_teach_loading(lanes.sixteen, 16)
_teach_loading(lanes.eight, 8)
_teach_loading(lanes.one, 1)


@_teach(
    lanes.put_back,
    lambda _words, _first, _values: types.none,
    types.Array,
    types.Integer,
    LanesType,
)
def _(context: Any, builder: Any, signed: Any, given: Any) -> Any:
    words, first, values = given
    pointer = _pointer(context, builder, signed.args[0], words, first, signed.args[2].width)
    builder.store(values, pointer, align=_LANE.width // 8)
    return context.get_dummy_value()


@_teach(lanes.everywhere, lambda given, _number: given, LanesType, types.Integer)
def _(_context: Any, builder: Any, signed: Any, given: Any) -> Any:
    return _same_everywhere(builder, given[1], signed.args[0].width)


@_teach(lanes.chosen, lambda _mask, yes, _no: yes, MaskType, LanesType, LanesType)
def _(_context: Any, builder: Any, _signed: Any, given: Any) -> Any:
    return builder.select(*given)


@_teach(lanes.bits, lambda _mask: types.int64, MaskType)
def _(_context: Any, builder: Any, signed: Any, given: Any) -> Any:
    return builder.zext(builder.bitcast(given[0], ir.IntType(signed.args[0].width)), _INDEX)


@_teach(lanes.how_many, lambda _number: types.int64, types.Integer)
def _(_context: Any, builder: Any, _signed: Any, given: Any) -> Any:
    return builder.ctpop(given[0])


@_teach(lanes.lowest, lambda _number: types.int64, types.Integer)
def _(_context: Any, builder: Any, _signed: Any, given: Any) -> Any:
    return builder.cttz(given[0], ir.Constant(_BIT, 1))


def _teach_pairs(function: object, intrinsic: str) -> None:
    @_teach(function, lambda given, _others: given, LanesType, LanesType)
    def _(_context: Any, builder: Any, signed: Any, given: Any) -> Any:
        kind = ir.FunctionType(given[0].type, [given[0].type] * 2)
        name = f"llvm.{intrinsic}.v{signed.args[0].width}i16"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), given)


_teach_pairs(lanes.held_sum, "sadd.sat")
_teach_pairs(lanes.larger, "smax")
_teach_pairs(lanes.smaller, "smin")


def _teach_operator(
    function: object, apply: Callable[[Any, Any, Any], Any], gives: Callable[[int], object]
) -> None:
    """Teach numba an operator between lanes or masks, or lanes and a number."""

    class Template(AbstractTemplate):  # type: ignore[misc]  # numba has no types for it
        def generic(self, args: Any, _named: Any) -> Any:
            if len(args) == 2 and isinstance(args[0], LanesType | MaskType):
                number = isinstance(args[0], LanesType) and isinstance(args[1], types.Integer)
                if number or args[0] == args[1]:
                    same = args[0] if isinstance(args[0], MaskType) else gives(args[0].width)
                    return signature(same, *args)
            return None

    def lower(_context: Any, builder: Any, signed: Any, given: Any) -> Any:
        left, right = given
        if isinstance(signed.args[1], types.Integer):
            right = _same_everywhere(builder, right, signed.args[0].width)
        return apply(builder, left, right)

    infer_global(function)(Template)
    for takes in ((LanesType, LanesType), (LanesType, types.Integer), (MaskType, MaskType)):
        lower_builtin(function, *takes)(lower)


def _instruction(name: str) -> Callable[[Any, Any, Any], Any]:
    return lambda builder, left, right: getattr(builder, name)(left, right)


def _comparison(sign: str) -> Callable[[Any, Any, Any], Any]:
    return lambda builder, left, right: builder.icmp_signed(sign, left, right)


_teach_operator(operator.add, _instruction("add"), LanesType)
_teach_operator(operator.sub, _instruction("sub"), LanesType)
_teach_operator(operator.and_, _instruction("and_"), LanesType)
_teach_operator(operator.or_, _instruction("or_"), LanesType)
_teach_operator(operator.lt, _comparison("<"), MaskType)
_teach_operator(operator.ge, _comparison(">="), MaskType)
_teach_operator(operator.ne, _comparison("!="), MaskType)
