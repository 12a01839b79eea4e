"""What two runs read of one layer: agreement, or the first divergence and what is around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.leak.channel_verdict import Answer
    from speckhal.runs.comparison.tick_pairs import TickPairs


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
