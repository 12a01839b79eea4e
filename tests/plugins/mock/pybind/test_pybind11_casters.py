"""What members and arguments take is what modules compiled against pybind11 were seen to take.

The table was measured; its own first lines say with what. Every expression in it is evaluated here
and given to the emulation's casters.
"""

from __future__ import annotations

import decimal
import enum
import fractions
import importlib
import json
import warnings
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock.pybind import scalars
from speckhal_mock.pybind.casters import (
    Boolean,
    Enumeration,
    Enumerator,
    Integer,
    Vector,
)
from speckhal_mock.pybind.tensors import Tensor
from speckhal_mock.samna.speck2f import event
from speckhal_mock.samna_install.install import provide_samna

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLE = json.loads(
    (Path(__file__).parents[3] / "data" / "pybind11_casters.json").read_text(encoding="utf-8")
)


class E(Enumeration):
    """An enum."""

    SECTOR = 1


class IE(enum.IntEnum):
    """A number to Python."""

    A = 3


class PE(enum.Enum):
    """Not a number to Python."""

    A = 3


def _with(**methods: object) -> type[object]:
    return type("Made", (), methods)


def _fail(_self: object) -> int:
    raise RuntimeError("no")


def _item(_self: object, index: int) -> int:
    if index > 1:
        raise IndexError
    return index + 1


NAMES: dict[str, object] = {
    "np": np,
    "torch": torch,
    "decimal": decimal,
    "fractions": fractions,
    "deque": deque,
    "E": E,
    "IE": IE,
    "PE": PE,
    "S": event.Spike,
    "D": event.DvsEvent,
    "Index": _with(__index__=lambda _: 7),
    "Int": _with(__int__=lambda _: 7),
    "Float": _with(__float__=lambda _: 7.5),
    "Bool": _with(__bool__=lambda _: True),
    "IndexFails": _with(__index__=_fail),
    "Seq": _with(__len__=lambda _: 2, __getitem__=_item),
    "Iter": _with(__iter__=lambda _: iter([1, 2])),
}


def _white_list(value: object, taker: str) -> list[object]:
    items = scalars.object_list(value, taker)
    return [scalars.integer_or_text(item, taker) for item in items]


def _events(value: object, taker: str) -> list[str]:
    items = scalars.object_list(value, taker)
    names: dict[object, str] = {event.Spike: "'Spike'", event.DvsEvent: "'Dvs'"}
    if not all(type(item) in names for item in items):
        raise TypeError
    return [names[type(item)] for item in items]


def _tensor(axes: int) -> Callable[[object], object]:
    caster = Tensor(np.int8, ("axis",) * axes)
    return lambda value: caster.loader("member")(value).tolist()


CASTERS: dict[str, Callable[[object], object]] = {
    "uint8_t": Integer(8).loader("member"),
    "uint16_t": Integer(16).loader("member"),
    "uint32_t": Integer(32).loader("member"),
    "int8_t": Integer(8, signed=True).loader("member"),
    "int16_t": Integer(16, signed=True).loader("member"),
    "int32_t": lambda value: scalars.integer(value, "function"),
    "bool": Boolean().loader("member"),
    "double": scalars.REAL.loader("member"),
    "std::string": lambda value: scalars.text(value, "function"),
    "std::vector<uint8_t>": lambda value: list(Vector(Integer(8)).loader("member")(value)),
    "std::vector<std::variant<int, std::string>>": lambda value: _white_list(value, "function"),
    "std::vector<std::vector<int8_t>>": _tensor(2),
    "four times std::vector of int8_t": _tensor(4),
    "an enum E with SECTOR = 1": lambda value: f"enum {Enumerator(E).loader('member')(value).name}",
    "std::vector<std::variant<Spike, Dvs>>": lambda value: _events(value, "function"),
}

