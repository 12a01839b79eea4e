"""What of two runs was left out: layers, without which they do not agree, and readings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speckhal.runs.comparison.layer_comparison import LayerComparison
    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tick_counts import TickCounts


def _is_lacking(index: int, side: Side) -> bool:
    """Whether a layer was not even deployed, as far as the run knows of all that were."""
    run = side.run
    return run is not None and run.provenance.has_all_layers and index not in side.layers


def uncompared(a: Side, b: Side) -> Iterator[str]:
    """Layers that one of the two networks lacks, or has in another shape, as sentences."""
    for index in sorted(a.traces.keys() | b.traces.keys()):
        shapes = [
            one.traces[index].shape
            if index in one.traces
            else (one.layers[index].shape if index in one.layers else None)
            for one in (a, b)
        ]
        if shapes[0] is not None and shapes[1] is not None:
            if shapes[0] != shapes[1]:
                said = [" x ".join(map(str, shape)) for shape in shapes if shape is not None]
                yield (
                    f"Layer {index} has {said[0]} neurons in a and {said[1]} in b: not compared. "
                    "Deploy the same network in both."
                )
            continue
        for side, other in ((a, b), (b, a)):
            if index in side.traces and _is_lacking(index, other):
                yield (
                    f"The network of {other.name} has no layer {index}, which was read in "
                    f"{side.name}: not compared. Deploy the same network in both."
                )


def _unknown_scales(a: Side, b: Side) -> Iterator[str]:
    """Layers whose scale only one of the two runs knows, as a sentence."""
    both = sorted(a.layers.keys() & b.layers.keys())
    for side, other in ((a, b), (b, a)):
        unknown = [
            str(index)
            for index in both
            if math.isnan(side.layers[index].scale) and not math.isnan(other.layers[index].scale)
        ]
        if unknown:
            which = f"layer{'s' * (len(unknown) > 1)} {', '.join(unknown)}"
            yield f"The scale of {which} is unknown in {side.name}."


def notes(
    sides: tuple[Side, Side],
    counts: tuple[Mapping[int, TickCounts], Mapping[int, TickCounts]],
    layers: list[LayerComparison],
    *,
    said: tuple[str, ...],
) -> Iterator[str]:
    """What was left out, as sentences; what was said of the clocks is not said again."""
    a, b = sides
    if not said:
        for side, of_layers in zip(sides, counts, strict=True):
            lost = next((one.lost for one in of_layers.values() if one.lost is not None), None)
            if lost is not None:
                yield f"The clock of {side.name} {lost}."
    for side, other in ((a, b), (b, a)):
        alone = [
            str(index)
            for index in side.traces
            if index not in other.traces and not _is_lacking(index, other)
        ]
        if alone:
            which = f"Layer{'s' * (len(alone) > 1)} {', '.join(alone)}"
            yield f"{which} {'were' if len(alone) > 1 else 'was'} read in {side.name} only."
        if side.run is not None and side.run.warning:
            yield f"{side.name}: {side.run.warning}"
    yield from _unknown_scales(a, b)
    for one in layers:
        for name, second, count, whole, ticks in zip(
            "ab",
            "ba",
            one.compared,
            one.readings,
            (each[one.layer] for each in counts),
            strict=True,
        ):
            if count < whole:
                left_out, unknown = whole - count, int((~ticks.known).sum())
                were = "were" if left_out > 1 else "was"
                these = f"{left_out} of {whole} readings of layer {one.layer} of {name} {were}"
                yield (
                    f"{these} left out: nothing shows the tick of {unknown}."
                    if unknown
                    else f"{these} left out: {second} was not read at the same tick."
                )
