from typing import Any

from torch import Tensor, nn

class DVSLayer(nn.Module):
    input_shape: tuple[int, int, int]
    merge_polarities: bool
    disable_pixel_array: bool
    def __init__(
        self,
        input_shape: tuple[int, int],
        pool: tuple[int, int] = ...,
        crop: tuple[tuple[int, int], tuple[int, int]] | None = ...,
        merge_polarities: bool = ...,
        flip_x: bool = ...,
        flip_y: bool = ...,
        swap_xy: bool = ...,
        disable_pixel_array: bool = ...,
    ) -> None: ...
    def __call__(self, data: Tensor) -> Tensor: ...
    def get_config_dict(self) -> dict[str, Any]: ...
