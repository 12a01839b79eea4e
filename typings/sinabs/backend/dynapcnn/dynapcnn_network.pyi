from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from samna.speck2e.configuration import SpeckConfiguration as _Speck2eConfiguration
from samna.speck2f.configuration import SpeckConfiguration as _Speck2fConfiguration
from torch import nn

from .dynapcnn_layer import DynapcnnLayer
from .dynapcnnnetwork_module import DynapcnnNetworkModule

_Configuration: TypeAlias = _Speck2eConfiguration | _Speck2fConfiguration

class DynapcnnNetwork(nn.Module):
    def __init__(
        self,
        snn: nn.Module,
        input_shape: tuple[int, int, int] | None = None,
        batch_size: int | None = None,
        dvs_input: bool | None = None,
        discretize: bool = True,
    ) -> None: ...
    @property
    def dynapcnn_layers(self) -> dict[int, DynapcnnLayer]: ...
    @property
    def dynapcnn_module(self) -> DynapcnnNetworkModule: ...
    # None before make_config, after which alone speckhal asks
    @property
    def layer2core_map(self) -> dict[int, int]: ...
    def make_config(
        self,
        layer2core_map: Mapping[int, int] | Literal["auto"] = "auto",
        device: str = "speck2fdevkit:0",
        monitor_layers: Sequence[int] | Literal["all"] | None = None,
        config_modifier: Callable[[_Configuration], _Configuration] | None = None,
    ) -> _Configuration: ...
