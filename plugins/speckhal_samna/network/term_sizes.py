"""How large the terms are that a network adds up: rounding grows with them, not with the sum."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from speckhal_samna.network.inference_copy import BATCH_NORMS


class TermSizes:
    """How large the terms are that modules add up, for as long as they hand on the same tensors.

    Rounding grows with them: terms that cancel, such as a bias and the mean that a normalization
    takes off again, leave the rounding of the large numbers in a small result.
    """

    def __init__(self) -> None:
        # with the tensors, so that no other gets the id of one that is gone
        self._sizes: dict[int, tuple[Tensor, Tensor]] = {}

    def note(self, module: nn.Module, args: tuple[object, ...], out: object) -> None:
        """Keep the sizes for what a module made of its arguments."""
        if len(args) != 1 or not isinstance(args[0], Tensor) or not isinstance(out, Tensor):
            return
        sizes = self._of_output(module, args[0])
        if sizes is not None and sizes.shape == out.shape:
            self._sizes[id(out)] = out, sizes

    def of(self, tensor: Tensor) -> Tensor:
        """The sizes of its terms, or its own where they are not known; the same shape."""
        _, sizes = self._sizes.get(id(tensor), (None, tensor.abs()))
        return sizes

    def _of_output(self, module: nn.Module, given: Tensor) -> Tensor | None:
        if isinstance(module, nn.Conv2d) and module.padding_mode == "zeros":
            return functional.conv2d(
                given.abs(),
                module.weight.abs(),
                _size(module.bias),
                module.stride,
                module.padding,
                module.dilation,
                module.groups,
            )
        if isinstance(module, nn.Linear):
            bias = _size(module.bias)
            return functional.linear(given.abs(), module.weight.abs(), bias)
        mean = getattr(module, "running_mean", None)
        variance = getattr(module, "running_var", None)
        if isinstance(module, BATCH_NORMS) and mean is not None and variance is not None:
            sizes = functional.batch_norm(
                self.of(given),
                -mean.abs(),
                variance,
                _size(getattr(module, "weight", None)),
                _size(getattr(module, "bias", None)),
                eps=module.eps,
            )
            return torch.as_tensor(sizes)
        return None


def _size(value: Tensor | None) -> Tensor | None:
    return None if value is None else value.abs()
