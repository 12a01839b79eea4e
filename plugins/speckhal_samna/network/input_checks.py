"""What sinabs would take for granted of a network, checked before it is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from sinabs.layers import StatefulLayer, SumPool2d
from torch import nn
from torch.nn.parameter import is_lazy

from speckhal.contract.errors import NetworkError
from speckhal_samna.network.inference_copy import BATCH_NORMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.address import Shape


def likely_misfit(network: nn.Module, input_shape: Shape) -> str | None:
    """What is likely wrong with a network that cannot be run with that input, as a sentence.

    It is no more than likely, since modules need not be used in the order in which they are listed.
    """
    first = next(
        (module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)), None
    )
    if isinstance(first, nn.Linear) and first.in_features != math.prod(input_shape):
        return (
            f"Its first Linear takes {first.in_features} values, and input of that shape has "
            f"{math.prod(input_shape)}."
        )
    if not isinstance(first, nn.Conv2d) or first.in_channels == input_shape[0]:
        return None
    channels, height, width = first.in_channels, *input_shape[1:]
    if input_shape[2] == channels:  # as pictures are often stored
        height, width = input_shape[:2]
    return (
        f"Its first Conv2d takes {channels} channel{'s' * (channels > 1)}, and input_shape has "
        f"{input_shape[0]}: try ({channels}, {height}, {width})."
    )


def check_parameters(network: nn.Module) -> None:
    """Check that all values are there, are numbers, and of the type that sinabs computes with.

    Raises:
        NetworkError: one is not.
    """
    for path, module in network.named_modules():
        values = list(module.named_parameters(recurse=False))
        buffers = list(module.named_buffers(recurse=False))
        if not isinstance(module, (StatefulLayer, *BATCH_NORMS)):  # of the user's own, as they like
            buffers = [(name, item) for name, item in buffers if item.is_meta or is_lazy(item)]
        for attribute, value in (*values, *buffers):
            name = f"{path}.{attribute}" if path else attribute
            if is_lazy(value):
                raise NetworkError(
                    f"The network's {name!r} has no shape yet.",
                    hint="Run the network once, which gives lazy modules their shapes.",
                )
            if value.is_meta:
                raise NetworkError(
                    f"The network's {name!r} is on the device 'meta', where tensors have a shape "
                    "and no values.",
                    hint="Make the network on the CPU, or load its weights, before you deploy it.",
                )
            if value.dtype != torch.float32 and not _may_differ(module, value):
                raise NetworkError(
                    f"The network's {name!r} is of type {value.dtype}, and sinabs takes networks "
                    "of torch.float32.",
                    hint="Deploy network.float(); the chip rounds to 8 and 16 bits in any case.",
                )
            if not torch.isfinite(value).all():
                raise NetworkError(
                    f"The network's {name!r} holds values that are no finite numbers.",
                    hint="Look for a division by 0 or a diverged training, and load finite values.",
                )


def _may_differ(module: nn.Module, value: torch.Tensor) -> bool:
    """Whether a value may be of another type: thresholds given as int, and counters of batches."""
    if isinstance(module, StatefulLayer):
        return not value.is_complex()
    return isinstance(module, BATCH_NORMS) and not value.is_floating_point()


def check_modules(modules: Mapping[str, nn.Module]) -> None:
    """Check that a core could do what each of a network's modules does, as far as one can see.

    Args:
        modules: those that the network calls, by name.

    Raises:
        NetworkError: one does what sinabs leaves out or a core cannot do.
    """
    # imports samna, which is there by now
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer  # noqa: PLC0415

    for name, module in modules.items():
        what = f"{type(module).__name__} {name!r}"
        if isinstance(module, DVSLayer):
            raise NetworkError(
                f"{what} is the chip's own sensor, which can only be the first module of an "
                "nn.Sequential that is deployed.",
                hint="Put it there, or deploy what follows it alone, with the shape that it gives "
                "as input_shape.",
            )
        if isinstance(module, nn.Conv2d):
            _check_convolution(what, module)
        elif isinstance(module, BATCH_NORMS) and module.running_var is None:
            raise NetworkError(
                f"{what} has no running statistics, so that what it does depends on the batch.",
                hint="Use track_running_stats=True; they are merged into the weights.",
            )
        elif isinstance(module, nn.AvgPool2d | SumPool2d):
            _check_pooling(what, module)


def _check_convolution(what: str, convolution: nn.Conv2d) -> None:
    kernel, padding = convolution.kernel_size, convolution.padding
    if convolution.padding_mode != "zeros":
        raise NetworkError(
            f"{what} has padding_mode={convolution.padding_mode!r}, and a core pads with zeros.",
            hint="Use padding_mode='zeros', and train with it.",
        )
    if isinstance(padding, str):
        raise NetworkError(
            f"{what} has padding={padding!r} and kernel_size={kernel}, which pads more on one "
            "side, and a core pads both sides alike.",
            hint="Use an odd kernel_size, or say the padding in numbers.",
        )
    if convolution.dilation != (1, 1):
        raise NetworkError(
            f"{what} has dilation={convolution.dilation}, and a core knows none.",
            hint="Use dilation=1; a larger kernel with zeros in between does the same.",
        )
    if convolution.groups != 1:
        raise NetworkError(
            f"{what} has groups={convolution.groups}, and a core connects each output channel "
            "with all input channels.",
            hint="Use groups=1; weights of 0 between the groups do the same.",
        )
    if kernel[0] != kernel[1]:
        raise NetworkError(
            f"{what} has kernel_size={kernel}, and the kernel of a core is a square.",
            hint="Use a square kernel; rows or columns of zeros in it do the same.",
        )


def _check_pooling(what: str, pooling: nn.AvgPool2d | SumPool2d) -> None:
    kernel = pooling.kernel_size
    stride = kernel if pooling.stride is None else pooling.stride
    if len({*_pair(kernel), *_pair(stride)}) > 1:
        raise NetworkError(
            f"{what} has kernel_size={kernel} and stride={stride}, and a core pools squares that "
            "do not overlap.",
            hint="Use one number for the kernel, and leave the stride out.",
        )


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
