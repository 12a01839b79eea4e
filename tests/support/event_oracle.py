"""What one spike does to a core as the facts say it, written apart from the emulation's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from speckhal_mock.emulation.core import CoreConfig

Place = tuple[int, int, int]
"""Channel, y and x."""

States = list[list[list[int]]]
"""By channel, y and x."""


def take(
    config: CoreConfig,
    v_mem: States,
    place: Place,
    options: Mapping[str, Any],
    counts: Counter[str],
) -> tuple[list[tuple[int, Place]], int]:
    """What fires, with the number of its operation, and how many operations there are."""
    fired, operations = [], 0
    wraps, kernel = options["overflow"] == "wrap", config.weights.shape[2]
    counts["events"] += 1
    for kx in range(kernel):
        for ky in range(kernel):
            y, x = place[1] + config.padding[0] - ky, place[2] + config.padding[1] - kx
            if y < 0 or x < 0 or y % config.stride[0] or x % config.stride[1]:
                continue
            y, x = y // config.stride[0], x // config.stride[1]
            if y >= config.shape[1] or x >= config.shape[2]:
                continue
            for channel in range(config.shape[0]):
                operations += 1
                weight = int(config.weights[channel, place[0], ky, kx])
                if weight or not options["zero_weight_skips"]:
                    counts["updates"] += 1
                    if added(config, v_mem, (channel, y, x), weight, wraps, counts):
                        counts["spikes"] += 1
                        fired.append((operations, (channel, y, x)))
    counts["operations"] += operations
    return fired, operations


def added(
    config: CoreConfig,
    v_mem: States,
    at: Place,
    what: int,
    wraps: bool,  # noqa: FBT001
    counts: Counter[str],
) -> bool:
    """Add to a neuron; whether it fires."""
    c, y, x = at
    v = v_mem[c][y][x] + what
    if not -(2**15) <= v < 2**15:
        counts["saturations"] += 1
        limit = 2**15 - 1 if v > 0 else -(2**15)
        v = (v + 2**15) % 2**16 - 2**15 if wraps else limit
    if v < config.threshold_low:
        counts["floor_hits"] += 1
        v = config.threshold_low
    fires = v >= config.threshold_high
    if fires:
        v = 0 if config.return_to_zero else v - config.threshold_high
        counts["residues"] += v >= config.threshold_high
    v_mem[c][y][x] = v
    return fires


def swept(
    fired: list[tuple[int, Place]], operations: int, channels: int, sweep: str
) -> list[tuple[int, Place]]:
    """The same in the order of another sweep, with the numbers that they have in it."""
    if sweep == "reversed":
        return [(operations + 1 - step, neuron) for step, neuron in reversed(fired)]
    if sweep == "channel_first":
        places = operations // channels
        return sorted(
            ((step - 1) % channels * places + (step - 1) // channels + 1, neuron)
            for step, neuron in fired
        )
    return fired
