"""Deploys the network of a point with the bias of the point, whichever way its board takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import ConfigurationError
from speckhal.opened.arguments import checked_biases
from speckhal.opened.known_layers import known_layers
from speckhal.opened.planned_deployment import with_other_biases

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.network_spec import ExampleNetwork
    from speckhal.opened.open_device import OpenDevice
    from speckhal.runs.sweep.points import SweepPoint

_channels: dict[str, dict[int, int]] = {}  # of each layer, by what the network of a point is


def deploy_with_bias(
    device: OpenDevice, point: SweepPoint, network: ExampleNetwork, leak: LeakConfig
) -> None:
    """Deploy the network with the bias of the point in all channels of all layers.

    They are the network's own where the device takes no others.

    Args:
        device: open.
        point: with a `bias`, in chip units.
        network: of the point.
        leak: to deploy it with.

    Raises:
        CapabilityUnsupported: the device does neither.
        ConfigurationError: as the network's own they come to others on the chip.
    """
    biases, shape = _biases(device, point, network), network.input_shape
    if Capability.DIRECT_BIASES in device.capabilities:
        device.deploy(network.network, input_shape=shape, leak=leak, biases=biases)
        return
    checked = checked_biases(biases, device.info.chip.limit("bias_range"))
    changed = with_other_biases(
        device.raw,
        network.network,
        shape,
        checked,
        asked="deploy other biases than a network's own",
    )
    for layer in device.deploy(changed, input_shape=shape, leak=leak).layers:
        if not np.array_equal(layer.biases, checked[layer.index]):
            raise ConfigurationError(
                f"Asked for the bias {checked[layer.index][0]} as the own of a network, where it "
                f"comes to {layer.biases[0]} in layer {layer.index}: it shares the bits of the "
                "weights.",
                hint="Use a smaller bias, or a board that takes biases directly.",
            )


def _biases(
    device: OpenDevice, point: SweepPoint, network: ExampleNetwork
) -> dict[int, npt.NDArray[np.int64]]:
    """The bias of every channel of every layer, as a preview or a first deployment shows them."""
    known = f"{point.values['backend']} {point.network_key}"
    if known not in _channels:
        if Capability.PREVIEW in device.capabilities:
            layers = known_layers(
                lambda: device.preview(network.network, input_shape=network.input_shape)
            )
        else:
            layers = device.deploy(network.network, input_shape=network.input_shape).layers
        _channels[known] = {layer.index: layer.shape[0] for layer in layers}
    bias = int(point.values["bias"] or 0)
    return {index: np.full(channels, bias) for index, channels in _channels[known].items()}
