"""A leak plan: the biases and the rate for the leaks that were wanted, and what they will do."""

from __future__ import annotations

import functools
import html
import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.errors import ConfigurationError, InputError
from speckhal.leak.planning.plain_plan import plan_fields
from speckhal.leak.planning.plan_tables import (
    LEAK_LEGEND,
    TRADE_OFF_LEGEND,
    leak_table,
    trade_off_table,
)
from speckhal.leak.planning.planned_layer import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.facts import Fact
    from speckhal.leak.planning.planned_layer import PlannedLayer, TradeOff


_ROUNDING: Final = 1e-9  # of the arithmetic


@attrs.frozen(repr=False)
class LeakPlan:
    """Biases and a clock rate for the leaks that were wanted. `OpenDevice.deploy` takes it.

    Attributes:
        chip: name of the chip that it is for.
        rate_hz: ticks per second, the same for all layers.
        layers: of the network, in network order.
        trade_offs: a sample of the possible rates, ascending: what would be chosen for coarser or
            finer ticks, what has the least error, and the chosen one.
        max_error: what was aimed at or asked for, relative.
        max_ripple: what was aimed at or asked for, in thresholds.
        budget: updates that a core can make in a second; None where that is not known.
        is_applied: whether this is what a deployment came to, rather than what was planned.
    """

    chip: str
    rate_hz: int
    layers: tuple[PlannedLayer, ...]
    trade_offs: tuple[TradeOff, ...]
    max_error: float
    max_ripple: float
    budget: Fact[int] | None = None
    is_applied: bool = False

    @functools.cached_property
    def error(self) -> float:
        """The relative error that no channel exceeds: what the plan promises."""
        return max(float(np.abs(layer.errors).max()) for layer in self.layers)

    @property
    def ripple(self) -> float:
        """The largest step that one tick makes, in thresholds."""
        return max(float(layer.ripples.max()) for layer in self.layers)

    @property
    def updates_per_s(self) -> int:
        """Updates that the busiest core makes in a second."""
        return max(layer.updates_per_s for layer in self.layers)

    @property
    def biases(self) -> Mapping[int, npt.NDArray[np.int64]]:
        """By index of the layer, in chip units, int64, (channels,): as `deploy(biases=)` takes."""
        return {layer.index: layer.biases for layer in self.layers}

    def layer(self, index: int) -> PlannedLayer:
        """The layer of that index.

        Raises:
            ConfigurationError: the plan has no such layer.
        """
        for layer in self.layers:
            if layer.index == index:
                return layer
        there = ", ".join(str(layer.index) for layer in self.layers)
        raise ConfigurationError(
            f"Asked a leak plan for layer {index!r}, which it does not have.",
            hint=f"Its layers are: {there}.",
        )

    def refuse_other_layers(self, layers: Sequence[DeployedLayer]) -> None:
        """Refuse a network for which this plan was not made.

        Args:
            layers: of the network, as they stand on the chip or would.

        Raises:
            ConfigurationError: layers are missing or more, or one has another shape, scale or
                threshold.
        """
        theirs = {layer.index: layer for layer in layers}
        mine = {layer.index: layer for layer in self.layers}
        if theirs.keys() != mine.keys():
            raise _other(f"layers {_listed(theirs)}", f"layers {_listed(mine)}")
        for index, layer in mine.items():
            other = theirs[index]
            if tuple(other.shape) != tuple(layer.shape):
                raise _other(f"layer {index} of shape {other.shape}", f"one of {layer.shape}")
            if other.threshold_high != layer.threshold_high:
                raise _other(
                    f"layer {index} with threshold {other.threshold_high} on the chip",
                    f"one of {layer.threshold_high}",
                )
            if not math.isclose(other.scale, layer.scale, rel_tol=1e-6):
                raise _other(
                    f"layer {index} with scale {other.scale:.6g}", f"one of {layer.scale:.6g}"
                )

    def as_applied(self, deployment: Deployment) -> LeakPlan:
        """What the chip really does of this plan: the biases and the rate of a deployment.

        Args:
            deployment: of the network that the plan was made for.

        Raises:
            ConfigurationError: it is of another network.
        """
        self.refuse_other_layers(deployment.layers)
        rates = {layer.rate_hz for layer in deployment.layers} - {None}
        (rate_hz,) = rates or {self.rate_hz}
        layers = tuple(
            attrs.evolve(
                layer,
                biases=deployment.layer(layer.index).biases,
                threshold_low=deployment.layer(layer.index).threshold_low,
                rate_hz=rate_hz or self.rate_hz,
            )
            for layer in self.layers
        )
        return attrs.evolve(self, rate_hz=layers[0].rate_hz, layers=layers, is_applied=True)

    def as_json(self) -> dict[str, object]:
        """The plan as plain data that any JSON holds.

        Leaks are in thresholds per second, errors and ripples are fractions. What has no finite
        number, such as the time to the floor of a potential that rises, is None. `from_json` makes
        the plan of it again.
        """
        budget = self.budget
        return {
            "chip": self.chip,
            "is_applied": self.is_applied,
            "rate_hz": self.rate_hz,
            "error": self.error if math.isfinite(self.error) else None,
            "ripple": self.ripple,
            "updates_per_s": self.updates_per_s,
            "max_error": self.max_error,
            "max_ripple": self.max_ripple,
            "budget_updates_per_s": None if budget is None else budget.value,
            "budget_source": None if budget is None else budget.source,
            "budget_certainty": None if budget is None else budget.certainty.value,
            "layers": [layer.as_json() for layer in self.layers],
            "trade_offs": [attrs.asdict(one) for one in self.trade_offs],
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> LeakPlan:
        """The plan that `as_json` wrote down, equal in every field.

        What follows from its biases and rate, such as errors, is computed and not read.

        Args:
            plain: what `as_json` returned, also after it was written into JSON and read again: what
                `speckhal plan --json` prints, or `Provenance.plan` of a run.

        Raises:
            InputError: it is something else, or damaged: it names the part that is wrong.
        """
        return cls(**plan_fields(plain))

    @property
    def summary(self) -> str:
        """What the plan comes to, in one line."""
        does = "does" if self.is_applied else "would do"
        return (
            f"What a {self.chip} {does} at {self.rate_hz} Hz: error at most "
            f"{percent(self.error)}, steps of at most {percent(self.ripple)} of the threshold"
        )

    @property
    def shortfall(self) -> str:
        """That no rate keeps the error and the steps that were aimed at; empty where this does."""
        beyond = self.error > self.max_error * (1 + _ROUNDING)
        if not (beyond or self.ripple > self.max_ripple * (1 + _ROUNDING)):
            return ""
        neurons = max(math.prod(one.shape) for one in self.layers if one.biases.any())
        is_full = self.budget is not None and neurons * (self.rate_hz + 1) > self.budget.value
        why = ": a faster clock is more than a core can follow" if is_full else ""
        return (
            f"No possible rate keeps both an error of {percent(self.max_error)} and steps of "
            f"{percent(self.max_ripple)} of the threshold, and this comes nearest{why}."
        )

    def plot(self, ax: Axes | Iterable[Axes] | None = None) -> Figure:
        """Draw the obtained leak of each channel against the wanted one, and the errors below.

        Args:
            ax: axes of matplotlib to draw into: one for the leaks alone, or two, in a list or an
                array, of which the second gets the errors; None for a new figure, which belongs to
                no window: a notebook shows it, and `figure.savefig(path)` writes it.

        Returns:
            The figure that was drawn into.

        Raises:
            InputError: `ax` is something else, or more than two axes.
        """
        # both need matplotlib
        from speckhal.leak.given_axes import figure_of, given_axes  # noqa: PLC0415
        from speckhal.leak.planning.plan_picture import draw_plan, plan_figure  # noqa: PLC0415

        if ax is None:
            return plan_figure(self.layers, self.summary)
        axes = given_axes(ax)
        if len(axes) not in {1, 2}:
            raise InputError(
                f"Asked to draw a plan into {len(axes)} axes.",
                hint="Give one for the leaks, or two: plan.plot(ax=figure.subplots(2)).",
            )
        draw_plan(self.layers, self.summary, *axes)
        return figure_of(axes[0])

    def __repr__(self) -> str:
        channels = sum(layer.shape[0] for layer in self.layers)
        done = "applied" if self.is_applied else "planned"
        return (
            f"<LeakPlan for {self.chip}, {done}: {self.rate_hz} Hz, {len(self.layers)} "
            f"layer{'s' * (len(self.layers) != 1)}, {channels} channel{'s' * (channels != 1)}, "
            f"error {percent(self.error)}, ripple {percent(self.ripple)}>"
        )

    def _repr_html_(self) -> str:
        """The plan as tables, for a notebook."""
        leaks, rates = leak_table(self.layers), trade_off_table(self.trade_offs, self.budget)
        about, leak_legend, rate_legend = (
            f"<p>{html.escape(text)}</p>"
            for text in (f"{self.summary}. {self.shortfall}", LEAK_LEGEND, TRADE_OFF_LEGEND)
        )
        return "\n".join([about, leaks.as_html(), leak_legend, rate_legend, rates.as_html()])


def _listed(numbers: Mapping[int, object]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def _other(theirs: str, mine: str) -> ConfigurationError:
    return ConfigurationError(
        f"Asked to use a leak plan for a network with {theirs}, and it was made for {mine}.",
        hint="Make a plan for this network: speckhal plan --network, or speckhal.plan_leak.",
    )
