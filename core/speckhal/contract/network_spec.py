"""What a network to try a board with is to be like, in terms that every backend understands.

The core passes networks through untouched, so it cannot make one: it describes the layers that it
wants, and the backend makes a network of them in its own form.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.input_spec import InputSpec


SPIKE_WEIGHT: Final = 127
"""What a spike adds to each neuron that it reaches, in chip units: the largest weight of 8 bits."""


class Reset(enum.Enum):
    """What becomes of a neuron that fires."""

    SUBTRACT = "subtract"
    """It loses its threshold."""

    ZERO = "zero"
    """It becomes 0."""


@attrs.frozen(eq=False)
class LayerSpec:
    """One layer of a network that a backend is asked to make; all values are in chip units.

    What the chip cannot have is asked for on purpose, to see it refused when it is deployed: a
    backend makes the network all the same. A chip has whole biases and thresholds: a fraction
    becomes the nearest whole number when it is deployed, and `DeployedLayer.wanted_biases` keeps
    what was given. Where `inputs` is None, the first layer takes an input of 1 channel, with maps
    as large as its own; in a network of several layers each map is as high and wide as the one
    before, or smaller by as many rows as columns. Such a layer is a convolution without padding, of
    all channels with all, whose kernel leaves just that map, with the weights `SPIKE_WEIGHT`.

    Attributes:
        shape: (channels, height, width) of its neurons.
        biases: what a tick adds to the neurons of each channel, (channels,); None for a layer
            without. `OpenDevice.deploy` takes all of the chip's `bias_range`; `Backend.example` is
            asked for at most 127 in size.
        threshold_high: a neuron fires at or above this.
        threshold_low: neither a tick nor a spike leaves a neuron below this.
        initial: membrane potentials to start from, one for all or (channels, height, width): whole
            numbers from `threshold_low` to `threshold_high`.
        reset: what becomes of a neuron that fires.
        inputs: how spikes reach it, where that is otherwise: by weights, stride, padding, pooling,
            from the sensor, from itself. Needs `DESCRIBED_INPUTS`.
    """

    shape: Shape
    biases: Sequence[float] | None = None
    threshold_high: float = 127
    threshold_low: float = -127
    initial: int | npt.NDArray[np.int16] = 0
    reset: Reset = Reset.SUBTRACT
    inputs: InputSpec | None = None


@attrs.frozen(eq=False)
class ExampleNetwork:
    """A network ready to deploy.

    Attributes:
        network: in the form the backend's `deploy` takes.
        input_shape: (channels, height, width) of its input.
        summary: what it is, in a few words.
    """

    network: object
    input_shape: Shape
    summary: str
