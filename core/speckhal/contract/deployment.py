"""What a chip will really do with a network, after all rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import LayerNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        input_shape: (channels, height, width) of the map that its incoming spikes are of; None
            where nobody knows, as in a record.
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
    input_shape: Shape | None = None

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


@attrs.frozen(eq=False, repr=False)
class Deployment:
    """A network on a chip: its layers in network order, and the leak they were given.

    Attributes:
        layers: in network order.
        leak: that they were given; None without one.
        plan: that they were deployed with, as it was applied; None without one.
    """

    layers: tuple[DeployedLayer, ...]
    leak: LeakConfig | None = None
    plan: Plan | None = None

    def layer(self, index: int) -> DeployedLayer:
        """The layer of that index.

        Raises:
            LayerNotFound: no deployed layer has that index.
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

    def __repr__(self) -> str:
        layers = ", ".join(
            f"{' x '.join(map(str, layer.shape))} on core {layer.core}" for layer in self.layers
        )
        leak = "no leak"
        if self.leak is not None:
            rate = "" if self.leak.rate_hz is None else f" at {self.leak.rate_hz} Hz"
            leak = f"leak, {self.leak.drive.value} clock{rate}"
        planned = "" if self.plan is None else ", by a plan"
        return f"<Deployment of {layers or 'no layer'}; {leak}{planned}>"


class Plan(Protocol):
    """What `OpenDevice.deploy` asks of a leak plan; `speckhal.LeakPlan` is one."""

    @property
    def chip(self) -> str:
        """Name of the chip that it is for."""

    @property
    def rate_hz(self) -> int:
        """Ticks per second, the same for all layers."""

    @property
    def biases(self) -> Mapping[int, npt.NDArray[np.integer[Any]]]:
        """By index of the layer, in chip units, (channels,)."""

    def refuse_other_layers(self, layers: Sequence[DeployedLayer]) -> None:
        """Raise `ConfigurationError` where it was not made for these layers."""

    def as_applied(self, deployment: Deployment) -> Plan:
        """The plan with what a chip really does of it; refused as by `refuse_other_layers`."""

    def as_json(self) -> dict[str, object]:
        """The plan as plain data that any JSON holds."""
