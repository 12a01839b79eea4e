"""The layers that a network would have on a board, as its backend knows them without the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.backend import describe_board, preview_without_board
from speckhal.contract.capabilities import Capability
from speckhal.opened.described_inputs import asks_for_inputs
from speckhal.opened.described_layers import made_of_layers
from speckhal.opened.known_layers import known_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.address import Shape
    from speckhal.contract.backend import Backend
    from speckhal.contract.deployment import DeployedLayer


def previewed_layers(
    backend: Backend, target: str | None, network: object, input_shape: Shape
) -> Sequence[DeployedLayer] | None:
    """What deploying the network would return of each layer; None without `PREVIEW`.

    Args:
        backend: any.
        target: the part behind the colon in `backend:target`; None for the first one.
        network: in the form that the backend deploys, or a list of `LayerSpec`; None comes of one
            with `inputs` for a board that takes none, which a device refuses.
        input_shape: (channels, height, width) of its input.

    Raises:
        DeviceNotFound: there is no such target.
        NetworkError: it is no network, or not for an input of that shape, or the chip has no room
            for it.
        VendorUnavailable: what the backend needs to read networks is not installed.
    """
    previewer = preview_without_board(backend, target)
    if previewer is None or _takes_no_inputs(backend, target, network):
        return None
    made = made_of_layers(
        network,
        input_shape,
        backend.chip(target),
        backend.example,
        recorded=describe_board(backend, target).recorded,
    )
    if made is None:
        return known_layers(
            lambda: previewer.preview(network, input_shape=input_shape, target=target)
        )
    previewed = previewer.preview(
        made.network, input_shape=input_shape, target=target, biases=made.direct
    )
    return made.in_chip_units(previewed, {}).layers


def _takes_no_inputs(backend: Backend, target: str | None, network: object) -> bool:
    if not asks_for_inputs(network):
        return False
    board = describe_board(backend, target)
    return not board.recorded and Capability.DESCRIBED_INPUTS not in board.capabilities
