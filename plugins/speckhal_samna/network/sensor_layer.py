"""The sensor's pre-processing at the beginning of a network, which sinabs calls a DVSLayer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, cast

import attrs
import sinabs
import torch
from torch import nn

from speckhal.contract.errors import NetworkError
from speckhal_samna.network.chip_units import ChipUnits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer

    from speckhal.contract.address import Shape
    from speckhal_samna.bindings import Configuration

PIXELS: Final = 128
"""Rows and columns of the sensor; source: dev kit data sheet, 3.2.1."""

MOST_DESTINATIONS: Final = 2
"""Of the pre-processing; source: samna 0.48.5 reference, DvsLayerConfig."""

_DVS_LAYER: Final = "sinabs.backend.dynapcnn.dvs_layer"


@attrs.frozen(eq=False)
class SensorInput:
    """What the sensor's events go through before they come to the network.

    Attributes:
        layer: sinabs' description of it.
        shape: (polarities, height, width) of the pixels that it takes.
    """

    layer: DVSLayer
    shape: Shape

    def write_to(
        self, configuration: Configuration, cores: Sequence[int], *, monitored: bool
    ) -> None:
        """Let the chip's pre-processing do the same, and feed these cores.

        Raises:
            NetworkError: they are too many.
        """
        if len(cores) > MOST_DESTINATIONS:
            raise NetworkError(
                f"The sensor is to feed {len(cores)} layers, and it has {MOST_DESTINATIONS} "
                "destinations.",
                hint="Let no more layers than that take the network's input.",
            )
        on_chip = configuration.dvs_layer
        for name, value in self.layer.get_config_dict().items():
            setattr(on_chip, name, value)
        for destination, core in zip(on_chip.destinations, cores, strict=False):
            destination.layer, destination.enable = core, True
        on_chip.monitor_enable = monitored
        # last, since the vendor's flag of the monitor switches the sensor on besides
        on_chip.pass_sensor_events = self.is_live

    @property
    def is_live(self) -> bool:
        """Whether the network takes the events of the sensor itself, and not the host's only."""
        return not self.layer.disable_pixel_array


def split_sensor(network: object, input_shape: Shape) -> tuple[SensorInput | None, object, Shape]:
    """The pre-processing that a network begins with, what follows it, and the input of that.

    A network without is given back as it is.

    Raises:
        NetworkError: the pre-processing takes another input, or more than the sensor has.
    """
    module = getattr(network, "_orig_mod", network)  # what torch.compile was given
    if isinstance(module, sinabs.Network):
        module = module.spiking_model
    following: nn.Module
    if isinstance(module, ChipUnits) and module.sensor_pooling is not None:
        layer, following = _described(module, module.sensor_pooling, input_shape), module
    else:
        made = sys.modules.get(_DVS_LAYER)  # where it was not imported nobody has one
        if made is None or not isinstance(module, nn.Sequential) or len(module) < 2:
            return None, network, input_shape
        if not isinstance(module[0], made.DVSLayer):
            return None, network, input_shape
        layer, following = cast("DVSLayer", module[0]), module[1:]
    polarities, height, width = 2, *layer.input_shape[1:]
    possible = {(polarities, height, width), tuple(layer.input_shape)}
    if tuple(input_shape) not in possible:
        raise NetworkError(
            f"Asked to deploy a network for input of shape {input_shape}, and its DVSLayer is for "
            f"{height} x {width} pixels.",
            hint=f"Give input_shape=({polarities}, {height}, {width}).",
        )
    if max(height, width) > PIXELS:
        raise NetworkError(
            f"The network's DVSLayer is for {height} x {width} pixels, and the sensor has "
            f"{PIXELS} x {PIXELS}.",
            hint=f"Use an input_shape of at most ({PIXELS}, {PIXELS}).",
        )
    with torch.no_grad():
        _, channels, rows, columns = layer(torch.zeros(1, *input_shape)).shape
    sensor = SensorInput(layer, (polarities, height, width))
    return sensor, following, (channels, rows, columns)


def _described(network: ChipUnits, pooling: int, input_shape: Shape) -> DVSLayer:
    """The pre-processing of a described network: it pools, and merges polarities for one channel.

    It takes events of the host alone, as all described networks do.
    """
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer  # noqa: PLC0415  # imports samna

    _, height, width = input_shape
    channels = next(iter(network.parameters())).shape[1]
    return DVSLayer((height, width), pool=(pooling, pooling), merge_polarities=channels == 1)
