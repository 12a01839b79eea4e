"""The Protocols that a backend implements. Everything else in the core is written against them.

A plugin may leave to `speckhal.OpenDevice`, which stands before its device, whatever can be refused
without asking the board: what is not declared, a closed device, layers and neurons that do not
exist, numbers that are not whole, of another shape, or outside the chip's facts. What reaches the
device then is clean: whole numbers as int, values as int16 arrays, neurons as coordinates.

**What a refusal contains.** Whatever is refused raises the error that is named below, always one of
speckhal's own. Its `message` says what was asked and what is true: the value that was asked for
and the limit that it breaks, as numbers. Its `hint` is never empty and says what would work. Limits
are those of the chip's facts (`DeviceInfo.chip`); `speckhal.contract.limits` checks them, and warns
where a limit is only assumed. What is refused changes nothing. The conformance suite tries all of
that: without an error, its kind or its hint a backend fails; what the error does not name is a
remark on a backend of version 1 of the plugin API, and a failure from version 2 on.

Besides what is listed, any call that takes the board may raise `DeviceFailed`, with the vendor's
own error as its cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

from speckhal.contract.capabilities import ClockDrive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal.contract.address import Shape
    from speckhal.contract.capabilities import Capability
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.clock import Clock
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.probe import NeuronProbe


@attrs.frozen
class DeviceInfo:
    """What an open device is.

    Attributes:
        backend: name of the backend that opened it.
        board: the vendor's name of the board.
        chip: facts of the chip on it.
        emulated: False on real hardware.
        serial_number: of the board; empty where it gives none.
        firmware: versions of what runs on the board itself; empty where it gives none.
        recorded_at: None where it measures now. Where it replays a record: when that was measured,
            as ISO 8601 writes it, and empty where nobody knows. `board`, `chip`, `emulated`,
            `serial_number` and `firmware` are then those of that time.
    """

    backend: str
    board: str
    chip: ChipFacts = attrs.field(repr=lambda chip: f"<facts of the {chip.name}>")
    emulated: bool
    serial_number: str = ""
    firmware: str = ""
    recorded_at: str | None = None

    @property
    def kind(self) -> str:
        """What answers, in a few words: such as "hardware", or "recorded on hardware, 2023-04"."""
        day = (self.recorded_at or "").partition("T")[0]
        kind = kind_of_board(emulated=self.emulated, recorded=self.recorded_at is not None)
        return f"{kind}, {day}" if day else kind


def kind_of_board(*, emulated: bool, recorded: bool) -> str:
    """Hardware, an emulation, or a recording of one of the two, in a few words."""
    if recorded:
        return f"recorded on {'an emulated board' if emulated else 'hardware'}"
    return "emulated" if emulated else "hardware"


class Device(Protocol):
    """An open board, or the mock. Close it, or use it in a `with` statement.

    The slow clock is off when a device opens, after `deploy`, and when it closes, whatever
    happened in between. Once it is closed, whatever takes the board raises `DeviceClosed`.

    What no Protocol can demand, and every device should do: it closes, clock off, when nothing
    refers to it and when the interpreter exits, and it belongs to the process that opened it, so
    that one that is forked from that (another `os.getpid()`) neither uses nor closes it:
    `speckhal.contract.closing.closed_when_forgotten` does so, without a circle of references. It
    may have an attribute `is_open`, a bool; whoever opens a board in vain then reads only of
    devices that are open.
    """

    @property
    def info(self) -> DeviceInfo:
        """Backend, board, chip and serial number of this device."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do beyond what every device can, by name."""

    @property
    def clock(self) -> Clock:
        """The time it lives in. Wait with this."""

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> LeakConfig:
        """A leak configuration within this chip's limits.

        Args:
            rate_hz: ticks per second, a positive whole number; needed by the external drive.
            drive: what makes the clock tick.
            events_per_tick: sensor events for a tick, under the internal drive; None for the
                default of the device.

        Warns:
            FactWarning: the rate is beyond those that are typical or were seen to work.

        Raises:
            ConfigurationError: `drive` is not a `ClockDrive`; the rate is missing, fractional, not
                positive, or more than the chip's `slow_clock_highest_rate_hz`; the chip's
                `internal_clock_divider_range` cannot count the events; or the drive has
                no rate, or counts no events, and one was given. Nothing is rounded or limited.
            CapabilityUnsupported: the device does not have that drive.
        """

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """Put a network on the chip; the neurons start from the network's own states.

        Args:
            network: a network in the form this backend takes; it is left as it is.
            input_shape: (channels, height, width) of its input.
            leak: from `leak_config`; None deploys without touching the clock's rate.
            biases: by index of the layer, biases in chip units, (channels,), in place of the
                network's own: they keep all 16 bits, where the network's share the resolution
                of its weights. Needs `DIRECT_BIASES`.

        Returns:
            What the chip will really do, after all rounding.

        Warns:
            FactWarning: a value is outside a range that is only assumed of the chip.

        Raises:
            NetworkError: `network` is not a network of the form that the backend takes, or not for
                an input of that shape; or a map, a number of channels, a threshold, an initial
                state or a bias of it is outside the chip's ranges, or rounds to one that does
                not work.
            NetworkDoesNotFit: a layer needs more kernel, neuron or bias memory than any core has,
                or the layers are more than the cores, or compete for them.
            NetworkDoesNotLeak: `leak` is given, and the network has no bias, or one that rounds
                to 0.
            ConfigurationError: `leak` does not come from `leak_config` of a device with this chip.
            InputError: `input_shape` is not a shape; or `biases` are not a mapping, have another
                shape, are masked, are not whole, or are outside the chip's `bias_range`.
            LayerNotFound: `biases` name a layer that the network does not have.
            VendorUnavailable: what the backend needs to read networks is not installed.
            DeviceClosed: the device is closed.
            DeviceFailed: the board did not take it. No network is deployed then.
            CapabilityUnsupported: `biases` are given, and the device does not declare
                `DIRECT_BIASES`.
        """

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> NeuronProbe:
        """A probe of one layer of the deployed network, or of some of its neurons.

        Args:
            layer: index of the network layer.
            neurons: None for all; a mask, bool, (channels, height, width); or coordinates
                (c, y, x), (neurons, 3), whose readings are (neurons,) in that order.

        Raises:
            LayerNotFound: the network has no such layer, or none is deployed.
            InputError: `neurons` names none, one twice, or one that does not exist; or it is
                neither a mask of the layer's shape nor a list of whole (c, y, x).
            DeviceClosed: the device is closed.
        """

    def reset_states(self) -> None:
        """Set every membrane potential of the chip to 0.

        Biases, the count of ticks, and a clock that runs stay as they are.

        Raises:
            DeviceClosed: the device is closed.
            CapabilityUnsupported: the device does not declare `RESET_STATES`.
        """

    def start_slow_clock(self) -> None:
        """Let the clock run: at the deployed rate, or on events of the sensor.

        Raises:
            ConfigurationError: nothing is deployed, or without a leak of a drive that runs by
                itself, such as the external one.
            DeviceClosed: the device is closed.
        """

    def stop_slow_clock(self) -> None:
        """Stop the clock; membrane potentials stay as they are. One that is off stays off.

        Raises:
            DeviceClosed: the device is closed.
        """

    def tick(self, count: int = 1) -> None:
        """Make exactly `count` ticks, now.

        Raises:
            ConfigurationError: `count` is negative, not whole, or more than the device makes at
                once; the clock is running; or nothing is deployed.
            DeviceClosed: the device is closed.
            CapabilityUnsupported: the device does not declare `STEPPED_CLOCK`.
        """

    def close(self) -> None:
        """Stop the clock and give the board back; once closed, does nothing.

        Raises:
            DeviceError: something failed; the rest was done all the same.
        """

    def __enter__(self) -> Self:
        """The device itself.

        Raises:
            DeviceClosed: it is closed.
        """

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Close it. What ended the block passes, and comes before what goes wrong in closing.

        Raises:
            DeviceError: as `close`, where the block ended well.
        """
