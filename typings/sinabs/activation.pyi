from torch import Tensor

class MembraneReset:
    reset_value: float
    def __init__(self, reset_value: float = 0.0) -> None: ...

class MembraneSubtract:
    subtract_value: float | None
    def __init__(self, subtract_value: float | None = None) -> None: ...

class MultiSpike:
    @staticmethod
    def apply(*args: object) -> Tensor: ...

class SingleSpike:
    @staticmethod
    def apply(*args: object) -> Tensor: ...

class MaxSpike:
    def __init__(self, max_num_spikes_per_bin: int | None = None) -> None: ...
    def apply(self, *args: object) -> Tensor: ...
