"""One Protocol for each capability: what a device that declares it must have.

Those of version 0.1 name members that `Device` and `NeuronProbe` have in any case. Later ones are
Protocols of the device, which a plugin implements if it declares the capability, and leaves out if
it does not: so no plugin breaks when one is added.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Protocol

from speckhal.contract.capabilities import VERSION_1, Capability, undecided

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import Device
    from speckhal.contract.input_spec import InputKind
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.spikes import Spikes


class RunsSlowClock(Protocol):
    """A device whose slow clock runs by itself: `EXTERNAL_CLOCK` or `INTERNAL_CLOCK`."""

    def start_slow_clock(self) -> None:
        """As `Device.start_slow_clock`."""

    def stop_slow_clock(self) -> None:
        """As `Device.stop_slow_clock`."""


class StepsSlowClock(Protocol):
    """A device that declares `STEPPED_CLOCK`."""

    def tick(self, count: int = 1) -> None:
        """Make exactly `count` ticks, as `Device.tick` says."""


class ResetsStates(Protocol):
    """A device that declares `RESET_STATES`."""

    def reset_states(self) -> None:
        """As `Device.reset_states`."""


class TakesDirectBiases(Protocol):
    """A device that declares `DIRECT_BIASES`."""

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """Put a network on the chip, with these biases, as `Device.deploy` says."""


class PreviewsNetworks(Protocol):
    """A device that declares `PREVIEW`. Its backend is a `PreviewsWithoutBoard` then."""

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What `deploy` would return; the board is not asked, and nothing on it changes.

        Arguments, warnings and refusals are those of `Device.deploy`, but for what concerns the
        board itself.
        """


class Stimulates(Protocol):
    """A device that declares `STIMULATE`."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        """Play spikes into the network, and return what the monitored layers sent meanwhile.

        Time 0 is the beginning of this stimulation, of the spikes that go in and of those that come
        out: the stop watch of the board starts anew. It returns when the last time has passed and
        no spike is on its way any more, by a rule and not after a pause. The slow clock goes on if
        it runs. Neurons keep their states before and after.

        Args:
            spikes: in the order of time, perhaps none. The layer of each is the one whose input
                gets it, its coordinates are of that layer's input map; or it is `SENSOR_INPUT`.

        Returns:
            Of the layers that were deployed with `monitor`, in the order of time: when the board
            saw them, in microseconds since the beginning; layer and neuron as in the network.
            What came before the stimulation stays for `recorded_spikes`.

        Raises:
            StimulationUnfinished: it does not end; with what was gathered until then.
            LayerNotFound: the layer has no such input, such as `SENSOR_INPUT` of a network that
                takes nothing of the sensor.
            InputError: a spike lies outside of its input.
            DeviceClosed: the device is closed.
        """


class RecordsSpikes(Protocol):
    """A device that declares `RECORD_SPIKES`."""

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        monitor: Sequence[int] = (),
    ) -> Deployment:
        """Put a network on the chip, as `Device.deploy` says, and let layers send their spikes.

        Args:
            network: as for `Device.deploy`.
            input_shape: as for `Device.deploy`.
            leak: as for `Device.deploy`.
            monitor: indices of the layers whose spikes come to the host, each once. `SENSOR_INPUT`
                is for events of the sensor's path. Where it is left out, none come.

        Raises:
            LayerNotFound: `monitor` names a layer that the network does not have, or
                `SENSOR_INPUT` where the device has none to monitor. Nothing has changed then.
        """

    def recorded_spikes(self) -> Spikes:
        """What the monitored layers sent outside of stimulations, such as at ticks.

        What came of a stimulation that an error or Ctrl-C ended is among them, but for that of
        `StimulationUnfinished`, which has it itself.

        Returns:
            What came since it was last asked for, or since the network was deployed, in the order
            of arrival. Time is that of the board's stop watch, in microseconds: it starts at 0
            when a network is deployed and at each stimulation.

        Raises:
            DeviceClosed: the device is closed.
        """


class TakesDescribedInputs(Protocol):
    """A device that declares `DESCRIBED_INPUTS`: it deploys what `LayerSpec.inputs` says.

    Its backend's `example` makes such networks, where the device's own are not lists of
    `LayerSpec`. A value that the chip cannot have, such as a kernel that is too large for its
    memory, `deploy` refuses as any other. It may take only some kinds of inputs.
    """

    @property
    def input_kinds(self) -> frozenset[InputKind]:
        """What it takes of `LayerSpec.inputs`, by name; what is asked besides is refused before."""


class WritesVMem(Protocol):
    """A probe of a device that declares `WRITE_V_MEM`."""

    def write(self, v_mem: npt.ArrayLike) -> None:
        """Set membrane potentials, as `NeuronProbe.write` says."""


class AccessesBiases(Protocol):
    """A probe of a device that declares `WRITE_BIASES`."""

    def read_biases(self) -> npt.NDArray[np.int16]:
        """As `NeuronProbe.read_biases`."""

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        """As `NeuronProbe.write_biases`."""


def protocol_of(capability: Capability) -> type:  # noqa: PLR0911 - one for each
    """What a device that declares the capability implements, or, of version 0.1, its probes."""
    match capability:
        case Capability.EXTERNAL_CLOCK | Capability.INTERNAL_CLOCK:
            return RunsSlowClock
        case Capability.STEPPED_CLOCK:
            return StepsSlowClock
        case Capability.RESET_STATES:
            return ResetsStates
        case Capability.DIRECT_BIASES:
            return TakesDirectBiases
        case Capability.PREVIEW:
            return PreviewsNetworks
        case Capability.STIMULATE:
            return Stimulates
        case Capability.RECORD_SPIKES:
            return RecordsSpikes
        case Capability.DESCRIBED_INPUTS:
            return TakesDescribedInputs
        case Capability.WRITE_V_MEM:
            return WritesVMem
        case Capability.WRITE_BIASES:
            return AccessesBiases
        case _:
            raise undecided(capability)


def members_of(protocol: type) -> tuple[str, ...]:
    """Names of the public members that a Protocol demands."""
    return tuple(member for member in vars(protocol) if not member.startswith("_"))


def lacking(device: Device, capability: Capability) -> tuple[str, ...]:
    """Members that the device lacks for a capability; empty for those of version 0.1.

    What a device only passes on, by `__getattr__`, does not count: a wrapper passes on whatever it
    is asked for.
    """
    if capability in VERSION_1:
        return ()
    demanded = members_of(protocol_of(capability))
    absent = object()
    return tuple(
        member for member in demanded if inspect.getattr_static(device, member, absent) is absent
    )


def declared_by(device: Device) -> frozenset[Capability]:
    """What a device can do: what it declares, and has the members for."""
    return frozenset(one for one in device.capabilities if not lacking(device, one))
