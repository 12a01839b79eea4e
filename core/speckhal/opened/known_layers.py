"""The layers of a network as a preview has them, also where a record lacks its own biases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.errors import NotRecorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal.contract.deployment import DeployedLayer, Deployment


class OwnBiasesNotRecorded(NotRecorded):
    """A record was taken with other biases than the network's own, which it does not have.

    Attributes:
        layers: all that is known, in network order. Of a layer that it lacks them of
            `wanted_biases` are those that the plan of the record says, or NaN, and `biases` and
            `leak_enable` say nothing.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, layers: Sequence[DeployedLayer] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.layers = layers


def known_layers(preview: Callable[[], Deployment]) -> Sequence[DeployedLayer]:
    """The layers of a preview, or what is known of them, as far as a plan needs it.

    Args:
        preview: of a network without other biases than its own.
    """
    try:
        return preview().layers
    except OwnBiasesNotRecorded as error:
        return error.layers
