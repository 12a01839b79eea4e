from torch import nn

class DVSLayer(nn.Module):
    def __init__(self, input_shape: tuple[int, int]) -> None: ...
