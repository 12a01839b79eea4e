"""What was deployed differently in two runs, and what a divergence comes from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.runs.pictures.trajectories import in_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.leak.step_inference import Integers
    from speckhal.runs.comparison.layer_comparison import Divergence
    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tick_counts import TickCounts

_NAMES: Final = {
    "rate_hz": "the clock's rate",
    "threshold_high": "the spike threshold",
    "threshold_low": "the floor",
    "scale": "the scale",
}
_MOST_AHEAD: Final = 64


def deployment_differences(a: Side, b: Side, layers: Sequence[int]) -> Iterator[str]:
    """A sentence for each thing that was deployed differently, of layers that both read."""
    if a.run is not None and b.run is not None:
        hashes = [one.provenance.network_hash for one in (a.run, b.run)]
        if all(hashes) and hashes[0] != hashes[1]:
            yield "The networks differ in their parameters, thresholds or initial states."
    for index in layers:
        one, other = a.layers.get(index), b.layers.get(index)
        if one is not None and other is not None:
            yield from _of_layer(one, other)


def _of_layer(a: DeployedLayer, b: DeployedLayer) -> Iterator[str]:
    if a.shape == b.shape and not np.array_equal(a.biases, b.biases):
        wrong = np.flatnonzero(a.biases != b.biases)
        first = int(wrong[0])
        several = f" (channels {in_ranges(wrong.tolist())} differ)" if len(wrong) > 1 else ""
        yield (
            f"Layer {a.index}: a tick should add {int(a.biases[first])} in a and "
            f"{int(b.biases[first])} in b to channel {first}{several}."
        )
    if a.leak_enable != b.leak_enable:
        leaks, other = ("a", "b") if a.leak_enable else ("b", "a")
        yield f"Layer {a.index}: the leak is on in {leaks} and off in {other}."
    for name, said in _NAMES.items():
        one, other = getattr(a, name), getattr(b, name)
        if one != other and not any(each is None or math.isnan(each) for each in (one, other)):
            unit = " Hz" if name == "rate_hz" else ""
            one, other = (f"{each:g}" if name == "scale" else str(each) for each in (one, other))
            yield f"Layer {a.index}: {said} is {one}{unit} in a and {other}{unit} in b."


def explained_by(
    a: Side, b: Side, parted: Divergence, counts: tuple[TickCounts, TickCounts]
) -> Iterator[str]:
    """What a divergence comes from, as far as the runs show it, as sentences."""
    if parted.tick == 0:
        yield from _started_differently(a, b, parted.layer, counts)
    for side, one in zip((a, b), counts, strict=True):
        if one.problem:
            yield (
                f"No neuron of {side.name} counts its ticks, which are taken from the rate that "
                "its clock was set to: the first divergence may be some ticks earlier."
            )
    for side in (a, b):
        found = side.verdict(parted.layer)
        if found is None:
            continue
        answer, problem = found
        said = {
            Answer.AGREES: f"Layer {parted.layer} of {side.name} leaks as it was deployed.",
            Answer.DISAGREES: f"Layer {parted.layer} of {side.name} does not leak as it was "
            f"deployed. {problem}",
            Answer.CANNOT_TELL: f"The readings of {side.name} alone do not show whether layer "
            f"{parted.layer} leaks as it was deployed.",
        }
        yield said[answer]


def _started_differently(
    a: Side, b: Side, layer: int, counts: tuple[TickCounts, TickCounts]
) -> Iterator[str]:
    """That values differ before any tick, and by how many ticks if it is that."""
    ahead = _ticks_ahead(a, b, layer, counts[0].steps)
    said = "They start from different values, before any tick"
    if ahead:
        first, second = ("b", "a") if ahead > 0 else ("a", "b")
        many = abs(ahead)
        said += f": {first} is {many} tick{'s' * (many > 1)} ahead of {second}"
    yield f"{said}."
    moved = [
        side.name
        for side in (a, b)
        if side.run is not None and side.run.provenance.states == "leaked"
    ]
    if moved:
        yield (
            f"The states of {' and '.join(moved)} had leaked before the run: "
            "run_leak(device, restore=True) brings back those of the deployment first."
        )
    if ahead:
        yield f"A tolerance of start={abs(ahead)} aligns them."


def _ticks_ahead(a: Side, b: Side, layer: int, steps: Integers) -> int:
    """How many ticks lead from the first values of a to those of b; 0 where no number does."""
    starts = [
        side.traces[layer].v_mem[0].astype(np.int64).reshape(len(steps), -1) for side in (a, b)
    ]
    low = a.layers[layer].threshold_low if layer in a.layers else -(1 << 40)
    for ahead in sorted(range(-_MOST_AHEAD, _MOST_AHEAD + 1), key=abs):
        earlier, later = starts if ahead >= 0 else starts[::-1]
        if ahead and (np.maximum(earlier + steps[:, None] * abs(ahead), low) == later).all():
            return ahead
    return 0
