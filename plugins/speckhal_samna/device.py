"""The device that opens: a board that speaks samna, from its network to its slow clock."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Final

from speckhal.contract.capabilities import ClockDrive, undecided
from speckhal.contract.deployment import Deployment
from speckhal.contract.device import DeviceInfo
from speckhal.contract.errors import DeviceFailed, LayerNotFound, SpeckhalError
from speckhal.contract.input_spec import InputKind
from speckhal.contract.leak_config import PlainLeakConfig
from speckhal_samna.board.clock_drives import ExternalDrive, InternalDrive, SteppedDrive
from speckhal_samna.board.closing import ClosedAfterwards
from speckhal_samna.board.find import open_board
from speckhal_samna.board.probe import SamnaProbe
from speckhal_samna.board.slow_clock import SlowClock
from speckhal_samna.board.spike_traffic import SpikeTraffic
from speckhal_samna.board.vendor_spikes import VendorSpikes
from speckhal_samna.network.place import place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal.contract.address import Shape
    from speckhal.contract.capabilities import Capability
    from speckhal.contract.capability_protocols import (
        RecordsSpikes,
        Stimulates,
        TakesDescribedInputs,
    )
    from speckhal.contract.clock import Clock
    from speckhal.contract.device import Device
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.probe import NeuronProbe
    from speckhal.contract.spikes import Spikes
    from speckhal_samna.board.access import BoardAccess
    from speckhal_samna.board.clock_drives import Drive
    from speckhal_samna.board.open_board import Board
    from speckhal_samna.network.place import PlacedNetwork


INPUT_KINDS: Final = frozenset(
    {
        InputKind.WEIGHTS,
        InputKind.STRIDE,
        InputKind.PADDING,
        InputKind.POOLING,
        InputKind.SENSOR,
        InputKind.RECURRENCE,
    }
)
"""All kinds of version 0.1, by name."""


class SamnaDevice(ClosedAfterwards):
    """An open Speck board.

    Args:
        access: to the board.
        backend: name of the backend that opens it.
        on_close: called once, after the board was given back.

    Raises:
        DeviceNotFound: no such board is plugged in.
        DeviceBusy: it is open already.
        DeviceFailed: it cannot be opened.
    """

    def __init__(
        self,
        access: BoardAccess,
        *,
        backend: str,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self._board, self._kit = open_board(access, on_close=on_close)
        try:
            self._chip = access.chip
            self._deployed: Deployment | None = None
            self._slow_clock = SlowClock(self._board)
            self._spikes = SpikeTraffic(
                self._board, (access.spike_way or VendorSpikes)(self._board), self._slow_clock
            )
            self._info = DeviceInfo(
                backend=backend,
                board=self._board.name,
                chip=access.chip.facts,
                emulated=access.emulated,
                serial_number=self._board.serial_number,
                firmware=_firmware_of(self._board),
            )
        except BaseException:
            with contextlib.suppress(SpeckhalError):
                self.close()
            raise

    @property
    def info(self) -> DeviceInfo:
        return self._info

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What boards with this chip can do, as the chip's plugin declares it."""
        return self._chip.capabilities

    @property
    def input_kinds(self) -> frozenset[InputKind]:
        """What described layers may have as their input."""
        return INPUT_KINDS

    @property
    def is_open(self) -> bool:
        """Whether it may be used: by the process that opened it, and until it is closed."""
        return self._board.is_open

    @property
    def clock(self) -> Clock:
        """The time on this board, virtual where samna is emulated; wait with this."""
        return self._board.clock

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> PlainLeakConfig:
        """A leak configuration; as it comes, the internal drive counts the most events it can."""
        dividers = self._chip.facts.internal_clock_divider_range
        if drive is ClockDrive.INTERNAL and events_per_tick is None and dividers is not None:
            events_per_tick = 1 << dividers.value.highest
        return PlainLeakConfig(drive, rate_hz, events_per_tick)

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
        monitor: Sequence[int] = (),
    ) -> Deployment:
        """Place, round and write a sinabs network, whose layers in `monitor` send their spikes.

        The order is what makes the leak exact: clock off, rate, configuration. The other order
        (on, then the rate) ticks a few times at the default 1000 Hz in between, which is why
        the published trace starts at 101 and not at 127.
        """
        placed = place(
            network,
            input_shape,
            chip=self._chip,
            kit=self._kit,
            leak=leak,
            biases=biases,
            monitor=monitor,
        )
        with self._board.asked_to("take a network"):
            self._spikes.clear()
            self._slow_clock.stop()
            self._slow_clock.rewind(SteppedDrive(self._board))
            self._deployed = None
            self._spikes.forget()
            drive = self._drive(leak, placed)
            drive.prepare()
            self._board.apply_and_settle(placed.configuration)
            self._slow_clock.rewind(drive)
            self._spikes.deployed(placed, monitor)
            self._deployed = Deployment(placed.layers, leak)
        return self._deployed

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What `deploy` would return, placed and rounded as for this kit."""
        placed = place(
            network, input_shape, chip=self._chip, kit=self._kit, leak=leak, biases=biases
        )
        return Deployment(placed.layers, leak)

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> SamnaProbe:
        deployed = self._deployed
        if deployed is None:
            raise LayerNotFound(
                "Asked for a layer, and no network is deployed.", hint="Call deploy() first."
            )
        return SamnaProbe(
            self._board,
            deployed.layer(layer),
            neurons=neurons,
            slow_clock=self._slow_clock,
            is_deployed=lambda: self._deployed is deployed,
        )

    def start_slow_clock(self) -> None:
        self._slow_clock.start()

    def stop_slow_clock(self) -> None:
        self._slow_clock.stop()

    def tick(self, count: int = 1) -> None:
        """Make exactly `count` ticks, each after the sweep of the one before."""
        layers = () if self._deployed is None else self._deployed.layers
        # of the cores that leak, the largest takes the longest to update its neurons once
        largest = max((math.prod(layer.shape) for layer in layers if layer.leak_enable), default=0)
        self._slow_clock.tick(count, pause_s=largest / self._chip.updates_per_s.value)

    def reset_states(self) -> None:
        """Clear the state memories of all cores, as the vendor's model does it."""
        self._board.reset_states()

    def stimulate(self, spikes: Spikes) -> Spikes:
        """Play spikes into the layers of the network, and return what monitored layers sent."""
        return self._spikes.stimulate(spikes)

    def recorded_spikes(self) -> Spikes:
        """What monitored layers sent outside of stimulations since it was last asked for."""
        return self._spikes.recorded()

    def close(self) -> None:
        self._board.close()

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<SamnaDevice {self._board.name} of {self._info.backend!r}, {state}>"

    def __enter__(self) -> Self:
        self._board.refuse_if_closed("be used in a with statement")
        return self

    def _drive(self, leak: LeakConfig | None, placed: PlacedNetwork) -> Drive:
        if leak is None:
            return SteppedDrive(self._board)
        match leak.drive:
            case ClockDrive.STEPPED:
                return SteppedDrive(self._board)
            case ClockDrive.EXTERNAL:
                return ExternalDrive(self._board, leak.rate_hz)
            case ClockDrive.INTERNAL:
                return InternalDrive(self._board, placed, leak.events_per_tick)
            case _:
                raise undecided(leak.drive)


def _firmware_of(board: Board) -> str:
    """Versions of the firmware; empty where it gives none, for which no board is refused."""
    try:
        versions = board.firmware()
    except DeviceFailed:
        return ""
    return f"fxtree {versions.fxtree}, unifirm {versions.unifirm}"


if TYPE_CHECKING:

    def _conforms(
        device: SamnaDevice, probe: SamnaProbe
    ) -> tuple[Device, NeuronProbe, Stimulates, RecordsSpikes, TakesDescribedInputs]:
        return device, probe, device, device, device
