"""Deploys a network so that the spikes of its layers come to the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from speckhal.contract.capabilities import Capability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.opened.open_device import OpenDevice


def deploy_monitored(
    device: OpenDevice,
    network: object,
    input_shape: Shape,
    *,
    monitor: Sequence[int] | Literal["all"] = "all",
    leak: LeakConfig | None = None,
) -> Deployment:
    """Deploy a network with monitors on these layers, or on all that it has.

    Which layers it has, a preview says; without one, the network is deployed twice.

    Args:
        device: that gets it.
        network: as for `OpenDevice.deploy`.
        input_shape: (channels, height, width) of its input.
        monitor: indices of the layers.
        leak: as for `OpenDevice.deploy`.

    Raises:
        SpeckhalError: as `OpenDevice.deploy`.
    """
    if monitor == "all":
        look = device.preview if Capability.PREVIEW in device.capabilities else device.deploy
        layers = look(network, input_shape=input_shape).layers
        monitor = [layer.index for layer in layers]
    return device.deploy(network, input_shape=input_shape, leak=leak, monitor=monitor)
