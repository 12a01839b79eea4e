"""The firmware of a Lif12 board, simulated behind a port: what it would answer, it answers."""

from __future__ import annotations

import io

import numpy as np

from speckhal_lif12.facts import FACTS

LIMIT = 1 << 11  # of a word of 12 bits


class SimulatedPort(io.RawIOBase):
    """One core as arrays of words, asked in lines of text."""

    def __init__(self) -> None:
        (core,) = FACTS.core_memories.value
        self._words = {memory: np.zeros(core.neuron_words, np.int64) for memory in "VBS"}
        self._answer = b""

    def write(self, line: bytes) -> int:  # type: ignore[override]  # bytes are all it gets
        command, *rest = line.split()
        if command == b"T":
            self._tick(int(rest[0]))
            self._answer = b"OK\n"
            return len(line)
        words, numbers = self._words[rest[0].decode()], np.array(rest[1:], np.int64)
        if command == b"R":
            self._answer = b" ".join([b"OK", *(b"%d" % word for word in words[numbers])])
        elif not (numbers[1::2].min() >= -LIMIT and numbers[1::2].max() < LIMIT):
            self._answer = b"NO more than 12 bits"
        else:
            words[numbers[::2]] = numbers[1::2]
            self._answer = b"OK"
        return len(line)

    def readline(self, _size: int | None = -1) -> bytes:
        return self._answer

    def _tick(self, count: int) -> None:
        high, low, resets_to_zero = self._words["S"][:3]
        for _ in range(count):
            v_mem = self._words["V"] + self._words["B"]
            fires = v_mem >= high
            v_mem[fires] = 0 if resets_to_zero else v_mem[fires] - high
            self._words["V"] = np.maximum(v_mem, low)
