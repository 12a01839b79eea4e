"""The mock: emulated Speck boards as a backend, whole or with one rule broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.discovery.hooks import hookimpl
from speckhal_mock.backend.emulated_backend import EmulatedBackend
from speckhal_mock.boards.targets import CHIPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.backend import Emulator
    from speckhal.contract.device import Device


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


class BrokenMock(MockBackend):
    """A mock that breaks one rule, whoever opens it.

    Args:
        breakage: the name of the breakage.
    """

    def __init__(self, breakage: str) -> None:
        super().__init__()
        self._breakage = breakage

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Plug in an emulated board with that rule broken, and open it."""
        return super().open(target, {**(options or {}), "breakage": self._breakage})
