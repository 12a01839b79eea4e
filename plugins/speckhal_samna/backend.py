"""The hardware backend that each chip offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.backend import Target
from speckhal.device import Capability
from speckhal.errors import InputError
from speckhal.hooks import hookimpl
from speckhal_samna.target import choose_boards

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from speckhal.backend import Backend, ExampleNetwork
    from speckhal.chip import ChipFacts
    from speckhal.device import Device
    from speckhal.health import HealthCheck
    from speckhal_samna.chip import SamnaChip

CAPABILITIES = frozenset(Capability)
"""What every board that speaks samna can do."""


class SamnaBackend:
    """Opens real boards with one kind of chip, through the vendor's samna."""

    api_version = 1
    emulated = False
    capabilities = CAPABILITIES

    def __init__(self, chip: SamnaChip) -> None:
        self._chip = chip
        self.name = chip.facts.name
        self.summary = f"{chip.facts.name.capitalize()} kits through samna"
        self.targets = tuple(Target(kit.target, kit.summary) for kit in chip.kits)

    @hookimpl
    def speckhal_backend(self) -> Backend:
        """Offer this backend."""
        return self

    @hookimpl
    def speckhal_health_checks(self) -> Iterable[HealthCheck]:
        """Offer to look for samna, USB and boards."""
        from speckhal_samna.health import health_checks  # noqa: PLC0415  # listing must stay light

        return health_checks(self._chip)

    def chip(self, target: str | None = None) -> ChipFacts:
        """Facts of the chip, the same on all its kits."""
        choose_boards(target, self._chip.kits)
        return self._chip.facts

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Open a plugged-in board."""
        from speckhal.clock import WallClock  # noqa: PLC0415  # listing must stay light
        from speckhal_samna.device import SamnaDevice  # noqa: PLC0415  # likewise
        from speckhal_samna.vendor import load_real_samna  # noqa: PLC0415  # likewise

        if options:
            raise InputError(
                f"Asked to open {self.name} with option {', '.join(map(repr, options))}, and real "
                "boards take no options.",
                hint="Leave the options out; the emulated boards of 'mock' take some.",
            )
        boards = choose_boards(target, self._chip.kits)
        return SamnaDevice(
            load_real_samna(),
            self._chip,
            boards.kits,
            index=boards.index,
            serial_number=boards.serial_number,
            backend=self.name,
            clock=WallClock(),
        )

    def example(self) -> ExampleNetwork:
        """The network of the published leak experiment."""
        from speckhal_samna.example import published_network  # noqa: PLC0415  # imports torch

        return published_network()
