"""Chip facts as text for people and as JSON for programs."""

from __future__ import annotations

import enum
import itertools
from typing import TYPE_CHECKING, TypeAlias

import attrs

from speckhal.contract.address import AddressLayout
from speckhal.contract.chip import CoreMemory
from speckhal.contract.linear_address import LinearAddresses

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_UNITS = {"hz": "Hz", "s": "s", "us": "us", "ns": "ns"}
"""Units by the last word of a fact's name."""


def value_lines(name: str, value: object) -> list[str]:
    """The value of the fact of that name, as one or more lines."""
    if isinstance(value, (AddressLayout, LinearAddresses)):
        return [value.formula()]
    if isinstance(value, tuple) and all(isinstance(item, CoreMemory) for item in value):
        return list(_memory_lines(value))
    unit = "a second" if name.endswith("_per_s") else _UNITS.get(name.rpartition("_")[2], "")
    return [f"{value} {unit}".rstrip()]


def as_json(value: object) -> Json:
    """The value in JSON's own types, with the names that its set fields have in Python."""
    if isinstance(value, enum.Enum):
        return as_json(value.value)
    kind = type(value)
    if attrs.has(kind):
        members = {field.name: getattr(value, field.name) for field in attrs.fields(kind)}
        return {name: as_json(member) for name, member in members.items() if member is not None}
    if isinstance(value, (tuple, list)):
        return [as_json(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _memory_lines(memories: tuple[CoreMemory, ...]) -> Iterator[str]:
    """A small table of words by core; neighbours that are the same share a line."""
    yield f"{'words':<10}{'kernel':>8}{'neuron':>8}{'bias':>8}"
    numbered = enumerate(memories)
    for memory, cores in itertools.groupby(numbered, key=lambda item: item[1]):
        first, *others = (core for core, _ in cores)
        label = f"cores {first}..{others[-1]}" if others else f"core {first}"
        words = (memory.kernel_words, memory.neuron_words, memory.bias_words)
        yield f"{label:<10}" + "".join(f"{_binary(count):>8}" for count in words)


def _binary(count: int) -> str:
    """A count in multiples of 1024 where it is one: 65536 -> 64 Ki."""
    whole, rest = divmod(count, 1024)
    return str(count) if rest or not whole else f"{whole} Ki"
