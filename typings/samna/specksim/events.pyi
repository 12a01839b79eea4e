from samna._document import Document as _Document

class Spike(_Document):
    feature: int
    y: int
    x: int
    timestamp: int
    def __init__(self, feature: int = 0, y: int = 0, x: int = 0, timestamp: int = 0) -> None: ...

# The order of its members is assumed.
class WeightedEvent(_Document):
    feature: int
    y: int
    x: int
    timestamp: int
    weight: float
    def __init__(
        self, feature: int = 0, y: int = 0, x: int = 0, timestamp: int = 0, weight: float = 0.0
    ) -> None: ...
