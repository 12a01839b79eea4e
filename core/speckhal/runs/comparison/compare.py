"""Compares two runs, aligned on ticks: agreement, or where they part first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.verification import JITTER_S
from speckhal.runs.comparison.clocks import clock_differences
from speckhal.runs.comparison.deployments import deployment_differences, explained_by
from speckhal.runs.comparison.differing_values import differing_values
from speckhal.runs.comparison.run_comparison import (
    ComparedReading,
    Divergence,
    LayerComparison,
    RunComparison,
)
from speckhal.runs.comparison.sides import Side
from speckhal.runs.comparison.tick_counts import STEP_INSTEAD, count_ticks
from speckhal.runs.comparison.tick_pairs import pairs_of
from speckhal.runs.comparison.tolerance import Tolerance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speckhal.contract.reading import Trace
    from speckhal.runs.comparison.differing_values import DifferingValues
    from speckhal.runs.comparison.tick_counts import TickCounts
    from speckhal.runs.comparison.tick_pairs import TickPairs
    from speckhal.runs.run import Run

HISTORY = 4
"""Readings that are shown before the first divergence, and after it."""

Counts = dict[int, "TickCounts"]


def compare(
    a: Run | Trace,
    b: Run | Trace,
    *,
    tolerance: Mapping[str, float] | Tolerance | None = None,
    jitter_s: float = JITTER_S,
) -> RunComparison:
    """Compare what two devices did, tick by tick, and find where they part first.

    Readings are aligned on ticks: those that were counted under a stepped clock, and else those
    that the neurons of each run show, so that neither the rates nor the phases of two clocks
    matter. A tick that a clock lost still counts. Readings of a tick that the other run lacks are
    left out. Where ticks cannot be counted the answer is "cannot tell", and so it is where nothing
    could be compared.

    Args:
        a: a run, of `run_leak` or `open_run`; or a trace alone, whose steps are then taken as its
            readings show them.
        b: the other.
        tolerance: how far the two may be apart, by quantity: "v_mem" in chip units (0), "step" in
            chip units for each tick (0), "thresholds" as a fraction of each one's spike threshold,
            in place of these two, "rate" of the clock as a fraction (0.02), "start" in ticks that
            one may be ahead at its first reading (0).
        jitter_s: how far the moment of a request may be from the one noted, in seconds.

    Raises:
        InputError: an argument is something else.
    """
    if not 0 <= jitter_s < np.inf:
        raise InputError(
            f"Asked to allow a jitter of {jitter_s!r} s.", hint="Give seconds, such as 0.005."
        )
    allowed = Tolerance.of(tolerance)
    sides = Side.of(a, "a"), Side.of(b, "b")
    common = sorted(
        index
        for index, trace in sides[0].traces.items()
        if index in sides[1].traces and sides[1].traces[index].shape == trace.shape
    )
    counts = _counts(sides[0], jitter_s), _counts(sides[1], jitter_s)
    found: list[tuple[int, list[LayerComparison]]] = [
        (ahead, [_layer(sides, counts, index, ahead, allowed) for index in common])
        for ahead in sorted(range(-allowed.start, allowed.start + 1), key=abs)
    ]
    ahead, layers = min(found, key=lambda one: _badness(one[1]))
    clear = [
        index
        for index in common
        if not _steps_unclear(sides, (counts[0][index], counts[1][index]), index)
    ]
    clocks = tuple(clock_differences(sides, counts, clear, allowed))
    comparison = RunComparison(
        tuple(layers),
        clocks,
        tuple(deployment_differences(*sides, common)),
        (),
        tuple(_notes(sides, counts, layers, said=clocks)),
        ahead,
        allowed,
        sides,
    )
    parted = comparison.divergence
    if parted is None:
        return comparison
    both = counts[0][parted.layer], counts[1][parted.layer]
    return attrs.evolve(comparison, explanation=tuple(explained_by(*sides, parted, both)))


def _counts(side: Side, jitter_s: float) -> Counts:
    """By which tick each reading was taken, by index of the layer."""
    traces = list(side.traces.values())
    counted = count_ticks(traces, [side.layers.get(one.layer) for one in traces], jitter_s)
    return dict(zip(side.traces, counted, strict=True))


def _badness(layers: list[LayerComparison]) -> tuple[int, int]:
    """What decides between two ways to align runs: values that differ, then what is not clear."""
    return (
        sum(int(one.differing.sum()) for one in layers),
        sum(one.answer is Answer.CANNOT_TELL for one in layers),
    )


def _layer(
    sides: tuple[Side, Side],
    counts: tuple[Counts, Counts],
    index: int,
    ahead: int,
    tolerance: Tolerance,
) -> LayerComparison:
    traces = sides[0].traces[index], sides[1].traces[index]
    ticks = counts[0][index], counts[1][index]
    pairs = pairs_of(*ticks, ahead)
    unclear = _steps_unclear(sides, ticks, index)
    if unclear:
        pairs = pairs.until(0)
    differing = differing_values(
        (traces[0].v_mem, traces[1].v_mem),
        pairs,
        (ticks[0].steps, ticks[1].steps),
        (sides[0].layers.get(index), sides[1].layers.get(index)),
        tolerance,
    )
    cores = sides[0].core(index), sides[1].core(index)
    reason = ""
    divergence = None
    if differing.first is not None:
        divergence = _divergence(traces, cores, pairs, *differing.first)
    else:
        reason = unclear or _why_unclear(index, ticks, pairs, differing)
    answer = Answer.AGREES
    if divergence is not None:
        answer = Answer.DISAGREES
    elif reason:
        answer = Answer.CANNOT_TELL
    shape = traces[0].shape
    return LayerComparison(
        index,
        cores,
        shape,
        answer,
        reason,
        (len(traces[0]), len(traces[1])),
        (len(np.unique(pairs.a)), len(np.unique(pairs.b))),
        pairs,
        differing.largest.reshape(shape),
        differing.counts.reshape(shape),
        divergence,
    )


def _divergence(
    traces: tuple[Trace, Trace],
    cores: tuple[int | None, int | None],
    pairs: TickPairs,
    pair: int,
    neuron: int,
) -> Divergence:
    channel, y, x = (int(one) for one in np.unravel_index(neuron, traces[0].shape))

    def reading(number: int) -> ComparedReading:
        at = int(pairs.a[number]), int(pairs.b[number])
        return ComparedReading(
            int(pairs.ticks[number]),
            (float(traces[0].time_s[at[0]]), float(traces[1].time_s[at[1]])),
            (
                int(traces[0].v_mem[at[0], channel, y, x]),
                int(traces[1].v_mem[at[1], channel, y, x]),
            ),
        )

    here = reading(pair)
    around = range(max(pair - HISTORY, 0), min(pair + HISTORY + 1, len(pairs)))
    return Divergence(
        traces[0].layer,
        cores,
        here.tick,
        here.time_s,
        channel,
        y,
        x,
        here.values,
        tuple(reading(number) for number in around),
    )


def _why_unclear(
    index: int,
    ticks: tuple[TickCounts, TickCounts],
    pairs: TickPairs,
    differing: DifferingValues,
) -> str:
    """Why values that do not differ show no agreement, and what would do; empty if they do."""
    for name, one in zip("ab", ticks, strict=True):
        if one.problem:
            return f"The ticks of layer {index} of {name} cannot be counted: {one.problem}."
    known = [one.ticks[one.known] for one in ticks]
    for name, each in zip("ab", known, strict=True):
        if not len(each):
            return f"There is no reading of layer {index} in {name}. Measure it again."
    if not len(pairs):
        spans = [f"ticks {each.min()} to {each.max()}" for each in known]
        return (
            f"Layer {index} was not read at any tick in both: a was read at {spans[0]}, b at "
            f"{spans[1]}. Read both at the same ticks."
        )
    if not (pairs.ticks > 0).any():
        return (
            f"Layer {index} was read in both before the first tick only. Watch for longer, or "
            "read more often."
        )
    several = int(differing.open_neurons.sum())
    if several:
        return (
            f"{several} neuron{'s' * (several > 1)} of layer {index} "
            f"{'are' if several > 1 else 'is'} apart by no more than the ticks that may have come "
            f"while {'they were' if several > 1 else 'it was'} read. Read between ticks: "
            f"less often, or at another moment of the period. {STEP_INSTEAD}"
        )
    return ""


def _steps_unclear(
    sides: tuple[Side, Side], ticks: tuple[TickCounts, TickCounts], index: int
) -> str:
    """Why the ticks of two traces cannot be counted alike, and what would do; empty if they can.

    A trace alone shows its steps only up to a factor: read at every second tick, they seem double.
    """
    alone = [
        side.name for side in sides if index not in side.layers and side.traces[index].ticks is None
    ]
    if not alone or np.array_equal(ticks[0].steps, ticks[1].steps):
        return ""
    return (
        f"The readings of layer {index} of {' and '.join(alone)} show other steps than those of "
        "the other, and nobody knows what was deployed. Compare runs, of run_leak(device), which "
        "know."
    )


def _notes(
    sides: tuple[Side, Side],
    counts: tuple[Counts, Counts],
    layers: list[LayerComparison],
    *,
    said: tuple[str, ...],
) -> Iterator[str]:
    """What was not compared, as sentences; what was said of the clocks is not said again."""
    a, b = sides
    if not said:
        for side, of_layers in zip(sides, counts, strict=True):
            lost = next((one.lost for one in of_layers.values() if one.lost is not None), None)
            if lost is not None:
                yield f"The clock of {side.name} {lost}, which the other does not show."
    for side, other in ((a, b), (b, a)):
        alone = [str(index) for index in side.traces if index not in other.traces]
        if alone:
            which = f"Layer{'s' * (len(alone) > 1)} {', '.join(alone)}"
            yield f"{which} only of {side.name}: not compared."
        if side.run is not None and side.run.warning:
            yield f"{side.name}: {side.run.warning}"
    for index, trace in a.traces.items():
        if index in b.traces and b.traces[index].shape != trace.shape:
            shapes = [" x ".join(map(str, one.traces[index].shape)) for one in sides]
            yield (
                f"Layer {index} has {shapes[0]} neurons in a and {shapes[1]} in b: not compared. "
                "Deploy the same network in both."
            )
    for one in layers:
        for name, count, whole, ticks in zip(
            "ab", one.compared, one.readings, (each[one.layer] for each in counts), strict=True
        ):
            if count < whole:
                unknown = int((~ticks.known).sum())
                left_out = f"{whole - count} of {whole} readings"
                these = f"{left_out} of layer {one.layer} of {name}: not compared"
                yield (
                    f"{these}, {unknown} of them since their tick is not known."
                    if unknown
                    else (f"{these}, since the other was not read at their ticks.")
                )
