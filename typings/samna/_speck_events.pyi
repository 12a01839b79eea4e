# The events that Speck2e and Speck2f have in common. Each chip's classes are its own, so that the
# events of one are not taken for those of the other.
#
# Constructors, types, order of members and defaults are not on the vendor's pages; they are from
# programs and a listing of the C++ structs. Members without a class on the pages, but in the
# unions: AsiRequest, ReadoutRequest, ScanChainValue, IdCodeRequest, IdCode.

from collections.abc import Sequence

from samna._document import Document

class Spike(Document):
    layer: int
    feature: int
    y: int
    x: int
    timestamp: int
    def __init__(
        self, layer: int = 0, feature: int = 0, y: int = 0, x: int = 0, timestamp: int = 0
    ) -> None: ...

class DvsEvent(Document):
    p: bool
    y: int
    x: int
    timestamp: int
    def __init__(self, p: bool = False, y: int = 0, x: int = 0, timestamp: int = 0) -> None: ...

class KillSensorPixel(Document):
    y: int
    x: int
    def __init__(self, y: int = 0, x: int = 0) -> None: ...

class ResetSensorPixel:
    def __init__(self) -> None: ...

class OutputModeSel(Document):
    mode_sel: int
    def __init__(self, mode_sel: int = 0) -> None: ...

class AverageSel(Document):
    average_sel: int
    def __init__(self, average_sel: int = 0) -> None: ...

class AsiRequest:
    def __init__(self) -> None: ...

class ReadoutRequest:
    def __init__(self) -> None: ...

class ScanChainValue(Document):
    @property
    def data(self) -> list[int]: ...
    @data.setter
    def data(self, value: Sequence[int]) -> None: ...
    number_of_bits: int
    block_id: int
    def __init__(
        self, data: Sequence[int] = ..., number_of_bits: int = 0, block_id: int = 0
    ) -> None: ...

class WriteNeuronValue(Document):
    layer: int
    address: int
    neuron_state: int
    def __init__(self, layer: int = 0, address: int = 0, neuron_state: int = 0) -> None: ...

class ReadNeuronValue(Document):
    layer: int
    address: int
    def __init__(self, layer: int = 0, address: int = 0) -> None: ...

class WriteWeightValue(Document):
    layer: int
    address: int
    weight: int
    def __init__(self, layer: int = 0, address: int = 0, weight: int = 0) -> None: ...

class ReadWeightValue(Document):
    layer: int
    address: int
    def __init__(self, layer: int = 0, address: int = 0) -> None: ...

class WriteBiasValue(Document):
    layer: int
    address: int
    bias: int
    def __init__(self, layer: int = 0, address: int = 0, bias: int = 0) -> None: ...

class ReadBiasValue(Document):
    layer: int
    address: int
    def __init__(self, layer: int = 0, address: int = 0) -> None: ...

class WriteRegisterValue(Document):
    address: int
    data: int
    def __init__(self, address: int = 0, data: int = 0) -> None: ...

class ReadRegisterValue(Document):
    address: int
    def __init__(self, address: int = 0) -> None: ...

class WriteFilterValue(Document):
    y: int
    x: int
    data: int
    def __init__(self, y: int = 0, x: int = 0, data: int = 0) -> None: ...

class ReadFilterValue(Document):
    y: int
    x: int
    def __init__(self, y: int = 0, x: int = 0) -> None: ...

class WriteSramValue(Document):
    address: int
    data: int
    def __init__(self, address: int = 0, data: int = 0) -> None: ...

class ReadSramValue(Document):
    address: int
    def __init__(self, address: int = 0) -> None: ...

class IdCodeRequest:
    def __init__(self) -> None: ...

class FlashRead(Document):
    address: int
    def __init__(self, address: int = 0) -> None: ...

class FlashWrite(Document):
    address: int
    data: int
    def __init__(self, address: int = 0, data: int = 0) -> None: ...

class FlashSpiRaw(Document):
    @property
    def raw_data(self) -> list[int]: ...
    @raw_data.setter
    def raw_data(self, value: Sequence[int]) -> None: ...
    def __init__(self, raw_data: Sequence[int] = ...) -> None: ...

class FlashWriteEnable:
    def __init__(self) -> None: ...

class FlashQueryStatus:
    def __init__(self) -> None: ...

class InputInterfaceEvent(Document):
    value: int
    msp: bool
    def __init__(self, value: int = 0, msp: bool = False) -> None: ...

class NeuronValue(Document):
    layer: int
    address: int
    neuron_state: int
    def __init__(self, layer: int = 0, address: int = 0, neuron_state: int = 0) -> None: ...

class BiasValue(Document):
    layer: int
    address: int
    bias: int
    def __init__(self, layer: int = 0, address: int = 0, bias: int = 0) -> None: ...

class WeightValue(Document):
    layer: int
    address: int
    weight: int
    def __init__(self, layer: int = 0, address: int = 0, weight: int = 0) -> None: ...

class RegisterValue(Document):
    address: int
    data: int
    def __init__(self, address: int = 0, data: int = 0) -> None: ...

class ReadoutValue(Document):
    value: int
    def __init__(self, value: int = 0) -> None: ...

class FilterValue(Document):
    y: int
    x: int
    counter_data: int
    def __init__(self, y: int = 0, x: int = 0, counter_data: int = 0) -> None: ...

class SramValue(Document):
    address: int
    data: int
    def __init__(self, address: int = 0, data: int = 0) -> None: ...

class FilterDvsEvent(Document):
    p: bool
    y: int
    x: int
    def __init__(self, p: bool = False, y: int = 0, x: int = 0) -> None: ...

class FilterValueCurrent(Document):
    counter_data: int
    def __init__(self, counter_data: int = 0) -> None: ...

class FilterValuePrevious(Document):
    counter_data: int
    def __init__(self, counter_data: int = 0) -> None: ...

class IdCode(Document):
    id: int
    def __init__(self, id: int = 0) -> None: ...

class FlashValue(Document):
    address: int
    data: int
    def __init__(self, address: int = 0, data: int = 0) -> None: ...

class ReadoutPinValue(Document):
    index: int
    timestamp: int
    def __init__(self, index: int = 0, timestamp: int = 0) -> None: ...
