from typing import Literal

from torch import nn

class DynapcnnNetworkModule(nn.Module):
    # by index of the layer, those that it gives its spikes to; below 0 what leaves the network
    @property
    def destination_map(self) -> dict[int, list[int]]: ...
    @property
    def node_source_map(self) -> dict[int, list[int | Literal["input"]]]: ...
    # indices of the layers that take the network's input
    @property
    def entry_points(self) -> set[int]: ...
