"""Which neurons of a layer read otherwise in two runs, and where first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import VMem
    from speckhal.leak.step_inference import Flags, Integers
    from speckhal.runs.comparison.tick_pairs import TickPairs
    from speckhal.runs.comparison.tolerance import Tolerance

_AT_ONCE: Final = 2_000_000
"""Membrane potentials that are compared in one go, so that memory does not grow with the run."""

_NEVER: Final = -1
_ROUNDING: Final = 1e-9


@attrs.frozen(eq=False)
class DifferingValues:
    """What two runs read otherwise of a layer, neuron by neuron.

    Attributes:
        counts: in how many pairs of readings each neuron differs, (neurons,).
        largest: by how many chip units at most, (neurons,).
        open_neurons: neurons that were apart by no more than the ticks that came while they were
            read, and that nothing afterwards shows to be alike, (neurons,).
        first: the first pair in which a neuron differs, and the first neuron of it; None where none
            does.
    """

    counts: Integers
    largest: Integers
    open_neurons: Flags
    first: tuple[int, int] | None


def differing_values(
    v_mem: tuple[VMem, VMem],
    pairs: TickPairs,
    steps: tuple[Integers, Integers],
    layers: tuple[DeployedLayer | None, DeployedLayer | None],
    tolerance: Tolerance,
) -> DifferingValues:
    """Compare the readings of all pairs.

    Args:
        v_mem: of both runs, each (samples, channels, height, width).
        pairs: of readings.
        steps: what a tick adds in both, for each channel.
        layers: as they were deployed; None where nobody knows.
        tolerance: how far two values may be apart.
    """
    shape = v_mem[0].shape[1:]
    neurons = int(np.prod(shape))
    flat = tuple(each.reshape(len(each), neurons) for each in v_mem)
    each_step = tuple(np.repeat(step, neurons // shape[0]) for step in steps)
    counts, largest = np.zeros(neurons, np.int64), np.zeros(neurons, np.int64)
    skipped = np.zeros(neurons, np.int64)
    first_skipped, last_alike = np.full(neurons, len(pairs)), np.full(neurons, _NEVER)
    first: tuple[int, int] | None = None
    rows = max(1, _AT_ONCE // neurons)
    for start in range(0, len(pairs), rows):
        part = slice(start, min(start + rows, len(pairs)))
        a, b = flat[0][pairs.a[part]], flat[1][pairs.b[part]]
        numbers = np.arange(part.start, part.stop)[:, None]
        apart = a.astype(np.int64) - b.astype(np.int64)
        differs = _differs(a, b, apart, pairs.ticks[part], layers, tolerance)
        torn = differs & (pairs.slack[part] > 0)[:, None]
        if torn.any():
            torn &= _explained(a, b, apart, pairs.slack[part], each_step, layers)
            skipped += torn.sum(axis=0)
            first_skipped = np.minimum(
                first_skipped, np.where(torn, numbers, len(pairs)).min(axis=0)
            )
            differs &= ~torn
        alike = ~differs & ~torn
        last_alike = np.maximum(last_alike, np.where(alike, numbers, _NEVER).max(axis=0))
        if differs.any():
            counts += differs.sum(axis=0)
            largest = np.maximum(largest, np.where(differs, np.abs(apart), 0).max(axis=0))
            if first is None:
                row, neuron = divmod(int(differs.argmax()), neurons)
                first = (part.start + row, neuron)
    after_start = int((pairs.ticks == 0).sum())  # pairs are by tick
    never_seen_alike = (skipped > 0) & (last_alike < after_start)
    is_open = ((skipped > 1) & (last_alike < first_skipped)) | never_seen_alike
    is_open &= counts == 0
    return DifferingValues(counts, largest, is_open, first)


def _differs(
    a: VMem,
    b: VMem,
    apart: Integers,
    ticks: Integers,
    layers: tuple[DeployedLayer | None, DeployedLayer | None],
    tolerance: Tolerance,
) -> Flags:
    """Where two values are further apart than is allowed."""
    high = [0 if layer is None else layer.threshold_high for layer in layers]
    if tolerance.thresholds is not None and min(high) > 0:
        fractions = a.astype(np.float64) / high[0] - b.astype(np.float64) / high[1]
        beyond: Flags = np.abs(fractions) > tolerance.thresholds + _ROUNDING
        return beyond
    allowed = tolerance.v_mem + tolerance.step * ticks
    further: Flags = np.abs(apart) > allowed[:, None] + _ROUNDING
    return further


def _explained(
    a: VMem,
    b: VMem,
    apart: Integers,
    slack: Integers,
    steps: tuple[Integers, ...],
    layers: tuple[DeployedLayer | None, DeployedLayer | None],
) -> Flags:
    """Where ticks that came while neurons were read may explain that they are apart."""
    found = np.zeros(apart.shape, np.bool_)
    most = slack[:, None]
    for step in steps:
        size = np.abs(step)
        near = np.abs(apart) <= most * size
        found |= near & (apart % np.maximum(size, 1) == 0) & (size > 0)
        for layer, values in zip(layers, (a, b), strict=True):
            if layer is None:
                continue
            # the last step to the floor is cut short, and a spike takes a neuron anywhere
            found |= near & (values <= layer.threshold_low) & (step < 0)
            reach = values.astype(np.int64) + (most + 1) * size
            found |= (step > 0) & ((reach >= layer.threshold_high) | (values <= most * size))
    return found
