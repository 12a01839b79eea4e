"""What a chip will really do with a network, after all rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import LayerNotFound

if TYPE_CHECKING:
    from speckhal.contract.address import Shape
    from speckhal.contract.leak_config import LeakConfig


@attrs.frozen(eq=False)
class DeployedLayer:
    """One network layer as it stands on the chip.

    Attributes:
        index: index of the network layer.
        core: the core it was placed on.
        shape: (channels, height, width) of its neurons.
        scale: chip units per unit of the network's weights, biases and thresholds.
        biases: what each channel's neurons gain at a tick, int16, (channels,).
        wanted_biases: the network's own biases, (channels,).
        threshold_high: a neuron fires at or above this, in chip units.
        threshold_low: a membrane potential never falls below this, in chip units.
        leak_enable: whether the core listens to the slow clock.
        rate_hz: ticks per second while the clock runs; None where nothing fixes it.
    """

    index: int
    core: int
    shape: Shape
    scale: float
    biases: npt.NDArray[np.int16]
    wanted_biases: npt.NDArray[np.float64]
    threshold_high: int
    threshold_low: int
    leak_enable: bool
    rate_hz: int | None = None

    @property
    def leak_per_tick(self) -> npt.NDArray[np.float64]:
        """What each channel loses at a tick, in spike thresholds, (channels,)."""
        # widened first: int16 has no +32768
        return -self.biases.astype(np.int64) / self.threshold_high

    @property
    def leak_per_s(self) -> npt.NDArray[np.float64] | None:
        """What each channel loses in a second, in spike thresholds, (channels,)."""
        return None if self.rate_hz is None else self.leak_per_tick * self.rate_hz

    @property
    def rounding_error(self) -> npt.NDArray[np.float64]:
        """Leak on the chip over leak asked for, minus one, (channels,); 0 where none was asked."""
        asked = self.wanted_biases * self.scale
        error = np.divide(
            self.biases - asked, asked, out=np.zeros(len(asked), np.float64), where=asked != 0
        )
        return error + 0.0  # 0 / -1 is -0.0, which would be printed as such


@attrs.frozen(eq=False)
class Deployment:
    """A network on a chip: its layers in network order, and the leak they were given."""

    layers: tuple[DeployedLayer, ...]
    leak: LeakConfig | None = None

    def layer(self, index: int) -> DeployedLayer:
        """The layer of that index.

        Raises:
            LayerNotFound: there is none.
        """
        wanted = whole_number(index)
        for layer in self.layers:
            if layer.index == wanted:
                return layer
        there = ", ".join(str(layer.index) for layer in self.layers)
        raise LayerNotFound(
            f"Asked for layer {index!r}, and the deployed network has no such layer.",
            hint=f"Its layers are: {there}.",
        )
