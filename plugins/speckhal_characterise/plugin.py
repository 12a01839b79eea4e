"""The plugin: offers to measure the boards of every backend that gives access to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from speckhal.discovery.hooks import hookimpl

if TYPE_CHECKING:
    from speckhal.contract.characterise import Characteriser
    from speckhal_samna.board.access import GivesBoardAccess


@hookimpl
def speckhal_characteriser(backend: object) -> Characteriser | None:
    """Offer to measure real and emulated boards that speak samna, whoever offers them."""
    # hasattr and not isinstance, which from Python 3.12 on does not see what a wrapper passes on
    if not hasattr(backend, "board_access"):
        return None
    from speckhal_characterise.characteriser import SamnaCharacteriser  # noqa: PLC0415  # listing must stay light

    described = cast("GivesBoardAccess", backend)
    return SamnaCharacteriser(described.board_access, virtual=described.emulated)
