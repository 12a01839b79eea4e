"""The mock: emulated Speck boards as a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.discovery.hooks import hookimpl
from speckhal_mock.backend.emulated_backend import EmulatedBackend
from speckhal_mock.boards.targets import CHIPS

if TYPE_CHECKING:
    from speckhal.contract.backend import Emulator


class MockBackend(EmulatedBackend):
    """Emulated boards with the chips that come with speckhal; it runs vendors' scripts as well."""

    def __init__(self) -> None:
        super().__init__(
            *CHIPS,
            name="mock",
            summary="emulated Speck boards; no hardware and no vendor SDK needed",
        )

    @hookimpl
    def speckhal_emulator(self) -> Emulator:
        """Offer to run the vendor's scripts."""
        from speckhal_mock.scripts.emulator import ScriptEmulator  # noqa: PLC0415  # listing must stay light

        return ScriptEmulator()
