"""What sinabs would take for granted of a network and its input, checked before it is asked."""

from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from speckhal.errors import InputError, NetworkError
from speckhal.interrupts import let_interrupts_pass
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
    if first is not None and first.in_channels != input_shape[0]:
        return (
            f"Its first Conv2d takes {first.in_channels} channel{'s' * (first.in_channels > 1)}, "
            f"and input_shape has {input_shape[0]}: try "
            f"({first.in_channels}, {input_shape[1]}, {input_shape[2]})."
        )
    handled = sys.exc_info()[1]
    try:
        copy.deepcopy(network)(torch.zeros(1, *input_shape))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the reason
        let_interrupts_pass(error, handled)
        return f"It cannot be run with input of that shape either: {error}"
    return None


def check_parameters(network: nn.Module) -> None:
    """Check that all weights and biases are numbers, and of the type that sinabs computes with.

    Raises:
        NetworkError: one is not.
    """
    for name, parameter in network.named_parameters():
        if parameter.dtype != torch.float32:
            raise NetworkError(
                f"The network's {name!r} is of type {parameter.dtype}, and sinabs takes networks "
                "of torch.float32.",
                hint="Deploy network.float(); the chip rounds to 8 and 16 bits in any case.",
            )
        if not torch.isfinite(parameter).all():
            raise NetworkError(
                f"The network's {name!r} holds values that are no finite numbers.",
                hint="Look for a division by 0 or a diverged training, and load finite values.",
            )
