"""The mock: emulated Speck boards as a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.hooks import hookimpl
from speckhal_mock.chips import CHIPS
from speckhal_mock.emulated import EmulatedBackend

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.backend import Emulator
    from speckhal.characterise import Characteriser
    from speckhal.health import HealthCheck


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
        from speckhal_mock.script import ScriptEmulator  # noqa: PLC0415  # listing must stay light

        return ScriptEmulator()

    @hookimpl
    def speckhal_health_checks(self) -> Iterable[HealthCheck]:
        """Offer to try an emulated board of each chip."""
        from speckhal_mock.health import CHECKS  # noqa: PLC0415  # listing must stay light

        return CHECKS

    @hookimpl
    def speckhal_characteriser(self) -> Characteriser:
        """Offer to measure emulated boards."""
        from speckhal_mock.bench import characteriser  # noqa: PLC0415  # listing must stay light

        return characteriser()
