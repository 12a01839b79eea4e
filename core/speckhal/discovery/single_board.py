"""A backend of one board, ready for plugins: it has one target, no options, and opens once."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from speckhal.contract.backend import API_VERSION, Target
from speckhal.contract.device import DeviceInfo
from speckhal.contract.errors import DeviceBusy, DeviceNotFound, InputError
from speckhal.contract.network_spec import ExampleNetwork, LayerSpec
from speckhal.discovery.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from speckhal.contract.backend import Backend
    from speckhal.contract.capabilities import Capability
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.device import Device


class SingleBoardBackend:
    """Opens one board, whose networks are lists of `speckhal.LayerSpec`.

    Args:
        open_board: opens the board, which is what it gets the name and facts of, or raises
            `DeviceNotFound`. The device that it gives should have an attribute `is_open`.
        name: what users type.
        summary: what it is, in one line.
        board: the name of the board.
        chip: facts of the chip on it.
        capabilities: what the device can do, by name.
        emulated: whether it is an emulation.
    """

    api_version = API_VERSION
    targets = (Target("board", "the only one"),)

    def __init__(
        self,
        open_board: Callable[[DeviceInfo], Device],
        *,
        name: str,
        summary: str,
        board: str,
        chip: ChipFacts,
        capabilities: frozenset[Capability],
        emulated: bool,
    ) -> None:
        self.name, self.summary = name, summary
        self.capabilities, self.emulated = capabilities, emulated
        self._open_board = open_board
        self._info = DeviceInfo(name, board, chip, emulated)
        self._device: weakref.ref[Device] | None = None

    @hookimpl
    def speckhal_backend(self) -> Backend:
        """Offer this backend to the registry, by the hook of that name."""
        return self

    def chip(self, target: str | None = None) -> ChipFacts:
        """Facts of the chip on the board."""
        (only,) = self.targets
        if target not in {None, only.name}:
            raise DeviceNotFound(
                f"Asked for the board {target!r} of {self.name}, which has one, called "
                f"{only.name!r}.",
                hint=f"Ask for {self.name!r}.",
            )
        return self._info.chip

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Open the only board there is, which takes no options and is open at most once."""
        self.chip(target)
        if options:
            raise InputError(
                f"Asked {self.name} for {', '.join(map(repr, options))}, and it has no options.",
                hint="Leave options out.",
            )
        there = None if self._device is None else self._device()
        if there is not None and getattr(there, "is_open", True):
            raise DeviceBusy(
                f"Asked for {self.name}, which this process has open.",
                hint="Close the device first.",
                in_this_process=True,
            )
        device = self._open_board(self._info)
        self._device = weakref.ref(device)
        return device

    def example(self, layers: Sequence[LayerSpec] = ()) -> ExampleNetwork:
        """These layers as they are described; without any, a small one that leaks."""
        limits = self._info.chip
        default = LayerSpec(
            (limits.channel_range.value.lowest, *(limits.map_size_range.value.lowest,) * 2),
            biases=(-1,) * limits.channel_range.value.lowest,
            threshold_high=limits.threshold_high_range.value.highest,
            threshold_low=limits.threshold_low_range.value.highest,
            initial=min(100, limits.v_mem_range.value.highest),
        )
        chosen = list(layers) or [default]
        _, height, width = chosen[0].shape
        return ExampleNetwork(chosen, (1, height, width), "layers as they are described")


if TYPE_CHECKING:

    def _is_a_backend(backend: SingleBoardBackend) -> Backend:
        return backend
