"""The events of sensor and cores, as templates that each chip makes its own classes of.

Which classes exist and which members they have: the vendor's reference for samna 0.48.5. It
prints neither types nor the order of members; these are from a public listing of the C++
structs, or, where its source has no entry (named at the class), assumed.

A core's index is called `layer` in all of them, because that is what samna calls it.
"""

# ruff: noqa: TC001  # the annotations are evaluated at run time

from __future__ import annotations

from speckhal_mock.pybind.casters import (
    I8,
    I16,
    U8,
    U16,
    U32,
    Bool,
    U8s,
)
from speckhal_mock.pybind.values import Record, Value, value


@value
class Spike(Record):
    """A spike: to a neuron of core `layer` or, from the chip, by one.

    As input, layer is a core or 12, the readout block. As output it is a core or 13, the event
    pre-processing of the DVS. Times are in microseconds of the board's stop watch.
    """

    layer: U8 = 0
    feature: U16 = 0
    y: U8 = 0
    x: U8 = 0
    timestamp: U32 = 0


@value
class DvsEvent(Record):
    """A pixel's event: raw from the sensor, or from the host to the event pre-processing.

    Times are in microseconds of the board's stop watch.
    """

    p: Bool = False
    y: U8 = 0
    x: U8 = 0
    timestamp: U32 = 0


@value
class KillSensorPixel(Record):
    """Switches one pixel of the sensor off."""

    y: U8 = 0
    x: U8 = 0


@value
class ResetSensorPixel(Value):
    """Switches every pixel of the sensor on again."""


@value
class OutputModeSel(Record):
    """Sets the readout's output mode."""

    mode_sel: U8 = 0


@value
class AverageSel(Record):
    """Sets which neuron's average the readout gives."""

    average_sel: U8 = 0


@value
class AsiRequest(Value):
    """A request to the asynchronous serial interface; not documented, not emulated."""


@value
class ReadoutRequest(Value):
    """Asks for a readout value; not documented, not emulated."""


@value
class ScanChainValue(Record):
    """Bits of a scan chain; not documented, not emulated."""

    data: U8s = ()
    number_of_bits: U32 = 0
    block_id: U8 = 0


@value
class WriteNeuronValue(Record):
    """Sets the membrane potential at an address of a core."""

    layer: U8 = 0
    address: U32 = 0
    neuron_state: I16 = 0


@value
class ReadNeuronValue(Record):
    """Asks for the membrane potential at an address of a core."""

    layer: U8 = 0
    address: U32 = 0


@value
class NeuronValue(Record):
    """The membrane potential at an address of a core; without a time."""

    layer: U8 = 0
    address: U32 = 0
    neuron_state: I16 = 0


@value
class WriteWeightValue(Record):
    """Sets a kernel word of a core."""

    layer: U8 = 0
    address: U32 = 0
    weight: I8 = 0


@value
class ReadWeightValue(Record):
    """Asks for a kernel word of a core."""

    layer: U8 = 0
    address: U32 = 0


@value
class WeightValue(Record):
    """The answer of a core about one word of its kernel memory."""

    layer: U8 = 0
    address: U32 = 0
    weight: I8 = 0


@value
class WriteBiasValue(Record):
    """Sets the bias of a core's output channel."""

    layer: U8 = 0
    address: U32 = 0
    bias: I16 = 0


@value
class ReadBiasValue(Record):
    """Asks for the bias of a core's output channel."""

    layer: U8 = 0
    address: U32 = 0


@value
class BiasValue(Record):
    """The bias of a core's output channel."""

    layer: U8 = 0
    address: U32 = 0
    bias: I16 = 0
