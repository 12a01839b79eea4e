"""A Lif12 board behind a serial port: it is asked in lines of text, and answers each by one.

`R V 0 7` reads two states, `W B 0 -3` sets a bias, `T 5` makes ticks: `OK` and numbers, or `NO`.
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
    SETUP = "S"  # upper threshold, lower threshold, and 1 to become 0 after a spike


class Board:
    """A board, in the terms of its own protocol: one core, and words by their addresses."""

    def __init__(self, port: io.RawIOBase) -> None:
        self._port = port
        self.close = port.close

    def read(self, memory: Memory, addresses: npt.NDArray[np.int64]) -> npt.NDArray[np.int16]:
        return self._ask("R", memory.value, addresses, like=addresses)

    def write(self, memory: Memory, addresses: npt.ArrayLike, words: npt.ArrayLike) -> None:
        pairs = np.broadcast_arrays(addresses, np.asarray(words, np.int16))
        self._ask("W", memory.value, np.stack(pairs, axis=-1))

    def tick(self, count: int) -> None:
        self._ask("T", count)

    def _ask(self, *words: npt.ArrayLike, like: npt.ArrayLike = ()) -> npt.NDArray[np.int16]:
        line = " ".join(str(word) for each in words for word in np.ravel(each))
        answer = b""
        try:
            self._port.write(line.encode() + b"\n")
            answer = self._port.readline()
            _, numbers = answer.split(b"OK")  # a ValueError, if it refuses or is silent
            return np.array(numbers.split(), np.int16).reshape(np.shape(like))
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
