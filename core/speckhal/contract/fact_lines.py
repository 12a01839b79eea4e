"""What a fact of a chip is, as lines for people: `speckhal info` and reports show it so."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from speckhal.contract.chip import CoreMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNITS = {"hz": "Hz", "s": "s", "us": "us", "ns": "ns"}
"""Units by the last word of a fact's name."""


def value_lines(name: str, value: object) -> list[str]:
    """The value of the fact of that name, as one or more lines."""
    formula = getattr(value, "formula", None)  # of addresses
    if callable(formula):
        return [str(formula()) or "not known"]
    if isinstance(value, tuple) and value and all(isinstance(one, CoreMemory) for one in value):
        return list(_memory_lines(value))
    if value == ():
        return ["not known"]
    unit = "a second" if name.endswith("_per_s") else _UNITS.get(name.rpartition("_")[2], "")
    return [f"{value} {unit}".rstrip()]


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
