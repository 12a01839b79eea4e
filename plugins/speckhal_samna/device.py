"""A device whose board speaks samna."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from speckhal.deployment import Deployment
from speckhal.device import ClockDrive, DeviceInfo
from speckhal.errors import ConfigurationError, DeviceError, LayerNotFound
from speckhal_samna.backend import CAPABILITIES
from speckhal_samna.board import Board, find_board
from speckhal_samna.leak import check_leak
from speckhal_samna.leak_config import SamnaLeakConfig
from speckhal_samna.network import place
from speckhal_samna.probe import SamnaProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from speckhal.address import Shape
    from speckhal.clock import Clock
    from speckhal.device import Capability, Device, LeakConfig, NeuronProbe
    from speckhal_samna.bindings import Vendor
    from speckhal_samna.chip import Kit, SamnaChip


class SamnaDevice:
    """An open Speck board.

    Args:
        samna: the vendor module to use.
        chip: the chip that is looked for.
        kits: boards to look among.
        index: which of those plugged in, in USB order.
        backend: name of the backend that opens it.
        clock: time on this board.
        emulated: whether `samna` is an emulation.
        on_close: called once, after the board was given back.

    Raises:
        DeviceNotFound: no such board is plugged in.
        DeviceBusy: it is open already.
        DeviceFailed: it cannot be opened.
    """

    def __init__(
        self,
        samna: Vendor,
        chip: SamnaChip,
        kits: Sequence[Kit],
        *,
        backend: str,
        clock: Clock,
        index: int = 0,
        emulated: bool = False,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        info, self._kit = find_board(samna, kits, index)
        self._board = Board(samna, chip, info, on_close=on_close)
        self._chip = chip
        self._classes = chip.classes(samna)
        self._clock = clock
        self._deployment: Deployment | None = None
        self._clock_is_running = False
        self._ticks: int | None = None
        self._info = DeviceInfo(
            backend=backend,
            board=self._board.name,
            chip=chip.facts,
            emulated=emulated,
            serial_number=self._board.serial_number,
        )

    @property
    def info(self) -> DeviceInfo:
        """What this device is."""
        return self._info

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do."""
        return CAPABILITIES

    @property
    def clock(self) -> Clock:
        """The time it lives in."""
        return self._clock

    def leak_config(
        self, *, rate_hz: int | None = None, drive: ClockDrive = ClockDrive.EXTERNAL
    ) -> SamnaLeakConfig:
        """A leak configuration; the rate is a positive whole number of Hz."""
        return SamnaLeakConfig(drive=drive, rate_hz=rate_hz)

    def deploy(
        self, network: object, *, input_shape: Shape, leak: LeakConfig | None = None
    ) -> Deployment:
        """Place, round and write a sinabs network.

        The order is what makes the leak exact: clock off, rate, configuration. The other order
        (on, then the rate) ticks a few times at the default 1000 Hz in between, which is why
        the published trace starts at 101 and not at 127.
        """
        placed = place(network, input_shape, chip=self._chip, kit=self._kit, leak=leak)
        if leak is not None:
            check_leak(placed.layers)
        self._deployment = None
        self.stop_slow_clock()
        if leak is not None and leak.rate_hz is not None:
            self._board.set_slow_clock_rate(leak.rate_hz)
        self._board.apply(placed.configuration)
        self._clock.sleep_s(self._chip.settle_after_apply_s.value)
        self._ticks = 0
        self._deployment = Deployment(placed.layers, leak)
        return self._deployment

    def probe(self, layer: int = 0) -> SamnaProbe:
        """A probe of one layer of what is deployed now."""
        return SamnaProbe(
            self._board,
            self._chip,
            self._classes,
            self._deployed().layer(layer),
            clock=self._clock,
            ticks=lambda: self._ticks,
        )

    def start_slow_clock(self) -> None:
        """Let the slow clock run at the deployed rate."""
        leak = self._deployed().leak
        if leak is None or leak.drive is not ClockDrive.EXTERNAL:
            raise ConfigurationError(
                "Asked to start the slow clock, and the network was deployed without a rate.",
                hint="Deploy with leak=device.leak_config(rate_hz=...), or use tick().",
            )
        with self._board.asked_to("start its slow clock"):
            self._clock_is_running = True
            # from here on the ticks depend on time, which nobody counts exactly
            self._ticks = None
            try:
                self._board.set_slow_clock(running=True)
            except BaseException:
                # a start that failed or was interrupted may have started it all the same
                with contextlib.suppress(DeviceError):
                    self.stop_slow_clock()
                raise

    def stop_slow_clock(self) -> None:
        """Stop the slow clock; membrane potentials stay as they are."""
        with self._board.asked_to("stop its slow clock"):
            self._board.set_slow_clock(running=False)
            self._clock_is_running = False

    def tick(self, count: int = 1) -> None:
        """Make exactly `count` ticks, each after the sweep of the one before."""
        given: object = count  # a script may pass anything
        if isinstance(given, bool) or not isinstance(given, int) or given < 0:
            raise ConfigurationError(
                f"Asked for {count!r} ticks, and only a whole number of ticks can be made.",
                hint="Use tick(1) or more.",
            )
        with self._board.asked_to("make ticks"):
            if self._clock_is_running:
                raise ConfigurationError(
                    "Asked for single ticks while the slow clock is running.",
                    hint="Call stop_slow_clock() first.",
                )
            sweep_s = self._sweep_s()
            for _ in range(count):
                self._board.pulse_slow_clock()
                self._clock.sleep_s(sweep_s)
                if self._ticks is not None:
                    self._ticks += 1

    def close(self) -> None:
        """Stop the clock and give the board back; once closed, does nothing."""
        self._board.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()

    def _deployed(self) -> Deployment:
        if self._deployment is None:
            raise LayerNotFound(
                "Asked for a layer, and no network is deployed.", hint="Call deploy() first."
            )
        return self._deployment

    def _sweep_s(self) -> float:
        """How long the largest leaking core takes to update its neurons once."""
        if self._deployment is None:
            return 0.0
        sizes = [
            layer.shape[0] * layer.shape[1] * layer.shape[2]
            for layer in self._deployment.layers
            if layer.leak_enable
        ]
        return max(sizes, default=0) / self._chip.updates_per_s.value


if TYPE_CHECKING:

    def _conforms(
        device: SamnaDevice, probe: SamnaProbe, leak: SamnaLeakConfig
    ) -> tuple[Device, NeuronProbe, LeakConfig]:
        return device, probe, leak
