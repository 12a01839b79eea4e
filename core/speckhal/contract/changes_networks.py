"""What a device may do for leak plans besides: make a network that has their biases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from speckhal.contract.address import Shape


class ChangesNetworks(Protocol):
    """A device that makes networks with other biases; it may leave this out.

    It is asked where the device does not declare `DIRECT_BIASES`, so that biases must be the
    network's own, and the network is not a list of `LayerSpec`, which speckhal changes itself.
    """

    def with_biases(
        self, network: object, *, input_shape: Shape, biases: Mapping[int, npt.ArrayLike]
    ) -> object:
        """A network that is like this one, and whose biases come to these on the chip.

        Args:
            network: in the form that the device deploys; it is left as it is.
            input_shape: (channels, height, width) of its input.
            biases: by index of the layer, in chip units, int16, (channels,).

        Raises:
            NetworkError: no network comes to these biases on the chip.
        """
