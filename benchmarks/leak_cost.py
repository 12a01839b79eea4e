#!/usr/bin/env python3
"""What ten seconds of leak cost on the emulated board, at a slow and at a fast slow clock.

The cost must not grow with the rate of the clock: the emulation does all ticks since somebody
last looked in one step. Run it with `python benchmarks/leak_cost.py`.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import click
import numpy as np

from speckhal.contract.chip import CoreMemory
from speckhal.contract.clock import VirtualClock
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig
from speckhal_mock.emulation.kits import KITS

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.emulation.memory import MemoryKind

SHAPE = (16, 64, 64)
NEURONS = 16 * 64 * 64
LEAK_S = 10.0
RATES_HZ = (1, 10_000)
REPEATS = 41
CORE = CoreMemory(kernel_words=16_384, neuron_words=NEURONS, bias_words=1024)
ADDRESSES = np.arange(NEURONS)


class Listener:
    """Keeps the membrane potentials that came last."""

    def __init__(self) -> None:
        self.v_mem: list[npt.NDArray[np.int8] | npt.NDArray[np.int16]] = []

    def memory_values(
        self,
        kind: MemoryKind,
        core: int,
        addresses: npt.NDArray[np.int64],
        values: npt.NDArray[np.int8] | npt.NDArray[np.int16],
    ) -> None:
        """Keep the answer."""
        del kind, core, addresses
        self.v_mem = [values]

    def _ignore(self, *_args: object, **_kwargs: object) -> None:
        """Nothing else is measured."""

    spikes = dvs_events = readout_values = readout_pins = filter_values = mixed = _ignore
    register_values = _ignore


def leaking_core() -> CoreConfig:
    """A core full of neurons that lose 1 at each tick and have far to fall."""
    return CoreConfig(
        shape=SHAPE,
        biases=np.full(SHAPE[0], -1, dtype=np.int16),
        threshold_high=32_767,
        threshold_low=-32_768,
        return_to_zero=False,
        leak_enable=True,
        leak_internal=False,
        monitor_enable=True,
        initial_v_mem=np.full(SHAPE, 32_000, dtype=np.int16),
        weights=np.zeros((SHAPE[0], 1, 1, 1), dtype=np.int8),
    )


def leak_and_read_ms(rate_hz: int) -> float:
    """Milliseconds of this machine for ten seconds of leak and one reading of every neuron."""
    clock = VirtualClock()
    listener = Listener()
    board = EmulatedBoard(KITS["Speck2fModuleDevKit"], [CORE], clock=clock)
    board.outputs = listener
    board.apply_configuration([leaking_core()])
    board.set_slow_clk_rate(rate_hz)
    board.set_slow_clk(enable=True)
    started = time.perf_counter()
    clock.sleep_s(LEAK_S)
    board.read_neurons(0, ADDRESSES)
    clock.sleep_s(board.options.read_latency_s)
    board.catch_up()
    elapsed_ms = (time.perf_counter() - started) * 1e3
    expected = max(32_000 - board.ticks(), -32_768)
    if not (listener.v_mem[0] == expected).all():
        raise SystemExit(f"At {rate_hz} Hz the neurons are not where {board.ticks()} ticks end.")
    return elapsed_ms


def main() -> None:
    """Measure both rates turn by turn, so that both see the same machine, and compare."""
    times_ms: dict[int, list[float]] = {rate_hz: [] for rate_hz in RATES_HZ}
    for _ in range(REPEATS):
        for rate_hz, times in times_ms.items():
            times.append(leak_and_read_ms(rate_hz))
    slow_ms, fast_ms = (statistics.median(times) for times in times_ms.values())
    click.echo(f"{NEURONS} neurons, {LEAK_S:g} s of leak and one reading, median of {REPEATS}:")
    click.echo(f"  {RATES_HZ[0]:>6} Hz: {slow_ms:6.2f} ms")
    click.echo(f"  {RATES_HZ[1]:>6} Hz: {fast_ms:6.2f} ms")
    click.echo(f"  ratio:     {fast_ms / slow_ms:6.2f}")


if __name__ == "__main__":
    main()
