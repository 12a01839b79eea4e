from .dynapcnn_layer import DynapcnnLayer

class LayerConstraints:
    kernel_memory: int
    neuron_memory: int
    bias_memory: int
    def __init__(self, kernel_memory: int, neuron_memory: int, bias_memory: int) -> None: ...

def get_valid_mapping(
    layers: dict[int, DynapcnnLayer], constraints: list[LayerConstraints]
) -> dict[int, int]: ...
