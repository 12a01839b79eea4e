"""The Protocols that a backend implements. Everything else in the core is written against them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from speckhal.address import Shape
    from speckhal.chip import ChipFacts
    from speckhal.clock import Clock
    from speckhal.deployment import Deployment
    from speckhal.reading import Reading


class Capability(enum.Enum):
    """What a device may or may not be able to do; it refuses what it does not declare."""

    EXTERNAL_CLOCK = "external clock"
    """The board drives the slow clock at a rate in Hz."""

    STEPPED_CLOCK = "stepped clock"
    """`Device.tick` makes exactly the ticks asked for."""


class ClockDrive(enum.Enum):
    """What makes the slow clock tick."""

    EXTERNAL = "external"
    """The board, at a rate in Hz, while the clock runs."""

    STEPPED = "stepped"
    """`Device.tick`, and nothing else: exact on every backend."""


@attrs.frozen
class DeviceInfo:
    """What an open device is.

    Attributes:
        backend: name of the backend that opened it.
        board: the vendor's name of the board.
        chip: facts of the chip on it.
        emulated: False on real hardware.
        serial_number: of the board; empty where it gives none.
    """

    backend: str
    board: str
    chip: ChipFacts
    emulated: bool
    serial_number: str = ""


class LeakConfig(Protocol):
    """What leak is wanted of the slow clock. Each chip's own class checks its own limits."""

    @property
    def drive(self) -> ClockDrive:
        """What makes the clock tick."""

    @property
    def rate_hz(self) -> int | None:
        """Ticks per second under the external drive; None under the stepped one."""


class NeuronProbe(Protocol):
    """Reads the membrane potentials of one layer."""

    @property
    def layer(self) -> int:
        """Index of the network layer."""

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of the layer's neurons."""

    def read(self) -> Reading:
        """Membrane potentials now; every neuron answered exactly once.

        Raises:
            ProbeIncomplete: an answer is missing, came twice, or belongs to no neuron asked for.
            DeviceClosed: the device is closed.
        """


class Device(Protocol):
    """An open board, or the mock. Close it, or use it in a `with` statement.

    The slow clock is off when a device opens, after `deploy`, and when it closes, whatever
    happened in between.
    """

    @property
    def info(self) -> DeviceInfo:
        """What this device is."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do."""

    @property
    def clock(self) -> Clock:
        """The time it lives in. Wait with this."""

    def leak_config(
        self, *, rate_hz: int | None = None, drive: ClockDrive = ClockDrive.EXTERNAL
    ) -> LeakConfig:
        """A leak configuration within this chip's limits.

        Args:
            rate_hz: ticks per second, a positive whole number; needed by the external drive.
            drive: what makes the clock tick.

        Raises:
            ConfigurationError: the rate is missing, fractional, not positive or not wanted.
            CapabilityUnsupported: the device does not have that drive.
        """

    def deploy(
        self, network: object, *, input_shape: Shape, leak: LeakConfig | None = None
    ) -> Deployment:
        """Put a network on the chip; the neurons start from the network's own states.

        Args:
            network: a network in the form this backend takes.
            input_shape: (channels, height, width) of its input.
            leak: from `leak_config`; None deploys without touching the clock's rate.

        Returns:
            What the chip will really do, after all rounding.

        Raises:
            NetworkError: the network does not fit, or would not leak although `leak` is given.
            DeviceError: the board failed.
        """

    def probe(self, layer: int = 0) -> NeuronProbe:
        """A probe of one layer of the deployed network.

        Raises:
            LayerNotFound: the network has no such layer, or none is deployed.
        """

    def start_slow_clock(self) -> None:
        """Let the clock run at the deployed rate.

        Raises:
            ConfigurationError: the deployed leak is not clock driven.
        """

    def stop_slow_clock(self) -> None:
        """Stop the clock; membrane potentials stay as they are."""

    def tick(self, count: int = 1) -> None:
        """Make exactly `count` ticks, now.

        Raises:
            ConfigurationError: `count` is negative, or the clock is running.
            CapabilityUnsupported: the device cannot step its clock.
        """

    def close(self) -> None:
        """Stop the clock and give the board back; once closed, does nothing."""

    def __enter__(self) -> Self:
        """The device itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Close it."""