# the emulation's tensors are samna's own: no ragged ones, and torch's of integers as well
BEYOND = {
    ("std::vector<std::vector<int8_t>>", "[[1,2],[3]]"): None,
    ("four times std::vector of int8_t", "[[[[1,2]],[[3]]]]"): None,
    ("std::vector<std::vector<int8_t>>", "torch.tensor([[1,2],[3,4]])"): [[1, 2], [3, 4]],
    ("std::vector<std::vector<int8_t>>", "[torch.tensor([1,2])]"): [[1, 2]],
    ("four times std::vector of int8_t", "torch.ones(2,1,1,2,dtype=torch.int8)"): [[[[1, 1]]]] * 2,
}


def _cases() -> Iterator[Any]:
    for block in TABLE.values():
        if isinstance(block, dict) and "rows" in block:
            for expression, results in block["rows"].items():
                yield pytest.param(block["columns"], expression, results, id=expression)


@pytest.mark.parametrize(("columns", "expression", "measured"), list(_cases()))
def test_casters_take_what_pybind11_takes(
    columns: list[str], expression: str, measured: list[object]
) -> None:
    for column, raw in zip(columns, measured, strict=True):
        value = eval(expression, dict(NAMES))  # noqa: S307  # our own table
        wanted = BEYOND.get((column, expression), float(str(raw)) if raw in ("nan", "inf") else raw)
        got = _given_to(CASTERS[column], value)
        assert (repr(got), type(got)) == (repr(wanted), type(wanted)), f"{column}: {expression}"


def _given_to(caster: Callable[[object], object], value: object) -> object:
    with warnings.catch_warnings():
        # numpy's and torch's own, of imaginary parts and gradients that are lost
        warnings.simplefilter("ignore")
        try:
            return caster(value)
        except TypeError:
            return None


@pytest.mark.parametrize("expression", list(TABLE["lists"]["from_3_0_on"]))
def test_what_only_newer_pybind11_takes_for_a_list_is_refused(expression: str) -> None:
    event_ = event.FlashSpiRaw([1])
    value: Any = eval(expression, dict(NAMES))  # noqa: S307  # our own table
    with pytest.raises(TypeError, match="raw_data takes a list of integers"):
        event_.raw_data = value
    assert event_.raw_data == [1]


@given(
    st.integers(-(2**40), 2**40), st.sampled_from([np.int64, np.array, torch.tensor, np.float32])
)
def test_a_number_of_any_make_is_taken_as_the_int_that_python_makes_of_it(
    number: int, make: Callable[[int], Any]
) -> None:
    value, spike = make(number), event.Spike(timestamp=5)
    whole = int(value)
    if 0 <= whole < 2**32:
        spike.timestamp = value
        assert (spike.timestamp, type(spike.timestamp)) == (whole, int)
    else:
        with pytest.raises(TypeError, match=r"timestamp takes an integer in 0\.\.4294967295"):
            spike.timestamp = value
        assert spike.timestamp == 5


@pytest.mark.parametrize("dtype", ["bool", "u1", "u2", "i8", "f4"])
def test_sinabs_makes_events_of_polarities_of_any_type(dtype: str) -> None:
    provide_samna()
    chip_factory: Any = importlib.import_module("sinabs.backend.dynapcnn.chip_factory")
    fields = [("x", "u2"), ("y", "u2"), ("t", "u8"), ("p", dtype)]
    xytp = np.array([(1, 2, 10, 0), (3, 4, 30, 1)], dtype=fields)

    factory = chip_factory.ChipFactory("speck2fdevkit:0")
    made = factory.xytp_to_events(xytp, layer=2, reset_timestamps=True)

    assert [(spike.feature, type(spike.feature)) for spike in made] == [(0, int), (1, int)]
    assert made[1] == event.Spike(layer=2, feature=1, y=4, x=3, timestamp=20)


def test_a_refusal_names_what_was_given_and_what_would_work() -> None:
    spike = SimpleNamespace(make=event.Spike)
    with pytest.raises(TypeError, match=r"Spike.x takes an integer in 0\.\.255, not 3\.0\."):
        spike.make(x=3.0)
