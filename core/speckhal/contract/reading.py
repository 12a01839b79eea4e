"""What a probe hands out: one snapshot of a layer, and a series of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.address import Shape

VMem: TypeAlias = npt.NDArray[np.int16]


def _read_only(values: VMem) -> VMem:
    """The same values, in memory that nobody can write to: not who hands them on either."""
    return np.frombuffer(values.tobytes(), values.dtype).reshape(values.shape)


@attrs.frozen(eq=False)
class Reading:
    """Membrane potentials of one layer, asked for at one moment.

    Attributes:
        layer: index of the network layer.
        time_s: when the request was sent, on the device's clock, in seconds.
        v_mem: membrane potentials, int16, (channels, height, width). Read-only.
        ticks: ticks since the network was deployed, where every one of them was made by
            `Device.tick`; None where the clock ran by itself and the number is not known. A run
            that makes its ticks itself knows them all the same, and gives those since its start,
            as long as nothing else has made any.
        duration_s: from the request to the last answer. A chip answers neuron by neuron, and a
            running clock does not wait: values of one reading may differ by the ticks that
            passed within it. A full core takes tens of milliseconds.
    """

    layer: int
    time_s: float
    v_mem: VMem = attrs.field(converter=_read_only)
    ticks: int | None = None
    duration_s: float = 0.0


@attrs.frozen(eq=False, repr=False)
class Trace:
    """Membrane potentials of one layer over time.

    Attributes:
        layer: index of the network layer.
        time_s: seconds since the leak was started, (samples,).
        v_mem: membrane potentials, int16, (samples, channels, height, width).
        ticks: ticks since the leak was started, (samples,); None where they were not counted.
        duration_s: how long each reading took, (samples,): a value is of some moment between
            `time_s` and `time_s + duration_s`. 0 where nothing is said.
    """

    layer: int
    time_s: npt.NDArray[np.float64]
    v_mem: VMem
    ticks: npt.NDArray[np.int64] | None = None
    duration_s: npt.NDArray[np.float64] = attrs.field()

    @duration_s.default
    def _at_once(self) -> npt.NDArray[np.float64]:
        return np.zeros(len(self.time_s))

    @classmethod
    def of(cls, readings: Sequence[Reading], *, start_s: float) -> Trace:
        """The readings as one trace whose zero is `start_s` on the device's clock.

        Raises:
            ValueError: there is no reading, or they are of different layers.
        """
        if not readings:
            raise ValueError("A trace needs at least one reading.")
        if len({reading.layer for reading in readings}) != 1:
            raise ValueError("The readings of a trace must all be of one layer.")
        counted = [reading.ticks for reading in readings if reading.ticks is not None]
        ticks = np.array(counted, np.int64)
        return cls(
            layer=readings[0].layer,
            time_s=np.array([reading.time_s - start_s for reading in readings]),
            v_mem=np.stack([reading.v_mem for reading in readings]),
            ticks=ticks - ticks[0] if len(ticks) == len(readings) else None,
            duration_s=np.array([reading.duration_s for reading in readings]),
        )

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of the layer."""
        _, channels, height, width = self.v_mem.shape
        return channels, height, width

    def __len__(self) -> int:
        return len(self.time_s)

    def __repr__(self) -> str:
        samples, shape = len(self), " x ".join(map(str, self.shape))
        span = ""
        if samples > 1:
            passed_s = float(self.time_s[-1] - self.time_s[0])
            span = f" over {passed_s:.4g} s"
            if self.ticks is not None:
                span = f" over {int(self.ticks[-1] - self.ticks[0])} ticks"
        readings = "1 reading" if samples == 1 else f"{samples} readings"
        return f"<Trace of layer {self.layer}: {readings} of {shape} neurons{span}>"
