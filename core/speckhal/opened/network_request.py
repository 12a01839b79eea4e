"""What the device of a plugin is asked of a network, of what users give to `OpenDevice`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.described_network import refuse_what_does_not_leak
from speckhal.opened.arguments import checked_biases
from speckhal.opened.described_layers import made_of_layers
from speckhal.opened.given_spikes import checked_monitor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import DeviceInfo
    from speckhal.opened.described_layers import MadeNetwork, MakeNetwork
    from speckhal.opened.leak_config import CheckedLeakConfig


@attrs.frozen(eq=False)
class NetworkRequest:
    """What the device of a plugin is asked of a network.

    Attributes:
        network: in the form of the backend.
        shape: (channels, height, width) of its input.
        leak: as users hold it.
        given: the leak, the biases and the monitored layers as the device gets them.
        made: of what layers the network was made; None where the user gave it.
        own_biases: by index of the layer, those that the user gave; None for none.
        monitor: indices of the layers whose spikes come to the host.
    """

    network: object
    shape: Shape
    leak: CheckedLeakConfig | None
    given: dict[str, Any]
    made: MadeNetwork | None
    own_biases: Mapping[int, npt.ArrayLike] | None
    monitor: tuple[int, ...] = ()

    def as_asked(self, deployment: Deployment) -> Deployment:
        """The deployment in the units of the network that the user gave."""
        if self.made is None:
            return deployment
        return self.made.in_chip_units(deployment, self.own_biases or {})


def network_request(
    network: object,
    shape: Shape,
    leak: CheckedLeakConfig | None,
    biases: Mapping[int, npt.ArrayLike] | None,
    *,
    info: DeviceInfo,
    make: MakeNetwork | None,
    monitor: Sequence[int] = (),
) -> NetworkRequest:
    """The request, of a network in the form of the backend or a list of `LayerSpec`.

    Args:
        network: of the user.
        shape: (channels, height, width) of its input.
        leak: as users hold it.
        biases: by index of the layer, of the user.
        info: of the device that it is for.
        make: makes a network in the form of the backend; None where nothing does.
        monitor: indices of the layers whose spikes are to come to the host.

    Raises:
        InputError: the biases are not in order, or a layer is monitored twice.
        LayerNotFound: a layer is named by something that is no index.
        NetworkError: the layers make no network, or a value or the input is outside the chip's
            ranges.
        NetworkDoesNotLeak: `leak` is given, and a bias of a layer rounds to 0, or none has one.
        VendorUnavailable: what the backend makes networks with is not installed.
    """
    given: dict[str, Any] = {"leak": None if leak is None else leak.raw}
    chip, recorded = info.chip, info.recorded_at is not None
    made = made_of_layers(network, shape, chip, make, recorded=recorded)
    all_biases = biases
    if made is not None:
        network = made.network
        if made.direct:
            all_biases = {**made.direct, **(biases or {})}
    if all_biases is not None:  # else the device, which may take none, need not know the argument
        given["biases"] = checked_biases(all_biases, chip.limit("bias_range"))
    monitored = checked_monitor(monitor)
    if monitored:
        given["monitor"] = monitored
    # in the words of layers, which the device does not get
    if made is not None and leak is not None:
        refuse_what_does_not_leak(made.wanted(biases or {}))
    return NetworkRequest(network, shape, leak, given, made, biases, monitored)
