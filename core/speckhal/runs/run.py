"""A run: everything that one leak experiment gathered, and where it comes from."""

from __future__ import annotations

import functools
import importlib
import math
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError, LayerNotFound
from speckhal.leak.channel_verdict import Answer
from speckhal.runs.record import LeakRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.reading import Trace
    from speckhal.leak.verdict import Verdict


_SOON_JUDGED = 10_000_000
"""Membrane potentials that are judged in a moment; records may have far more."""


@attrs.frozen(eq=False)
class Provenance:
    """Where a run comes from, as plain data that any JSON holds.

    Attributes:
        run_id: a name that no other run has.
        started_at: when it started, UTC, as ISO 8601 writes it; empty where nobody knows.
        selection: what opened the device, as `backend:target`; empty where nobody knows.
        options: that the device was opened with, and the text of the mock's profile.
        capabilities: of the device, by the names of `Capability`, sorted.
        input_shape: (channels, height, width) of the network's input; None where nobody knows.
        network_hash: SHA-256 of the network's parameters, in hexadecimal; empty where the network
            has none that could be read.
        sampling: `every_s` and `for_s`, or `ticks`, as they were asked for.
        versions: of speckhal, sinabs, samna, torch and numpy, as far as they are installed; that
            of an emulated samna ends in " (emulated)".
        plan: the leak that was wanted, as `speckhal plan --json` prints it; None without a plan.
        seeds: of what is random in it, by name.
        states: "deployed" where the neurons started as they were deployed, "restored" where they
            were brought back to that before the run, "written" where the run began by writing
            them, "leaked" where an earlier run, or anything else, had moved them; empty where
            nobody knows.
        written: membrane potential that all neurons of a layer were written before the clock ran,
            in chip units, by the layer's index as a text; empty where the run wrote none.
        start: membrane potential of all neurons before the clock ran, in chip units, where it ran
            before the first reading; None where the first reading is of the start, as in every
            run of `run_leak`.
        notes: what one must know of the numbers, as sentences by name: `source`, where others
            published them; `inferred`, what was computed and not measured; `uncertain`, what
            nobody knows.
    """

    run_id: str
    started_at: str = ""
    selection: str = ""
    options: Mapping[str, object] = attrs.field(factory=dict)
    capabilities: tuple[str, ...] = ()
    input_shape: tuple[int, int, int] | None = None
    network_hash: str = ""
    sampling: Mapping[str, float] = attrs.field(factory=dict)
    versions: Mapping[str, str] = attrs.field(factory=dict)
    plan: Mapping[str, object] | None = None
    seeds: Mapping[str, int] = attrs.field(factory=dict)
    states: str = "deployed"
    written: Mapping[str, int] = attrs.field(factory=dict)
    start: int | None = None
    notes: Mapping[str, str] = attrs.field(factory=dict)


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
        table: pd.DataFrame = _made_by("analysis_exports").to_pandas(self)
        return table

    def to_xarray(self) -> xr.DataTree:
        """A tree with a dataset for each layer, by `runs.analysis_exports`.

        Raises:
            InputError: xarray is not installed.
        """
        tree: xr.DataTree = _made_by("analysis_exports").to_xarray(self)
        return tree

    def plot(self, ax: Axes | None = None, *, layer: int | None = None) -> Figure | SubFigure:
        """A picture of the run, with the verdict of each layer in its title.

        Args:
            ax: axes of matplotlib to draw one layer into; None for a new figure, which belongs to
                no window: a notebook shows it, and `figure.savefig(path)` writes it.
            layer: index of the network layer; None for all, or with `ax` for the only one.

        Returns:
            The figure that was drawn into.

        Raises:
            LayerNotFound: the run did not read that layer.
            InputError: `ax` is given, and the run has not one layer but several, or none.
        """
        from speckhal.runs.plotting import draw_leak, leak_figure  # noqa: PLC0415  # slow import

        wanted = None if layer is None else self.trace(layer)
        records = [one for one in self.records if wanted is None or one.trace is wanted]
        if ax is None:
            return leak_figure(records, started_at=self.provenance.started_at, warning=self.warning)
        if len(records) != 1:
            raise InputError(
                f"Asked to draw {len(records)} layers into one pair of axes.",
                hint="Name the layer: run.plot(ax=ax, layer=0). Without ax, each gets its own.",
            )
        draw_leak(ax, records[0])
        return ax.figure

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
        if self._is_soon_judged:
            said.append(self.answer.value)
        if self.problem is not None or self.is_partial:
            said.append("ended early")
        return f"<Run on {self.info.board} of {self.info.backend!r}: {'; '.join(said)}>"

    def _repr_html_(self) -> str | None:
        """What a notebook shows: a table and pictures; None where they would take long to make."""
        if not self._is_soon_judged:
            return None
        shown: str = _made_by("run_html").run_as_html(self)
        return shown

    @property
    def _is_soon_judged(self) -> bool:
        """Whether what was read is little enough to be judged whenever somebody prints it."""
        sizes = zip(self.traces, self.layers, strict=True)
        return sum(len(trace) * math.prod(one.shape) for trace, one in sizes) <= _SOON_JUDGED


def _made_by(module: str) -> ModuleType:
    """What makes something of a run: by its name, since it imports this module for the type."""
    return importlib.import_module(f"speckhal.runs.{module}")
