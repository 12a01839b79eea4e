"""Saved weights for a network of sinabs layers, read without running what a file brings."""

from __future__ import annotations

import sys
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
            f"Asked for the weights {file} in a {type(network).__name__}, and only a "
            "torch.nn.Module takes them.",
            hint="Give a network such as nn.Sequential(nn.Conv2d(...), IAFSqueeze(...)).",
        )
    states = {
        f"{path}.{name}" if path else name
        for path, module in network.named_modules()
        if isinstance(module, StatefulLayer)
        for name, _ in module.named_buffers(recurse=False)
    }
    given = {key: value for key, value in _read(file).items() if key not in states}
    wanted = {key: value for key, value in network.state_dict().items() if key not in states}
    _refuse_difference(file, given, wanted)
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
        found: object = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        let_interrupts_pass(error, handled)
        # torch's text goes on for a page, and advises to run the code of the file
        raise InputError(
            f"Asked for the weights {file}, and it is not a PyTorch file of nothing but tensors: "
            "it is damaged, is of another kind, or would run code of its own when it is loaded.",
            hint=_SAVE,
        ) from error
    is_weights = isinstance(found, dict) and all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in found.items()
    )
    if not is_weights:
        holds = _named(map(repr, found)) if isinstance(found, dict) else f"a {type(found).__name__}"
        raise InputError(
            f"Asked for the weights {file}, and it holds {holds}, which are not tensors by name.",
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


def _named(names: object) -> str:
    listed = [str(name) for name in cast("list[object]", names)]
    more = [f"and {len(listed) - _SHOWN} more"] * (len(listed) > _SHOWN)
    return ", ".join([*listed[:_SHOWN], *more]) or "nothing"
