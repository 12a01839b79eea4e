from sinabs.activation import MembraneReset, MembraneSubtract
from torch import Tensor, nn

class StatefulLayer(nn.Module):
    v_mem: Tensor
    def is_state_initialised(self) -> bool: ...

class IAF(StatefulLayer):
    spike_threshold: Tensor
    min_v_mem: Tensor | None

class IAFSqueeze(IAF):
    def __init__(
        self,
        batch_size: int | None = None,
        num_timesteps: int | None = None,
        *,
        spike_threshold: float = 1.0,
        reset_fn: MembraneReset | MembraneSubtract = ...,
        min_v_mem: float | None = None,
    ) -> None: ...

class SumPool2d(nn.Module):
    def __init__(self, kernel_size: int, stride: int | None = None) -> None: ...
