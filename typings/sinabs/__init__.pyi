# What speckhal uses of sinabs 3.1.3, which ships no types of its own.
from torch import nn

class Network(nn.Module):
    spiking_model: nn.Module
    def __init__(
        self, analog_model: nn.Module | None = None, spiking_model: nn.Module | None = None
    ) -> None: ...

def reset_states(model: nn.Module) -> None: ...
