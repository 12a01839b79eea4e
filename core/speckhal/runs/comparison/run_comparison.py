"""What a comparison of two runs gives: agreement, or the first divergence and all around it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.errors import InputError, LayerNotFound
from speckhal.leak.channel_verdict import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from speckhal.contract.address import Shape
    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tick_pairs import TickPairs
    from speckhal.runs.comparison.tolerance import Tolerance


@attrs.frozen
class ComparedReading:
    """What both runs read of one neuron at one tick.

    Attributes:
        tick: since the first reading.
        time_s: when it was read in a and in b, in seconds since the leak was started.
        values: membrane potentials in a and in b, in chip units.
        is_open: whether ticks that may have come while it was read explain that they differ.
    """

    tick: int
    time_s: tuple[float, float]
    values: tuple[int, int]
    is_open: bool = False


@attrs.frozen
class Divergence:
    """Where two runs part: at the smallest tick, of that the first layer, then the first neuron.

    Attributes:
        layer: index of the network layer.
        cores: that the layer is on in a and in b; None where nobody knows.
        tick: since the first reading.
        time_s: when it was read in a and in b, in seconds since the leak was started.
        channel: of the neuron.
        y: row of the neuron.
        x: column of the neuron.
        values: membrane potentials in a and in b, in chip units.
        history: what was read of this neuron before and after, this reading included.
        open_from: the first tick at which a neuron may be apart already, which the readings leave
            open; None where they show that none is before.
    """

    layer: int
    cores: tuple[int | None, int | None]
    tick: int
    time_s: tuple[float, float]
    channel: int
    y: int
    x: int
    values: tuple[int, int]
    history: tuple[ComparedReading, ...]
    open_from: int | None = None

    @property
    def difference(self) -> int:
        """The value of a minus that of b, in chip units."""
        return self.values[0] - self.values[1]

    def __str__(self) -> str:
        """One sentence."""
        cores = " and ".join("?" if core is None else str(core) for core in self.cores)
        where = f"on core {cores}" if len(set(self.cores)) > 1 else f"on core {cores.split()[0]}"
        times = " and ".join(f"{time_s:.3f} s" for time_s in self.time_s)
        return (
            f"At tick {self.tick} ({times}){self.at_the_latest} the neuron at channel "
            f"{self.channel}, y {self.y}, x {self.x} of layer {self.layer} {where} is at "
            f"{self.values[0]} in a and at {self.values[1]} in b."
        )

    @property
    def at_the_latest(self) -> str:
        """These words after a space where earlier readings are open; else empty."""
        return "" if self.open_from is None else " at the latest"


@attrs.frozen(eq=False)
class LayerComparison:
    """What two runs read of one layer.

    Attributes:
        layer: index of the network layer.
        cores: that it is on in a and in b; None where nobody knows.
        shape: (channels, height, width).
        answer: of the three.
        reason: why it cannot tell and what would do, as sentences; else empty.
        readings: of a and of b.
        compared: how many readings of a and of b were compared.
        pairs: of readings of one tick.
        largest: by how many chip units each neuron differs at most, beyond the tolerance, else 0,
            (channels, height, width).
        differing: in how many pairs of readings each neuron differs, (channels, height, width).
        divergence: the first; None where there is none.
        open_from: the first tick at which a neuron may be apart, which the readings leave open;
            None where there is none before the first divergence.
    """

    layer: int
    cores: tuple[int | None, int | None]
    shape: Shape
    answer: Answer
    reason: str
    readings: tuple[int, int]
    compared: tuple[int, int]
    pairs: TickPairs = attrs.field(repr=False)
    largest: npt.NDArray[np.int64] = attrs.field(repr=False)
    differing: npt.NDArray[np.int64] = attrs.field(repr=False)
    divergence: Divergence | None
    open_from: int | None = None

    @property
    def ticks(self) -> int:
        """At how many ticks both were read, the first reading included."""
        return len(np.unique(self.pairs.ticks))

    @property
    def differing_neurons(self) -> int:
        """How many neurons differ anywhere."""
        return int((self.differing > 0).sum())

    def as_json(self) -> dict[str, object]:
        """The comparison of this layer as plain data."""
        return {
            "layer": self.layer,
            "cores": list(self.cores),
            "shape": list(self.shape),
            "answer": self.answer.value,
            "reason": self.reason,
            "readings": list(self.readings),
            "compared": list(self.compared),
            "ticks": self.ticks,
            "differing_neurons": self.differing_neurons,
            "differing_values": int(self.differing.sum()),
            "largest_difference": int(self.largest.max(initial=0)),
            "divergence": None if self.divergence is None else attrs.asdict(self.divergence),
            "open_from": self.open_from,
        }


@attrs.frozen(eq=False, repr=False)
class RunComparison:
    """Whether two runs agree, tick by tick, and where they part first.

    Attributes:
        layers: one for each layer that both runs read, in the order of their indices.
        clocks: what differs between the clocks, as sentences.
        deployed_differently: what differs between the deployments, as sentences.
        explanation: what a divergence comes from, as far as the two runs show it, as sentences.
        uncompared: layers that could not be compared, so that the two do not agree, as sentences.
        notes: what else was not compared, as sentences.
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

    def plot(
        self, axes: Sequence[Axes] | None = None, *, layer: int | None = None
    ) -> Figure | SubFigure:
        """A picture: both runs above, their difference below, on an axis of ticks.

        Args:
            axes: two of matplotlib to draw one layer into, the upper and the lower; None for a new
                figure, which belongs to no window: `figure.savefig(path)` writes it.
            layer: index of the network layer; None for that of the first divergence with `axes`,
                and for all without.

        Returns:
            The figure that was drawn into.

        Raises:
            LayerNotFound: that layer was not compared.
            InputError: `axes` are not two, or no layer was compared.
        """
        # by its name, since it imports this module for the types
        picture = importlib.import_module("speckhal.runs.comparison.picture")
        if axes is None:
            drawn = self.layers if layer is None else (self.layer(layer),)
            figure: Figure = picture.comparison_figure(self, drawn)
            return figure
        if len(axes) != 2:
            raise InputError(
                f"Asked to draw a comparison into {len(axes)} axes.",
                hint="Give two: upper, lower = figure.subplots(2, sharex=True).",
            )
        if not self.layers:
            raise InputError("Asked to draw a comparison in which no layer was compared.")
        parted = self.divergence
        first = self.layers[0].layer if parted is None else parted.layer
        picture.draw_layer(self, self.layer(first if layer is None else layer), axes[0], axes[1])
        return axes[0].figure

    def __repr__(self) -> str:
        layers = ", ".join(str(one.layer) for one in self.layers) or "none"
        ticks = max((one.ticks for one in self.layers), default=0)
        said = f"<Comparison of {ticks} ticks of layers {layers}: {self.answer.value}"
        return f"{said}. {self.problems[0]}>" if self.problems else f"{said}>"
