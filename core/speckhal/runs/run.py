"""A run: everything that one leak experiment gathered."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError, LayerNotFound
from speckhal.leak.channel_verdict import Answer
from speckhal.runs.late_readings import late_readings
from speckhal.runs.provenance import Provenance
from speckhal.runs.record import LeakRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.reading import Trace
    from speckhal.leak.verdict import Verdict


__all__ = ["Provenance", "Run"]

_SOON_JUDGED = 10_000_000
"""Membrane potentials that are judged in a moment; records may have far more."""


@attrs.frozen(eq=False, repr=False)
class Run:
    """Everything that one leak experiment gathered.

    Attributes:
        info: the device that it was measured on.
        deployment: all layers that were deployed, those that were not read among them.
        traces: one for each layer that was asked for, in that order; empty where the run ended
            before the layer was read.
        provenance: where it comes from.
        problem: what ended it early, as its kind and text; None where nothing did.
        is_partial: whether it is of a record that nobody finished: the process died.
    """

    info: DeviceInfo
    deployment: Deployment
    traces: tuple[Trace, ...]
    provenance: Provenance
    problem: str | None = None
    is_partial: bool = False

    @property
    def layers(self) -> tuple[DeployedLayer, ...]:
        """The layers that were asked for, as they were deployed, in the order of `traces`."""
        return tuple(self.deployment.layer(trace.layer) for trace in self.traces)

    @functools.cached_property
    def records(self) -> tuple[LeakRecord, ...]:
        """Each layer that was asked for: its trace, and how it was deployed."""
        pairs = zip(self.traces, self.layers, strict=True)
        about = self.provenance
        return tuple(
            LeakRecord(
                self.info,
                layer,
                trace,
                states=about.states,
                written=about.written.get(str(layer.index)),
                start=about.start,
            )
            for trace, layer in pairs
        )

    def trace(self, layer: int = 0) -> Trace:
        """What was read of a layer.

        Args:
            layer: index of the network layer.

        Raises:
            LayerNotFound: the run did not read it.
        """
        for trace in self.traces:
            if trace.layer == layer:
                return trace
        there = ", ".join(str(trace.layer) for trace in self.traces) or "none"
        raise LayerNotFound(
            f"Asked a run for layer {layer!r}, which it did not read.",
            hint=f"It read these layers: {there}.",
        )

    @functools.cached_property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """Whether each layer leaked as deployed; None of one with fewer than two readings."""
        return tuple(record.verdict for record in self.records)

    @property
    def answer(self) -> Answer:
        """Whether all layers leaked as deployed; it disagrees if one does."""
        answers = {
            Answer.CANNOT_TELL if verdict is None else verdict.answer for verdict in self.verdicts
        }
        for answer in (Answer.DISAGREES, Answer.CANNOT_TELL):
            if answer in answers:
                return answer
        return Answer.AGREES if answers else Answer.CANNOT_TELL

    def to_pandas(self) -> pd.DataFrame:
        """A table with one row for each neuron of each reading, by `runs.analysis_exports`.

        Raises:
            InputError: pandas is not installed.
        """
        from speckhal.runs.analysis_exports import to_pandas  # noqa: PLC0415 - it needs numpy

        return to_pandas(self)

    def to_xarray(self) -> xr.DataTree:
        """A tree with a dataset for each layer, by `runs.analysis_exports`.

        Raises:
            InputError: xarray is not installed.
        """
        from speckhal.runs.analysis_exports import to_xarray  # noqa: PLC0415 - it needs numpy

        return to_xarray(self)

    def plot(self, ax: Axes | Iterable[Axes] | None = None, *, layer: int | None = None) -> Figure:
        """A picture of the run, with the verdict of each layer in its title.

        Args:
            ax: axes of matplotlib to draw into, one for each layer in their order: a list or an
                array of them, of any shape, or one alone for one layer; None for a new figure,
                which belongs to no window: a notebook shows it, and `figure.savefig(path)` writes
                it.
            layer: index of the network layer; None for all.

        Returns:
            The figure that was drawn into; of several, the first.

        Raises:
            LayerNotFound: the run did not read that layer.
            InputError: `ax` is something else, or not one for each layer.
        """
        from speckhal.leak.given_axes import figure_of, given_axes  # noqa: PLC0415  # as the next
        from speckhal.runs.plotting import draw_leak, leak_figure  # noqa: PLC0415  # slow import

        wanted = None if layer is None else self.trace(layer)
        records = [one for one in self.records if wanted is None or one.trace is wanted]
        if ax is None:
            return leak_figure(records, started_at=self.provenance.started_at, warning=self.warning)
        axes = given_axes(ax)
        if not records or len(axes) != len(records):
            raise InputError(
                f"Asked to draw {len(records)} layers, and {len(axes)} axes were given.",
                hint=f"Give one for each: plt.subplots({len(records)})[1]. Or name one layer: "
                "run.plot(ax=ax, layer=0). Without ax, each gets its own."
                if records
                else "The run read no layer.",
            )
        for one, record in zip(axes, records, strict=True):
            draw_leak(one, record)
        return figure_of(axes[0])

    @property
    def warning(self) -> str:
        """That it is not all that was asked for, as sentences; empty where it is."""
        said = [f"The run ended early: {self.problem.rstrip('.: ')}."] if self.problem else []
        if self.is_partial:
            said.append("The record was never finished: this is what was read until then.")
        return " ".join(said)

    def __repr__(self) -> str:
        layers = ", ".join(str(trace.layer) for trace in self.traces) or "none"
        counts = sorted({len(trace) for trace in self.traces})
        readings = " or ".join(map(str, counts)) or "no"
        said = [f"layers {layers}", f"{readings} readings of each"]
        if self.provenance.states == "leaked":
            said.append("states had leaked before")
        if (late := late_readings(self.traces, self.provenance.sampling)) is not None:
            said.append(late.shortly)
        if self._is_soon_judged:
            said.append(self.answer.value if self._is_readable else "the readings cannot be read")
        if self.problem is not None or self.is_partial:
            said.append("ended early")
        return f"<Run on {self.info.board} of {self.info.backend!r}: {'; '.join(said)}>"

    def _repr_html_(self) -> str | None:
        """What a notebook shows: a table and pictures.

        None where they would take long to make, or the readings cannot be read.
        """
        if not (self._is_soon_judged and self._is_readable):
            return None
        from speckhal.runs.run_html import run_as_html  # noqa: PLC0415 - it needs jinja

        return run_as_html(self)

    @property
    def _is_readable(self) -> bool:
        """Whether its readings can be read; the record that they are in may be gone, or damaged."""
        try:
            return self.verdicts is not None
        except InputError:
            return False

    @property
    def _is_soon_judged(self) -> bool:
        """Whether what was read is little enough to be judged whenever somebody prints it."""
        sizes = zip(self.traces, self.layers, strict=True)
        return sum(len(trace) * math.prod(one.shape) for trace, one in sizes) <= _SOON_JUDGED
