"""What can be compared: a run, or a trace alone, seen alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError
from speckhal.contract.reading import Trace
from speckhal.leak.trace_check import flaw_of
from speckhal.runs.given_run import given_run
from speckhal.runs.run import Run

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.leak.channel_verdict import Answer


@attrs.frozen(eq=False)
class Side:
    """One of two things that are compared.

    Attributes:
        name: "a" or "b".
        traces: by index of the layer.
        layers: all that were deployed, by index; of a trace alone, none.
        run: that it is; None for a trace alone.
    """

    name: str
    traces: dict[int, Trace]
    layers: dict[int, DeployedLayer]
    run: Run | None

    @classmethod
    def of(cls, given: object, name: str) -> Side:
        """What was given, as a side.

        Raises:
            InputError: it is neither a run, the path of one, nor a trace; or a broken one.
        """
        given = given_run(
            given,
            asked="compare",
            instead="a = run_leak(device_a); b = run_leak(device_b); comparison = compare(a, b)",
        )
        if isinstance(given, Run):
            run, traces = given, given.traces
            layers = {layer.index: layer for layer in given.deployment.layers}
        elif isinstance(given, Trace):
            run, traces, layers = None, (given,), {}
        else:
            raise InputError(
                f"Asked to compare a {type(given).__name__}.",
                hint="run_leak(device) and open_run(path) give runs, measure_leak(device) a trace.",
            )
        for trace in traces:
            # readings in any order can be compared where their ticks were counted
            flaw = flaw_of(attrs.evolve(trace, ticks=None))
            if flaw is None and trace.ticks is not None and len(trace.ticks) != len(trace):
                flaw = f"of {len(trace)} samples whose ticks has {len(trace.ticks)}"
            if flaw is not None:
                raise InputError(
                    f"Asked to compare a trace {flaw}.",
                    hint="Take it as measure_leak(device) gives it.",
                )
        return cls(name, {trace.layer: trace for trace in traces}, layers, run)

    def core(self, layer: int) -> int | None:
        """The core that a layer is on; None where nobody knows."""
        found = self.layers.get(layer)
        return None if found is None else found.core

    def rate_hz(self, layer: int) -> int | None:
        """That the clock was set to; None where it was stepped, or nobody knows."""
        found = self.layers.get(layer)
        return None if found is None or self.traces[layer].ticks is not None else found.rate_hz

    def verdict(self, layer: int) -> tuple[Answer, str] | None:
        """Whether the layer leaks as it was deployed, and the first problem; None if unknown."""
        if self.run is None or len(self.traces[layer]) < 2:
            return None
        for record in self.run.records:
            if record.trace.layer == layer:
                try:
                    return record.answer, next(iter(record.problems), "")
                except InputError:  # readings that were shuffled, say
                    return None
        return None
