from torch import nn

from . import Network

def from_model(
    model: nn.Module,
    input_shape: tuple[int, int, int] | None = None,
    *,
    add_spiking_output: bool = False,
    batch_size: int | None = None,
    num_timesteps: int | None = None,
) -> Network: ...
