"""What a comparison of two runs gives: agreement, or the first divergence and all around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError, LayerNotFound
from speckhal.leak.channel_verdict import Answer
from speckhal.runs.comparison.layer_comparison import ComparedReading, Divergence, LayerComparison

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tolerance import Tolerance

__all__ = ["ComparedReading", "Divergence", "LayerComparison", "RunComparison"]


@attrs.frozen(eq=False, repr=False)
class RunComparison:
    """Whether two runs agree, tick by tick, and where they part first.

    Attributes:
        layers: one for each layer that both runs read, in the order of their indices.
        clocks: what differs between the clocks, as sentences.
        deployed_differently: what differs between the deployments, as sentences.
        explanation: what a divergence comes from, as far as the two runs show it, as sentences.
        uncompared: layers that could not be compared, so that the two do not agree, as sentences.
        notes: what was left out, and what else one must know of the runs, as sentences.
        ahead: how many ticks b had made more when it was read first; negative where a had.
        tolerance: how far the two might be apart.
        sides: what was compared, a and b.
    """

    layers: tuple[LayerComparison, ...]
    clocks: tuple[str, ...]
    deployed_differently: tuple[str, ...]
    explanation: tuple[str, ...]
    uncompared: tuple[str, ...]
    notes: tuple[str, ...]
    ahead: int
    tolerance: Tolerance
    sides: tuple[Side, Side]

    @property
    def answer(self) -> Answer:
        """Disagrees if a layer or the clocks do; else cannot tell if a layer cannot.

        Nor can it where a layer has another shape in the two, or one of the two networks lacks it.
        """
        answers = {one.answer for one in self.layers}
        if self.clocks or Answer.DISAGREES in answers:
            return Answer.DISAGREES
        if Answer.CANNOT_TELL in answers or not answers or self.uncompared:
            return Answer.CANNOT_TELL
        return Answer.AGREES

    @property
    def agrees(self) -> bool:
        """Whether all that was compared agrees, and something of every layer of both was."""
        return self.answer is Answer.AGREES

    @property
    def divergence(self) -> Divergence | None:
        """The first: of the smallest tick, of that the first layer; None where values agree."""
        found = [one.divergence for one in self.layers if one.divergence is not None]
        if not found:
            return None
        first = min(found, key=lambda one: (one.tick, one.layer))
        still_open = [one.open_from for one in self.layers if one.open_from is not None]
        earliest = min(still_open, default=first.tick)
        return attrs.evolve(first, open_from=earliest if earliest < first.tick else None)

    @property
    def problems(self) -> tuple[str, ...]:
        """What differs and what is not clear, as sentences, what differs first."""
        parted = self.divergence
        unclear = [one.reason for one in self.layers if one.reason]
        unclear += self.uncompared
        if not self.layers and not unclear:
            unclear = [*self.notes] or ["No layer was read in both."]
        return (*([] if parted is None else [str(parted)]), *self.clocks, *unclear)

    def layer(self, index: int) -> LayerComparison:
        """The comparison of one layer.

        Raises:
            LayerNotFound: it was not compared.
        """
        for one in self.layers:
            if one.layer == index:
                return one
        there = ", ".join(str(one.layer) for one in self.layers) or "none"
        raise LayerNotFound(
            f"Asked a comparison for layer {index!r}.", hint=f"It is of these layers: {there}."
        )

    def as_json(self) -> dict[str, object]:
        """The comparison as plain data that any JSON holds."""
        parted = self.divergence
        return {
            "answer": self.answer.value,
            "divergence": None if parted is None else attrs.asdict(parted),
            "problems": list(self.problems),
            "clocks": list(self.clocks),
            "deployed_differently": list(self.deployed_differently),
            "explanation": list(self.explanation),
            "uncompared": list(self.uncompared),
            "notes": list(self.notes),
            "ahead": self.ahead,
            "tolerance": attrs.asdict(self.tolerance),
            "layers": [one.as_json() for one in self.layers],
        }

    def plot(self, ax: Iterable[Axes] | None = None, *, layer: int | None = None) -> Figure:
        """A picture: both runs above, their difference below, on an axis of ticks.

        Args:
            ax: two axes of matplotlib to draw one layer into, the upper and the lower: a list or an
                array of them; None for a new figure, which belongs to no window: a notebook shows
                it, and `figure.savefig(path)` writes it.
            layer: index of the network layer; None for that of the first divergence with `ax`, and
                for all without.

        Returns:
            The figure that was drawn into.

        Raises:
            LayerNotFound: that layer was not compared.
            InputError: `ax` is something else or not two axes, or no layer was compared.
        """
        # they need matplotlib
        from speckhal.leak.given_axes import figure_of, given_axes  # noqa: PLC0415
        from speckhal.runs.comparison.picture import comparison_figure, draw_layer  # noqa: PLC0415

        if ax is None:
            drawn = self.layers if layer is None else (self.layer(layer),)
            return comparison_figure(self, drawn)
        axes = given_axes(ax)
        if len(axes) != 2:
            raise InputError(
                f"Asked to draw a comparison into {len(axes)} axes.",
                hint="Give two: comparison.plot(ax=figure.subplots(2, sharex=True)).",
            )
        if not self.layers:
            raise InputError("Asked to draw a comparison in which no layer was compared.")
        parted = self.divergence
        first = self.layers[0].layer if parted is None else parted.layer
        draw_layer(self, self.layer(first if layer is None else layer), axes[0], axes[1])
        return figure_of(axes[0])

    def __repr__(self) -> str:
        layers = ", ".join(str(one.layer) for one in self.layers) or "none"
        ticks = max((one.ticks for one in self.layers), default=0)
        said = f"<Comparison of {ticks} ticks of layers {layers}: {self.answer.value}"
        return f"{said}. {self.problems[0]}>" if self.problems else f"{said}>"
