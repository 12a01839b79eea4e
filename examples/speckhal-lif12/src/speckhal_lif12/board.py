"""A Lif12 board behind a serial port: it is asked in lines of text, and answers each by one.

`R V 0 7` reads two states, `W B 0 -3` sets a bias: `OK` and numbers, or `NO`. `T 5` makes ticks,
and `E 0 2 3` lets a spike in, of channel 0, row 2, column 3: `OK` and the addresses of what fired.
"""

from __future__ import annotations

import enum
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from speckhal import DeviceFailed, DeviceNotFound

if TYPE_CHECKING:
    import io

    import numpy.typing as npt


class Memory(enum.Enum):
    """What a word of the board's memory is for."""

    V_MEM = "V"
    BIASES = "B"
    SETUP = "S"  # thresholds, upper and lower, 1 to become 0 after a spike; then those of spikes
    KERNEL = "K"  # weights, in the order of (channels, input channels, rows, columns)


class Board:
    """A board, in the terms of its own protocol: one core, and words by their addresses."""

    def __init__(self, port: io.RawIOBase) -> None:
        self._port = port
        self.close = port.close

    def read(self, memory: Memory, addresses: npt.NDArray[np.int64]) -> npt.NDArray[np.int16]:
        return self._ask("R", memory.value, addresses, shape=addresses.shape)

    def write(self, memory: Memory, addresses: npt.ArrayLike, words: npt.ArrayLike) -> None:
        pairs = np.broadcast_arrays(addresses, np.asarray(words, np.int16))
        self._ask("W", memory.value, np.stack(pairs, axis=-1))

    def tick(self, count: int) -> npt.NDArray[np.int16]:
        return self._ask("T", count)

    def spike(self, channel: int, y: int, x: int) -> npt.NDArray[np.int16]:
        return self._ask("E", channel, y, x)

    def _ask(self, *words: npt.ArrayLike, shape: tuple[int, ...] = (-1,)) -> npt.NDArray[np.int16]:
        line = " ".join(str(word) for each in words for word in np.ravel(each))
        answer = b""
        try:
            self._port.write(line.encode() + b"\n")
            answer = self._port.readline()
            _, numbers = answer.split(b"OK")  # a ValueError, if it refuses or is silent
            return np.array(numbers.split(), np.int16).reshape(shape)
        except (OSError, ValueError) as error:
            hint = "Check the cable and the power, and open it again."
            raise DeviceFailed(f"Asked {line!r}, the board said {answer!r}.", hint=hint) from error


def open_board() -> Board:
    """The board behind the port that LIF12_PORT names, such as /dev/ttyACM0."""
    port = os.environ.get("LIF12_PORT", "/dev/ttyACM0")
    try:
        return Board(Path(port).open("r+b", buffering=0))
    except OSError as error:
        raise DeviceNotFound(
            f"Asked for a Lif12 board at {port}: {error.strerror}.", hint="Set LIF12_PORT."
        ) from error
