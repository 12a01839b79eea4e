"""A backend of one board, ready for plugins: it has one target, no options, and opens once."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.backend import API_VERSION, Target
from speckhal.contract.closing import without_weak_references
from speckhal.contract.device import DeviceInfo
from speckhal.contract.errors import DeviceBusy, DeviceNotFound, InputError
from speckhal.contract.network_spec import ExampleNetwork, LayerSpec
from speckhal.discovery.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.backend import Backend
    from speckhal.contract.capabilities import Capability
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import Device
    from speckhal.contract.leak_config import LeakConfig


@attrs.define(eq=False)
class _Held:
    """What one process has of the board. Each has a lock of its own: a fork leaves none locked."""

    lock: threading.RLock = attrs.field(factory=threading.RLock)
    opening: object = None  # stands for the call that is opening the board
    device: weakref.ref[Device] | None = None

    @property
    def has_device(self) -> bool:
        """Whether somebody refers to a device that is open."""
        device = None if self.device is None else self.device()
        return device is not None and bool(getattr(device, "is_open", True))


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
        self._held: dict[int, _Held] = {}  # by process

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
        """Open the only board there is, which takes no options and is open at most once.

        Raises:
            DeviceNotFound: there is no such target, or no board.
            DeviceBusy: this process has it open, is opening it, or was forked from one that has.
            InputError: there are options.
            BackendBroken: the plugin's device permits no weak reference; it was closed.
        """
        self.chip(target)
        if options:
            raise InputError(
                f"Asked {self.name} for {', '.join(map(repr, options))}, and it has no options.",
                hint="Leave options out.",
            )
        held, this_call = self._held.setdefault(os.getpid(), _Held()), object()
        try:
            with held.lock:
                self._refuse_if_taken(held)
                held.opening = this_call
            return self._open(held)
        finally:
            if held.opening is this_call:
                held.opening = None

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        target: str | None = None,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What deploying these layers would return; asked where `PREVIEW` is declared."""
        from speckhal.contract.deployment import Deployment  # noqa: PLC0415 - it needs numpy
        from speckhal.contract.described_network import deployed_layers  # noqa: PLC0415 - it needs numpy

        layers = deployed_layers(
            network, input_shape=input_shape, chip=self.chip(target), leak=leak, biases=biases
        )
        return Deployment(layers, leak)

    def _refuse_if_taken(self, held: _Held) -> None:
        if held.opening is not None or held.has_device:
            does = "has open" if held.opening is None else "is opening in another call"
            raise DeviceBusy(
                f"Asked for {self.name}, which this process {does}.",
                hint="Close the device first.",
                in_this_process=True,
            )
        for process, other in tuple(self._held.items()):
            if other is not held and other.has_device:
                raise DeviceBusy(
                    f"Asked for {self.name} in process {os.getpid()}, and process {process}, from "
                    "which this one was forked, has it open.",
                    hint="Use it there; or close it there first, and open it here after the fork.",
                    in_this_process=False,
                )

    def _open(self, held: _Held) -> Device:
        device = self._open_board(self._info)
        try:
            held.device = weakref.ref(device)
        except BaseException as error:
            device.close()
            if isinstance(error, TypeError):
                raise without_weak_references(device) from error
            raise
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
        from speckhal.contract.layer_geometry import network_input  # noqa: PLC0415 - it needs numpy

        return ExampleNetwork(chosen, network_input(chosen), "layers as they are described")
