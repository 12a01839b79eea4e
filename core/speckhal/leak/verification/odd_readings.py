"""Readings that are wrong as a whole: no number of ticks explains what most neurons show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.verification.clock_polygon import Windows, rates_that_explain

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.channel_trace import Trajectory
    from speckhal.leak.step_inference import Integers

_FEW = 0.2


def odd_readings(
    trajectories: dict[int, list[Trajectory]], layer: DeployedLayer, samples: int
) -> tuple[int, ...]:
    """Readings, not many, in which most neurons are no whole number of steps from their start."""
    odd, seen = np.zeros(samples), np.zeros(samples)
    for channel, several in trajectories.items():
        step = int(layer.biases[channel])
        if not step:
            continue
        for each in several:
            moved = each.trusted - each.v_mem[0] if each.end else each.trusted
            odd[: each.end] += each.neurons * (moved % step != 0)
            seen[: each.end] += each.neurons
    found = np.flatnonzero(2 * odd > seen)
    if not found.size:
        return ()
    if len(found) <= _FEW * samples:
        return tuple(found.tolist())
    # if it is the first that is odd, all others seem to be; without it they must not
    behind = {
        channel: [
            attrs.evolve(each, v_mem=each.v_mem[1:], end=max(each.end - 1, 0)) for each in several
        ]
        for channel, several in trajectories.items()
    }
    if len(found) < samples - 1 or samples < 4:
        return ()
    return () if _any_odd(behind, layer) else (0,)


def _any_odd(trajectories: dict[int, list[Trajectory]], layer: DeployedLayer) -> bool:
    return any(
        bool(((each.trusted - each.v_mem[0]) % int(layer.biases[channel])).any())
        for channel, several in trajectories.items()
        if layer.biases[channel]
        for each in several
        if each.end
    )


def odd_one(ticks: Integers, windows: Windows) -> int | None:
    """The one reading, not the last, without which a clock explains all others."""
    for one in range(1, len(ticks) - 1):
        rest = np.delete(np.arange(len(ticks)), one)
        if (np.diff(ticks[rest]) < 0).any():
            continue
        left = Windows(windows.earliest_s[rest], windows.latest_s[rest], windows.jitter_s)
        if rates_that_explain(ticks[rest], left) is not None:
            return one
    return None


def without(trace: Trace, odd: tuple[int, ...]) -> Trace:
    """The trace without some of its readings."""
    rest = np.delete(np.arange(len(trace)), odd)
    return attrs.evolve(
        trace,
        time_s=trace.time_s[rest],
        v_mem=trace.v_mem[rest],
        duration_s=trace.duration_s[rest],
        ticks=None if trace.ticks is None else trace.ticks[rest],
    )
