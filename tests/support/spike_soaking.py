"""A full chip that spikes go through for as long as one likes, and its books."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal_mock.emulation.core import Destination
from spike_boards import board_of, config_of
from spike_ledger import differences

if TYPE_CHECKING:
    import numpy.typing as npt

SIZE: Final = 8
CHANNELS: Final = 4
PART_S: Final = 0.01
RATE_HZ: Final = 20_000
"""Spikes from outside into each core."""


class _Counting:
    """Counts what the board sends, and looks at its order."""

    def __init__(self) -> None:
        self.seen: Counter[int] = Counter()
        self.last_us = 0
        self.out_of_order = 0

    def spikes(self, layers: npt.NDArray[np.int64], *columns: npt.NDArray[np.int64]) -> None:
        stamps = np.concatenate([[self.last_us], columns[-1]])
        self.out_of_order += int((np.diff(stamps) < 0).sum())
        self.last_us = int(stamps[-1])
        self.seen.update(layers.tolist())


class Soak:
    """Nine cores, each of which sends to two others, so that spikes go round and die out.

    Args:
        seed: of net and spikes.

    Attributes:
        board: what is soaked.
        given: how many spikes each core was sent from outside.
    """

    def __init__(self, seed: int) -> None:
        self._chance = chance = np.random.default_rng(seed)
        self._configs = {}
        for core in range(9):
            weights = chance.integers(-40, 41, (CHANNELS, CHANNELS, 3, 3))
            first, second = chance.choice(9, 2, replace=False).tolist()
            self._configs[core] = config_of(
                weights,
                (SIZE, SIZE),
                padding=(1, 1),
                destinations=(Destination(first), Destination(second, pooling=2)),
                drops_when_congested=True,
                passes_one_spike_of=2 if core % 3 == 0 else 1,
                monitor_enable=core % 2 == 0,
                leak_enable=core == 4,
                biases=np.full(CHANNELS, -1, np.int16),
            )
        self.board, self._clock = board_of(self._configs, queue_depth=20, io_write_s=0.0)
        outputs: Any = _Counting()
        self._outputs: _Counting = outputs
        self.board.outputs = outputs
        self.board.set_slow_clk(enable=True)
        self.given: Counter[int] = Counter()
        self._now_us = 0

    @property
    def events(self) -> int:
        """How many events cores have taken so far."""
        return sum(each.events for each in self.board.activity())

    @property
    def seen(self) -> Counter[int]:
        """How many spikes of each core came to the host."""
        return self._outputs.seen

    def go_on(self) -> list[str]:
        """Play one more part; gives what does not add up."""
        count = self._chance.poisson(9 * RATE_HZ * PART_S)
        cores = self._chance.integers(0, 9, count)
        stamps = self._now_us + np.sort(self._chance.integers(0, round(PART_S * 1e6), count))
        places = self._chance.integers(0, (CHANNELS, SIZE, SIZE), (count, 3)).T
        self.board.play_spikes(cores, stamps, *places)
        self.given.update(cores.tolist())
        self._clock.sleep_s(PART_S)
        self._now_us += round(PART_S * 1e6)
        self.board.catch_up()
        problems = differences(self.board, self._configs, self.given, self.seen)
        if self._outputs.out_of_order:
            problems.append(f"{self._outputs.out_of_order} spikes came out of the order of time.")
        return problems
