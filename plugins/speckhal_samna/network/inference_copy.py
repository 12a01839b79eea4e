"""A copy of a network as it computes when it is used: the same each time, and plain for sinabs.

Deploying runs a network, and sinabs moves running statistics and states when it does, so all is
done on this copy. A chip never trains: the copy is in evaluation mode whatever mode the network
is in. What torch computes anew at each call is computed once and for all.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import pickle
import random
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import torch
from sinabs.layers import IAF, StatefulLayer
from torch import nn
from torch.nn.utils import parametrize

from speckhal.contract.errors import NetworkError
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import let_interrupts_pass
from speckhal_samna.board.vendor_errors import one_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH_NORMS: Final = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)

_COMPUTING: Final = (
    ("torch.nn.utils.weight_norm", "WeightNorm"),
    ("torch.nn.utils.spectral_norm", "SpectralNorm"),
    ("torch.nn.utils.prune", "BasePruningMethod"),
)
"""Torch's hooks that compute a weight before each call, which it has deprecated. Where a release
lacks one, no network uses it and nothing is missing."""

_HOOKS: Final = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
)


@contextlib.contextmanager
def same_chance() -> Iterator[None]:
    """Let all draw the same numbers each time, and leave the user's own as they were."""
    ours, numpys = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        try:
            torch.default_generator.manual_seed(0)
            random.seed(0)
            np.random.seed(0)
            yield
        finally:
            random.setstate(ours)
            np.random.set_state(numpys)


def chance() -> bytes:
    """Something that is another once a random number was drawn."""
    states = random.getstate(), np.random.get_state()
    return pickle.dumps((states, torch.get_rng_state().numpy().tobytes()))


def inference_copy(network: nn.Module) -> nn.Module:
    """A copy on the CPU that computes what the network computes in evaluation mode.

    Spiking layers keep their states and hooks, and each has a `reset_fn` of its own, by which
    sinabs' copies of it are recognised.

    Raises:
        NetworkError: the network cannot be copied.
    """
    twin = _deep_copy(network)
    twin.eval()
    twin.cpu()
    with torch.no_grad():
        for module in list(twin.modules()):
            _compute_parameters(module)
            if isinstance(module, nn.Conv2d):
                _count_padding(module)
            elif isinstance(module, BATCH_NORMS) and module.running_var is not None:
                # sinabs leaves eps out when it merges this into the weights
                module.running_var.add_(module.eps)
                module.eps = 0.0
            elif isinstance(module, IAF):
                module.reset_fn = copy.copy(module.reset_fn)
                for value in (*module.parameters(), *module.buffers()):
                    value.data = value.data.float()
    return twin


def _deep_copy(network: nn.Module) -> nn.Module:
    # deepcopy refuses tensors that autograd made, and training and hooks leave some on modules
    memo: dict[int, object] = {
        id(tensor): tensor.detach().clone()
        for module in network.modules()
        for tensor in _with_history(vars(module), set())
    }
    handled = sys.exc_info()[1]
    try:
        twin = copy.deepcopy(network, memo)
        for original, module in zip(network.modules(), twin.modules(), strict=True):
            if isinstance(original, StatefulLayer):  # whose own way of copying leaves these out
                kept = {
                    name: value
                    for name, value in vars(original).items()
                    if name in _HOOKS or name not in vars(module)
                }
                vars(module).update(copy.deepcopy(kept, memo))
    except Exception as error:
        let_interrupts_pass(error, handled)
        raise NetworkError(
            "The network cannot be copied, and deploying must leave it as it is: "
            f"{one_sentence(cause_of(error))}",
            hint="Keep what cannot be copied, such as files, locks and tensors with a history, "
            "outside of its modules.",
        ) from error
    return twin


def _with_history(value: object, seen: set[int]) -> Iterator[torch.Tensor]:
    """The tensors in a value that autograd made."""
    if isinstance(value, torch.Tensor):
        if not value.is_leaf:
            yield value
    elif isinstance(value, Mapping | list | tuple) and id(value) not in seen:
        seen.add(id(value))
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _with_history(item, seen)


def _compute_parameters(module: nn.Module) -> None:
    """Make parameters of what a parametrization, a norm or a pruning computes at each call."""
    if parametrize.is_parametrized(module):
        # torch's remove_parametrizations changes the class, which is the user's module's too
        names = list(cast("nn.ModuleDict", module.parametrizations))
        values = {name: getattr(module, name).clone() for name in names}
        module.__class__ = parametrize.type_before_parametrizations(module)
        del module.parametrizations
        for name, value in values.items():
            module.register_parameter(name, nn.Parameter(value, requires_grad=False))
    # torch has no public name for a module's hooks, and its own functions for this use this one
    hooks: dict[int, Any] = getattr(module, "_forward_pre_hooks", {})
    computing = _hooks_that_compute_weights()
    for key, hook in list(hooks.items()):
        if isinstance(hook, computing):
            hook.remove(module)
            del hooks[key]
    bias = getattr(module, "bias", None)
    if isinstance(module, nn.Conv2d | nn.Linear) and isinstance(bias, nn.Parameter):
        # sinabs unpacks parameters() as weight and bias, and the weight may now be the last
        del module.bias
        module.register_parameter("bias", bias)


def _count_padding(convolution: nn.Conv2d) -> None:
    """Say padding "same" and "valid" in numbers, where they are the same on both sides."""
    if convolution.padding == "valid":
        convolution.padding = (0, 0)
    elif convolution.padding == "same":
        (kernel_y, kernel_x), (dilation_y, dilation_x) = (
            convolution.kernel_size,
            convolution.dilation,
        )
        both_y, both_x = dilation_y * (kernel_y - 1), dilation_x * (kernel_x - 1)
        if both_y % 2 == both_x % 2 == 0:
            convolution.padding = (both_y // 2, both_x // 2)


def _hooks_that_compute_weights() -> tuple[type[Any], ...]:
    """The classes of these, each with `remove(module)`, which makes the weight a parameter."""
    found = []
    for module, name in _COMPUTING:
        with contextlib.suppress(ImportError, AttributeError):
            found.append(getattr(importlib.import_module(module), name))
    return tuple(found)
