"""What a device may or may not be able to do, by name."""

from __future__ import annotations

import enum


class Capability(enum.Enum):
    """What a device may or may not be able to do.

    What it does not declare it refuses with `CapabilityUnsupported`, which names it.
    """

    EXTERNAL_CLOCK = "external clock"
    """The board drives the slow clock at a rate in Hz."""

    STEPPED_CLOCK = "stepped clock"
    """`Device.tick` makes exactly the ticks asked for."""

    INTERNAL_CLOCK = "internal clock"
    """The chip makes a tick every so many events of its vision sensor."""

    WRITE_V_MEM = "write membrane potentials"
    """`NeuronProbe.write`."""

    WRITE_BIASES = "read and write biases"
    """`NeuronProbe.read_biases` and `write_biases`, while the network stays deployed."""

    RESET_STATES = "reset states"
    """`Device.reset_states`."""

    DIRECT_BIASES = "direct biases"
    """`Device.deploy` takes biases in chip units, past the network's own rounding."""


class ClockDrive(enum.Enum):
    """What makes the slow clock tick."""

    EXTERNAL = "external"
    """The board, at a rate in Hz, while the clock runs."""

    STEPPED = "stepped"
    """`Device.tick`, and nothing else: exact on every backend."""

    INTERNAL = "internal"
    """The chip, once for a fixed number of events of its vision sensor."""
