from collections.abc import Sequence
from typing import Protocol

from .dynapcnn_layer import DynapcnnLayer

# what is used of sinabs' own LayerConstraints
class _Constraint(Protocol):
    def fits(self, layer: DynapcnnLayer) -> bool: ...

def get_valid_mapping(
    layers: dict[int, DynapcnnLayer], constraints: Sequence[_Constraint]
) -> dict[int, int]: ...

class LayerConstraints:
    kernel_memory: int
    neuron_memory: int
    bias_memory: int
    def __init__(self, kernel_memory: int, neuron_memory: int, bias_memory: int) -> None: ...
    def fits(self, layer: DynapcnnLayer) -> bool: ...
