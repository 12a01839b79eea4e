"""Which neurons the picture of a comparison draws, and what each of its lines stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.leak.step_inference import Flags, Integers
    from speckhal.runs.comparison.layer_comparison import LayerComparison

MOST_NEURONS: Final = 6
"""Of more ways in which neurons moved than this, those that differ most are drawn."""

_MOST_CANDIDATES: Final = 2048


def chosen(
    layer: LayerComparison, v_mem: tuple[npt.NDArray[np.int16], ...]
) -> tuple[list[int], int]:
    """The neurons that are drawn, each for those that move as it does, and how many these are.

    Where some differ, only they are drawn: those that differ most, and the first that does. Else
    those come first that are furthest apart, such as those that are open.
    """
    largest = layer.largest.reshape(-1)
    parted = layer.divergence
    wanted: list[int] = []
    if parted is not None:
        wanted.append(int(np.ravel_multi_index((parted.channel, parted.y, parted.x), layer.shape)))
    # equal differences keep the order of neurons
    if largest.any():
        order = np.argsort(-largest, kind="stable")
        order = order[largest[order] > 0]
    else:
        order = np.argsort(-_furthest(layer, v_mem), kind="stable")
    most = np.array(wanted + order[:_MOST_CANDIDATES].tolist())
    both = np.concatenate([v_mem[0][layer.pairs.a][:, most], v_mem[1][layer.pairs.b][:, most]])
    _, firsts = np.unique(both, axis=1, return_index=True)
    drawn = sorted(most[np.sort(firsts)].tolist()[:MOST_NEURONS])
    return drawn, sum(int(_like(layer, neuron, v_mem).sum()) for neuron in drawn)


def _furthest(layer: LayerComparison, v_mem: tuple[npt.NDArray[np.int16], ...]) -> Integers:
    """By how much each neuron is apart at most, whether that is a difference or not, (neurons,)."""
    most = np.zeros(v_mem[0].shape[1], np.int64)
    for a, b in zip(layer.pairs.a.tolist(), layer.pairs.b.tolist(), strict=True):
        most = np.maximum(most, np.abs(v_mem[0][a].astype(np.int64) - v_mem[1][b]))
    return most


def _like(layer: LayerComparison, neuron: int, v_mem: tuple[npt.NDArray[np.int16], ...]) -> Flags:
    """Which neurons read as this one in both, (neurons,)."""
    alike = np.ones(v_mem[0].shape[1], np.bool_)
    for values, readings in zip(v_mem, (layer.pairs.a, layer.pairs.b), strict=True):
        for reading in readings.tolist():
            alike &= values[reading] == values[reading, neuron]
    return alike


def name_of(layer: LayerComparison, neuron: int, v_mem: tuple[npt.NDArray[np.int16], ...]) -> str:
    """Where the neuron is, and for how many others its line stands, such as "c3 y0 x1"."""
    c, y, x = np.unravel_index(neuron, layer.shape)
    alike = _like(layer, neuron, v_mem)
    others = int(alike.sum()) - 1
    if not others:
        return f"c{c} y{y} x{x}"
    return f"all {others + 1} neurons" if alike.all() else f"c{c} y{y} x{x} and {others} like it"
