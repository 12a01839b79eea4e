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
        self._words = {memory: np.zeros(core.neuron_words, np.int64) for memory in "VBSK"}
        self._answer = b""

    def write(self, line: bytes) -> int:  # type: ignore[override]  # bytes are all it gets
        command, *rest = line.split()
        if command in {b"T", b"E"}:
            fired = self._tick(int(rest[0])) if command == b"T" else self._spike(*map(int, rest))
            self._answer = b" ".join([b"OK", *(b"%d" % address for address in fired)])
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

    def _spike(self, channel: int, y: int, x: int) -> list[int]:
        """Add the weights of one spike; the addresses of the neurons that fire."""
        high, low, resets_to_zero, *shape, inputs, kernel, stride, padding = self._words["S"][:10]
        features, height, width = map(int, shape)
        addresses = FACTS.neuron_address.value.addresses((features, height, width))
        weights = self._words["K"][: features * inputs * kernel**2]
        weights = weights.reshape(features, inputs, kernel, kernel)
        fired: list[int] = []
        for (feature, row, column), address in np.ndenumerate(addresses):
            ky, kx = y + padding - row * stride, x + padding - column * stride
            is_reached = 0 <= ky < kernel and 0 <= kx < kernel
            weight = weights[feature, channel, ky, kx] if is_reached else 0
            if not weight:
                continue
            total = max(min(self._words["V"][address] + weight, LIMIT - 1), low)
            if total >= high:
                total = 0 if resets_to_zero else total - high
                fired.append(int(address))
            self._words["V"][address] = total
        return fired

    def _tick(self, count: int) -> list[int]:
        high, low, resets_to_zero = self._words["S"][:3]
        fired: list[int] = []
        for _ in range(count):
            v_mem = self._words["V"] + self._words["B"]
            fires = v_mem >= high
            v_mem[fires] = 0 if resets_to_zero else v_mem[fires] - high
            self._words["V"] = np.maximum(v_mem, low)
            fired += np.flatnonzero(fires).tolist()
        return fired
