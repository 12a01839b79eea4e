import enum

from samna._document import Document as _Document

class DroppedEventsNum(_Document):
    num: int
    def __init__(self, num: int = 0) -> None: ...

class EdgeType(enum.Enum):
    FallingEdge = 0
    RisingEdge = 1

class EdgeSync(_Document):
    edge_type: EdgeType
    timestamp: int

class PowerMeasurement(_Document):
    channel: int
    value: float
    timestamp: int
    def __init__(self, channel: int = 0, value: float = 0.0, timestamp: int = 0) -> None: ...

class WriteModuleConfig(_Document):
    address: int
