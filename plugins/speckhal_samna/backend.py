"""The hardware backends that each chip offers: one for all its kits, and one for each kit."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.backend import Target
from speckhal.discovery.hooks import hookimpl
from speckhal_samna.takes_sinabs_networks import TakesSinabsNetworks
from speckhal_samna.target import choose_boards, refuse_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.backend import Backend
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import Device
    from speckhal.contract.health import HealthCheck
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.option_description import OptionDescription
    from speckhal.contract.plugin_templates import PluginTemplates
    from speckhal_samna.board.access import BoardAccess
    from speckhal_samna.chip import Kit, SamnaChip


class SamnaBackend(TakesSinabsNetworks):
    """Opens real boards with one kind of chip, through the vendor's samna.

    Args:
        chip: on the boards.
        kit: the only kind of board to look among, whose name is then the backend's; None for
            every kit with that chip.
    """

    api_version = 1
    emulated = False

    def __init__(self, chip: SamnaChip, kit: Kit | None = None) -> None:
        self._with_all_kits = chip
        self._chip = chip if kit is None else attrs.evolve(chip, kits=(kit,))
        self.capabilities = chip.capabilities
        if kit is None:
            self.name = chip.facts.name
            self.summary = f"{chip.facts.name.capitalize()} kits through samna"
            self.targets = tuple(Target(kit.target, kit.summary) for kit in chip.kits)
        else:
            self.name = kit.target
            self.summary = f"{kit.summary}, one of the {chip.facts.name} kits, through samna"
            self.targets = (Target("0", f"the first {kit.summary} on USB, 1 the second"),)

    @hookimpl
    def speckhal_backend(self) -> Backend:
        """Offer this backend to the registry, by the hook of that name."""
        return self

    @hookimpl
    def speckhal_health_checks(self) -> Iterable[HealthCheck]:
        """Offer to look for samna, USB and boards; the same for every kit of a chip."""
        from speckhal_samna.doctor.health import health_checks  # noqa: PLC0415  # listing must stay light

        return health_checks(self._with_all_kits)

    @contextlib.contextmanager
    def board_access(
        self, target: str | None, options: Mapping[str, object]
    ) -> Iterator[BoardAccess]:
        """Access to a real board for what works below a device, such as measurements."""
        from speckhal.contract.clock import WallClock  # noqa: PLC0415  # listing must stay light
        from speckhal_samna.board.access import BoardAccess  # noqa: PLC0415  # listing must stay light
        from speckhal_samna.samna_import import load_real_samna  # noqa: PLC0415  # listing must stay light

        refuse_options(self.name, options)
        boards = choose_boards(target, self._chip.kits)
        yield BoardAccess(
            load_real_samna(),
            self._chip,
            boards.kits,
            boards.index,
            WallClock(),
            emulated=False,
            serial_number=boards.serial_number,
        )

    def chip(self, target: str | None = None) -> ChipFacts:
        """Facts of the chip, the same on all its kits."""
        choose_boards(target, self._chip.kits)
        return self._chip.facts

    def describe_options(self, target: str | None = None) -> Sequence[OptionDescription]:
        """None: real boards take no options."""
        choose_boards(target, self._chip.kits)
        return ()

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Open the board that `target` names among those plugged in; there are no options."""
        from speckhal_samna.device import SamnaDevice  # noqa: PLC0415  # listing must stay light

        with self.board_access(target, options or {}) as access:
            return SamnaDevice(access, backend=self.name)

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        target: str | None = None,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What a board would make of the network; sinabs and samna are asked, and no board."""
        from speckhal.contract.deployment import Deployment  # noqa: PLC0415  # listing must stay light
        from speckhal_samna.network.place import place  # noqa: PLC0415  # listing must stay light
        from speckhal_samna.samna_import import load_real_samna  # noqa: PLC0415  # listing must stay light

        kits = choose_boards(target, self._chip.kits).kits
        load_real_samna()  # which sinabs would import, and run the bootstrap if that is there
        placed = place(network, input_shape, chip=self._chip, kit=kits[0], leak=leak, biases=biases)
        return Deployment(placed.layers, leak)

    def plugin_templates(self) -> PluginTemplates | None:
        """What a plugin for a chip like this one is made of, the same for all its kits."""
        from speckhal_samna.scaffold import chip_templates  # noqa: PLC0415  # listing must stay light

        return chip_templates(self._with_all_kits)
