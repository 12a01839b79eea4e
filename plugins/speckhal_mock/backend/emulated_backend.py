"""Emulated boards as a backend, with whatever chip is described to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.backend import Target
from speckhal.discovery.hooks import hookimpl
from speckhal_mock.boards.targets import choose_target
from speckhal_samna.chip import CAPABILITIES
from speckhal_samna.takes_sinabs_networks import TakesSinabsNetworks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.backend import Backend
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import Device
    from speckhal.contract.health import HealthCheck
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.option_description import OptionDescription
    from speckhal_samna.board.access import BoardAccess
    from speckhal_samna.chip import SamnaChip


class EmulatedBackend(TakesSinabsNetworks):
    """Opens emulated boards: the driver for real ones, on an emulated samna, in virtual time.

    A chip can be emulated that is configured and asked as a Speck2e, a Speck2e-t or a Speck2f is;
    what it has of its own, such as memories and address layout, is taken from its description.

    `describe_options` gives the options of `open`, as `speckhal info mock --options` shows them.

    Args:
        chips: descriptions of the chips; the first kit of the first is what a bare name opens.
        name: what users type.
        summary: what it is, in one line.
    """

    api_version = 1
    emulated = True
    capabilities = CAPABILITIES

    def __init__(self, *chips: SamnaChip, name: str, summary: str) -> None:
        self._chips = chips
        self.name = name
        self.summary = summary
        self.targets = (
            *(Target(chip.facts.name, f"an emulated {chip.kits[0].summary}") for chip in chips),
            *(
                Target(kit.target, f"an emulated {kit.summary}")
                for chip in chips
                for kit in chip.kits
                if kit.target != chip.facts.name
            ),
        )

    @hookimpl
    def speckhal_backend(self) -> Backend:
        """Offer this backend to the registry, by the hook of that name."""
        return self

    @hookimpl
    def speckhal_health_checks(self) -> Iterable[HealthCheck]:
        """Offer to try an emulated board of each chip."""
        from speckhal_mock.backend.health import health_checks  # noqa: PLC0415  # listing must stay light

        return health_checks(self._chips)

    def board_access(
        self, target: str | None, options: Mapping[str, object]
    ) -> AbstractContextManager[BoardAccess]:
        """Plug in an emulated board for what works below a device, such as measurements."""
        from speckhal_mock.backend.board_access import emulated_board_access  # noqa: PLC0415  # listing must stay light

        return emulated_board_access(self._chips, target, options)

    def chip(self, target: str | None = None) -> ChipFacts:
        """Facts of the chip on the emulated board."""
        return choose_target(target, self._chips).chip.facts

    def describe_options(self, target: str | None = None) -> Sequence[OptionDescription]:
        """The table of the mock's options, with what the chip's description says of it."""
        from speckhal_mock.boards.option_table import describe  # noqa: PLC0415  # listing must stay light

        return describe(choose_target(target, self._chips))

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Plug in an emulated board and open it."""
        from speckhal.contract.clock import VirtualClock  # noqa: PLC0415  # listing must stay light
        from speckhal_mock import samna  # noqa: PLC0415  # listing must stay light
        from speckhal_mock.backend.emulated_device import EmulatedDevice  # noqa: PLC0415  # listing must stay light
        from speckhal_mock.backend.emulated_spikes import EmulatedSpikes  # noqa: PLC0415  # listing must stay light
        from speckhal_mock.boards.open_options import read_options  # noqa: PLC0415  # listing must stay light
        from speckhal_mock.boards.plug_in import opening, unplug  # noqa: PLC0415  # listing must stay light
        from speckhal_mock.emulation.clock import RealTimeClock  # noqa: PLC0415  # listing must stay light
        from speckhal_mock.samna_install.install import provide_samna  # noqa: PLC0415  # listing must stay light
        from speckhal_samna.board.access import BoardAccess  # noqa: PLC0415  # listing must stay light

        request = read_options(target, options or {}, self._chips)
        wanted = request.target
        provide_samna()
        clock = RealTimeClock() if request.realtime else VirtualClock()
        with opening(wanted, clock=clock, options=request.emulation) as board:
            if board is not None:
                request.breakage.board(board)
            device = EmulatedDevice(
                BoardAccess(
                    samna,
                    wanted.chip,
                    (wanted.kit,),
                    wanted.index,
                    clock,
                    emulated=True,
                    spike_way=None if board is None else lambda _: EmulatedSpikes(board),
                ),
                backend=self.name,
                board=board,
                on_close=lambda: None if board is None else unplug(board),
            )
            request.breakage.device(device)
            return device

    def order_options(self, number: int) -> Mapping[str, object]:
        """Options by which the spikes of a board follow one of the orders that a chip may follow.

        Which one a chip follows is not published: these shuffle what an event reaches first, and
        which of the spikes that reach a core at one moment it takes first.
        """
        return {"sweep": "shuffled", "arbitration": "shuffled", "order_seed": number}

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        target: str | None = None,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What an emulated board would make of the network; none is plugged in for it."""
        from speckhal.contract.deployment import Deployment  # noqa: PLC0415  # listing must stay light
        from speckhal_mock.samna_install.install import provide_samna  # noqa: PLC0415  # listing must stay light
        from speckhal_samna.network.place import place  # noqa: PLC0415  # listing must stay light

        wanted = choose_target(target, self._chips)
        provide_samna()
        placed = place(
            network, input_shape, chip=wanted.chip, kit=wanted.kit, leak=leak, biases=biases
        )
        return Deployment(placed.layers, leak)
