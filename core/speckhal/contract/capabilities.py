"""What a device may or may not be able to do, by name, and the drives of the slow clock.

A capability is a name here, a Protocol in `speckhal.contract.capability_protocols`, a class in
`speckhal.opened` that refuses it where it is not declared and makes it one of the abilities of
`speckhal.OpenDevice`, and cases of the conformance suite.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn


class Capability(enum.Enum):
    """What a device may or may not be able to do.

    A device declares by name what it can do, never `frozenset(Capability)`: that would claim what
    a later version of speckhal adds. What a device does not declare, `speckhal.OpenDevice` refuses
    with `CapabilityUnsupported`, which names it.
    """

    EXTERNAL_CLOCK = "external clock"
    """The board drives the slow clock at a rate in Hz."""

    STEPPED_CLOCK = "stepped clock"
    """`Device.tick` makes exactly the ticks asked for."""

    INTERNAL_CLOCK = "internal clock"
    """The chip makes a tick once for a number of events of its vision sensor."""

    WRITE_V_MEM = "write membrane potentials"
    """`NeuronProbe.write`."""

    WRITE_BIASES = "read and write biases"
    """`NeuronProbe.read_biases` and `write_biases`, while the network stays deployed."""

    RESET_STATES = "reset states"
    """`Device.reset_states`."""

    DIRECT_BIASES = "direct biases"
    """`Device.deploy` takes biases in chip units, past the network's own rounding."""

    PREVIEW = "preview"
    """What deploying a network would return is known without a board."""

    STIMULATE = "stimulate"
    """Spikes from the host go into the layers of a network (`OpenDevice.stimulate`)."""

    RECORD_SPIKES = "record spikes"
    """The spikes of chosen layers come to the host (`OpenDevice.deploy(..., monitor=)`)."""

    DESCRIBED_INPUTS = "described inputs"
    """`LayerSpec.inputs`: described layers have weights, strides, padding and pooling of their own,
    and the sensor or themselves as their input, as far as the device says."""


VERSION_1 = frozenset(
    {
        Capability.EXTERNAL_CLOCK,
        Capability.STEPPED_CLOCK,
        Capability.INTERNAL_CLOCK,
        Capability.WRITE_V_MEM,
        Capability.WRITE_BIASES,
        Capability.RESET_STATES,
        Capability.DIRECT_BIASES,
    }
)
"""The capabilities of version 0.1, whose members every device has, declared or not.

Plugins of that time may declare "all there are". So one that came later counts as declared only
where its members exist.
"""


class ClockDrive(enum.Enum):
    """What makes the slow clock tick."""

    EXTERNAL = "external"
    """The board, at a rate in Hz, while the clock runs."""

    STEPPED = "stepped"
    """`Device.tick`, and nothing else: exact on every backend."""

    INTERNAL = "internal"
    """The chip, once for a fixed number of events of its vision sensor."""

    @property
    def capability(self) -> Capability:
        """What a device declares that has this drive."""
        match self:
            case ClockDrive.EXTERNAL:
                return Capability.EXTERNAL_CLOCK
            case ClockDrive.STEPPED:
                return Capability.STEPPED_CLOCK
            case ClockDrive.INTERNAL:
                return Capability.INTERNAL_CLOCK
            case _:
                raise undecided(self)

    @property
    def runs_by_itself(self) -> bool:
        """Whether the clock ticks between `start_slow_clock` and `stop_slow_clock`."""
        match self:
            case ClockDrive.EXTERNAL | ClockDrive.INTERNAL:
                return True
            case ClockDrive.STEPPED:
                return False
            case _:
                raise undecided(self)


def undecided(value: NoReturn) -> AssertionError:
    """What to raise in the last case of a `match` over all kinds, as `typing.assert_never` does.

    A type checker accepts it only where no kind is left, and so finds every place that must decide
    when one is added. (It gives the error instead of raising it so that every checker sees that the
    function ends there; Python 3.10 has no `assert_never`.)
    """
    return AssertionError(f"Nothing is decided for {value!r}.")
