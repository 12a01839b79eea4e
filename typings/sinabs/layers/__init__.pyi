from typing import Protocol

from sinabs.activation import MembraneReset, MembraneSubtract
from torch import Tensor, nn

class _SpikeFunction(Protocol):
    # a class of torch's autograd, or an object that wraps one
    @property
    def apply(self) -> object: ...

class StatefulLayer(nn.Module):
    v_mem: Tensor
    def is_state_initialised(self) -> bool: ...
    def reset_states(self) -> None: ...

class LIF(StatefulLayer):
    tau_mem: Tensor

class LIFSqueeze(LIF):
    def __init__(self, batch_size: int | None = None, *, tau_mem: float | Tensor) -> None: ...

class IAF(LIF):
    spike_threshold: Tensor
    spike_fn: _SpikeFunction | None
    reset_fn: MembraneReset | MembraneSubtract
    tau_syn: Tensor | None
    min_v_mem: Tensor | None

class IAFSqueeze(IAF):
    batch_size: int
    num_timesteps: int
    def __init__(
        self,
        batch_size: int | None = None,
        num_timesteps: int | None = None,
        *,
        spike_threshold: float | Tensor = 1.0,
        spike_fn: _SpikeFunction | None = ...,
        reset_fn: MembraneReset | MembraneSubtract = ...,
        tau_syn: float | None = None,
        min_v_mem: float | Tensor | None = None,
    ) -> None: ...

class Merge(nn.Module):
    def __init__(self) -> None: ...

class SumPool2d(nn.Module):
    kernel_size: int | tuple[int, int]
    stride: int | tuple[int, int] | None
    def __init__(
        self, kernel_size: int, stride: int | None = None, ceil_mode: bool = False
    ) -> None: ...
