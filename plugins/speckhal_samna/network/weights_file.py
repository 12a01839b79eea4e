"""Saved weights for a network of sinabs layers, read without running what a file brings."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, cast

import torch
from sinabs.layers import StatefulLayer
from torch import nn

from speckhal.contract.errors import InputError, NetworkError, VendorUnavailable
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import let_interrupts_pass
from speckhal_samna.board.vendor_errors import one_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SAVE = "Save network.state_dict() alone, with safetensors.torch.save_file or torch.save."
_SHOWN = 4  # keys, in a sentence


def load_weights(network: object, file: Path) -> None:
    """Give a network the weights of a file; states of its neurons stay as they are.

    So do thresholds of neurons that the file does not have.

    Args:
        network: a `torch.nn.Module`.
        file: of safetensors, by its suffix; or else of `torch.save`, with `weights_only=True`.

    Raises:
        NetworkError: the network is something else.
        InputError: there are no weights in the file, or they are not those of this network.
        VendorUnavailable: safetensors is not installed.
    """
    if not isinstance(network, nn.Module):
        raise NetworkError(
            f"Asked for the weights {file} in something of type {type(network).__name__}, and only "
            "a torch.nn.Module takes them.",
            hint="Give a network such as nn.Sequential(nn.Conv2d(...), IAFSqueeze(...)).",
        )
    states = {
        f"{path}.{name}" if path else name
        for path, module in network.named_modules()
        if isinstance(module, StatefulLayer)
        for name, _ in module.named_buffers(recurse=False)
    }
    of_neurons = {
        f"{path}.{name}" if path else name
        for path, module in network.named_modules()
        if isinstance(module, StatefulLayer)
        for name, _ in module.named_parameters(recurse=False)
    }
    if any(value.is_meta for value in network.state_dict().values()):
        raise NetworkError(
            f"Asked for the weights {file} in a network on the device 'meta', which has no place "
            "for values.",
            hint="Make it on the CPU, or give it memory by network.to_empty(device='cpu').",
        )
    given = {key: value for key, value in _read(file).items() if key not in states}
    wanted = {
        key: value
        for key, value in network.state_dict().items()
        # who trained without spikes has no thresholds to save
        if key not in states and (key not in of_neurons or key in given)
    }
    _refuse_difference(file, given, wanted)
    for module in network.modules():
        if isinstance(module, StatefulLayer):
            for value in module.parameters(recurse=False):
                # sinabs' default threshold is one tensor for all neurons of the process
                value.data = value.data.clone()
    network.load_state_dict(given, strict=False)


def _read(file: Path) -> Mapping[str, torch.Tensor]:
    handled = sys.exc_info()[1]
    if file.suffix.lower() == ".safetensors":
        try:
            from safetensors.torch import load_file  # noqa: PLC0415 - it may be absent
        except ImportError as error:
            raise VendorUnavailable(
                f"Asked for the weights {file}, and the library safetensors is not installed.",
                hint="Install it: pip install 'speckhal[weights]'",
            ) from error
        try:
            return load_file(file)
        except Exception as error:
            let_interrupts_pass(error, handled)
            raise InputError(
                f"Asked for the weights {file}, and it cannot be read as safetensors: "
                f"{one_sentence(cause_of(error))}",
                hint=_SAVE,
            ) from error
    try:
        with warnings.catch_warnings():  # of what is refused below, or is torch's own affair
            warnings.simplefilter("ignore")
            found: object = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        let_interrupts_pass(error, handled)
        # torch's text goes on for a page, and advises to run the code of the file
        raise InputError(
            f"Asked for the weights {file}, and it is not a PyTorch file of nothing but tensors: "
            "it is damaged, is of another kind, or would run code of its own when it is loaded.",
            hint=_SAVE,
        ) from error
    if not isinstance(found, dict):
        raise InputError(
            f"Asked for the weights {file}, and it holds something of type "
            f"{type(found).__name__}, not tensors by name.",
            hint=_SAVE,
        )
    others = [
        f"{key!r} of type {type(value).__name__}"
        for key, value in found.items()
        if not (isinstance(key, str) and isinstance(value, torch.Tensor))
    ]
    if others:
        raise InputError(
            f"Asked for the weights {file}, and not all that it holds are tensors by name: it has "
            f"{_named(others)}.",
            hint=_SAVE,
        )
    return cast("Mapping[str, torch.Tensor]", found)


def _refuse_difference(
    file: Path, given: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]
) -> None:
    missing, unknown = sorted(wanted.keys() - given.keys()), sorted(given.keys() - wanted.keys())
    if missing or unknown:
        flaws = [
            f"{verb} {_named(map(repr, keys))}"
            for verb, keys in (("lacks", missing), ("has besides", unknown))
            if keys
        ]
        raise InputError(
            f"Asked for the weights {file}, and they are those of another network: the file "
            f"{' and '.join(flaws)}.",
            hint=f"The network has {_named(map(repr, wanted))}.",
        )
    for key, value in wanted.items():
        if given[key].shape != value.shape:
            raise InputError(
                f"Asked for the weights {file}, and {key!r} has the shape "
                f"{tuple(given[key].shape)} in it, and {tuple(value.shape)} in the network.",
                hint="Make the network as it was when its weights were saved.",
            )
        kind = _unlike(given[key], value)
        if kind:
            raise InputError(
                f"Asked for the weights {file}, and {key!r} is {kind} in it, and of "
                f"{_type(value)} in the network.",
                hint="Save weights as dense tensors of real numbers, such as torch.float32.",
            )


def _unlike(given: torch.Tensor, wanted: torch.Tensor) -> str:
    """What a tensor is that would not arrive as it is, in a few words; empty where it would."""
    if given.is_meta:
        return "without values"
    if given.is_quantized or given.layout is not torch.strided:
        return "quantised" if given.is_quantized else "sparse"
    if wanted.is_floating_point() and not given.is_floating_point():
        return f"of {_type(given)}"
    return ""


def _type(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _named(names: object) -> str:
    listed = [str(name) for name in cast("list[object]", names)]
    more = [f"and {len(listed) - _SHOWN} more"] * (len(listed) > _SHOWN)
    return ", ".join([*listed[:_SHOWN], *more]) or "nothing"
