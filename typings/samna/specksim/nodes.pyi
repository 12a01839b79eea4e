from collections.abc import Sequence

from samna.iris import NodeInterface
from samna.specksim import Convolution2d, IntegrateAndFire, SumPooling

class SpecksimConvolutionalFilterNode(NodeInterface):
    def __init__(self) -> None: ...
    # channels in and out, kernel, input, stride and padding
    def set_parameters(
        self,
        arg0: int,
        arg1: int,
        arg2: Sequence[int],
        arg3: Sequence[int],
        arg4: Sequence[int],
        arg5: Sequence[int],
        /,
    ) -> None: ...
    def set_weights(self, arg0: Sequence[Sequence[Sequence[Sequence[float]]]], /) -> None: ...
    def get_layer(self) -> Convolution2d: ...

class SpecksimSumPoolingFilterNode(NodeInterface):
    def __init__(self) -> None: ...
    # kernel and input
    def set_parameters(self, arg0: Sequence[int], arg1: Sequence[int], /) -> None: ...
    def get_layer(self) -> SumPooling: ...

class SpecksimIAFFilterNode(NodeInterface):
    def __init__(self) -> None: ...
    # features, rows and columns, threshold, lowest potential
    def set_parameters(
        self, arg0: int, arg1: Sequence[int], arg2: float, arg3: float, /
    ) -> None: ...
    def get_layer(self) -> IntegrateAndFire: ...
