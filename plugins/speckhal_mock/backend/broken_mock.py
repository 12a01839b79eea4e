"""A backend that opens broken mocks only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_mock.backend.mock_backend import MockBackend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.device import Device


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
