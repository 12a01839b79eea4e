"""What sinabs would take for granted of a network and its input, checked before it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from speckhal.errors import InputError, NetworkError
from speckhal_samna.values import whole_number

if TYPE_CHECKING:
    from speckhal.address import Shape


def check_input_shape(input_shape: object) -> Shape:
    """The shape of the input, if it is one.

    Raises:
        InputError: it is none.
    """
    listed = list(input_shape) if isinstance(input_shape, tuple | list) else []
    sizes = [whole_number(size) for size in listed]
    if len(sizes) != 3 or any(size is None or size < 1 for size in sizes):
        raise InputError(
            f"Asked to deploy with input_shape={input_shape!r}, and that is no shape.",
            hint="Give (channels, height, width), whole numbers from 1 up, such as (1, 2, 2).",
        )
    return cast("Shape", tuple(sizes))


def likely_misfit(network: nn.Module, input_shape: Shape) -> str | None:
    """What is likely wrong with a network that cannot be traced with that input, as a sentence.

    It is no more than likely, since modules need not be used in the order in which they are listed.
    """
    first = next((module for module in network.modules() if isinstance(module, nn.Conv2d)), None)
    if first is None or first.in_channels == input_shape[0]:
        return None
    return (
        f"Its first Conv2d takes {first.in_channels} channel{'s' * (first.in_channels > 1)}, and "
        f"input_shape has {input_shape[0]}: try "
        f"({first.in_channels}, {input_shape[1]}, {input_shape[2]})."
    )


def check_parameters(network: nn.Module) -> None:
    """Check that all weights and biases are numbers.

    Raises:
        NetworkError: one is not.
    """
    for name, parameter in network.named_parameters():
        if not torch.isfinite(parameter).all():
            raise NetworkError(
                f"The network's {name!r} holds values that are no finite numbers.",
                hint="Look for a division by 0 or a diverged training, and load finite values.",
            )
