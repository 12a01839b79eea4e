"""How spikes reach a described layer, where it is not as every layer has it: `LayerSpec.inputs`.

It came after version 1.0 of the plugin API. What of it a device takes, it says by `input_kinds`, a
member that comes with the capability `DESCRIBED_INPUTS`; `speckhal.OpenDevice` refuses the rest, so
that no plugin that does not know it deploys something else.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.facts import Range

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Shape

WEIGHTS: Final = Range(-128, 127)
"""Weights of 8 bits with a sign, as all chips have them that take described layers."""

POLARITIES: Final = 2


class InputKind(enum.Enum):
    """What an `InputSpec` asks for, each of which a device may or may not take."""

    WEIGHTS = "weights of its own"
    """`weights`, of any square kernel."""

    STRIDE = "a stride"
    """`stride` other than 1."""

    PADDING = "padding"
    """`padding` other than 0."""

    POOLING = "pooling"
    """`pooling` other than 1."""

    SENSOR = "the sensor's input"
    """`from_sensor`."""

    RECURRENCE = "recurrence"
    """`from_itself`."""


@attrs.frozen(eq=False)
class InputSpec:
    """How spikes reach the neurons of a layer; all values are in chip units.

    The spike of an input channel c at (y, x) adds `weights[f, c, ky, kx]` to the neuron (f, j, i)
    where y = j * stride - padding + ky and x = i * stride - padding + kx, as in
    `torch.nn.functional.conv2d`.

    Attributes:
        weights: (channels, input channels, kernel, kernel), whole numbers of `WEIGHTS`. A weight of
            0 reaches no neuron.
        stride: rows and columns of the input from one neuron to the next.
        padding: rows and columns of nothing around the input.
        pooling: a spike of the layer before, or of the sensor, comes from row y // pooling and
            column x // pooling; each one counts, and what is left over of an odd map falls away.
        from_sensor: the network's input is the sensor's path, and takes spikes of `SENSOR_INPUT`:
            of both polarities, which are the input channels, or are one where there is one.
            Of the first layer only.
        from_itself: its own spikes are its input, besides what else comes to it.
    """

    weights: npt.ArrayLike
    stride: int = 1
    padding: int = 0
    pooling: int = 1
    from_sensor: bool = False
    from_itself: bool = False

    @property
    def kinds(self) -> frozenset[InputKind]:
        """What it asks for."""
        asked = {
            InputKind.WEIGHTS: True,
            InputKind.STRIDE: self.stride != 1,
            InputKind.PADDING: self.padding != 0,
            InputKind.POOLING: self.pooling != 1,
            InputKind.SENSOR: self.from_sensor,
            InputKind.RECURRENCE: self.from_itself,
        }
        return frozenset(kind for kind, is_asked in asked.items() if is_asked)

    @property
    def kernel(self) -> Shape:
        """(input channels, height, width) of the kernel."""
        _, channels, height, width = np.shape(self.weights)
        return channels, height, width
