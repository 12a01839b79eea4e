"""Whether a network's layers on the chip would compute what the network does.

sinabs sees the modules that a network calls, and nothing else that its `forward` and its hooks do.
So what each layer as sinabs placed it makes of random spikes is compared with what the network
made of the same. Layers are compared before rounding and one by one, so that no difference in
the last digit becomes a spike more or less.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Final, cast

import torch
from sinabs.layers import IAF, IAFSqueeze
from torch.nn import functional

from speckhal.contract.errors import NetworkError
from speckhal_samna.network.neuron_checks import placed_layer, plain_layer
from speckhal_samna.network.rehearsal import MOST_SPIKES, rehearse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sinabs.backend.dynapcnn import DynapcnnLayer, DynapcnnNetwork
    from torch import Tensor, nn

    from speckhal.contract.address import Shape
    from speckhal_samna.network.rehearsal import Rehearsal

ROUNDING: Final = 1e-5
"""Differences up to this part of the sum of what a value is made of, all of it taken as positive,
do not count: float32 makes smaller ones, and the 8 bits of a weight on the chip larger ones."""

_RUNS: Final = 8
"""As a coin falls on the same side so often only once in 256 times."""

_RUNS_BY_CHANCE: Final = 32
"""Where random numbers are drawn for sure, even what is rare shall show."""

_FUNCTIONS: Final = (
    "Use modules in place of functions, such as nn.AvgPool2d for F.avg_pool2d and "
    "sinabs.layers.Merge for a sum, and put factors and offsets into weights and biases."
)


def check_same(network: nn.Module, rehearsal: Rehearsal, placed: DynapcnnNetwork) -> None:
    """Check that the placed layers do what the network did when it was rehearsed.

    Args:
        network: the copy that was rehearsed and placed.
        rehearsal: of it.
        placed: its layers before rounding.

    Raises:
        NetworkError: they do something else.
    """
    problem = _difference(network, rehearsal, placed)
    if problem is not None:
        check_repeated(network, rehearsal)
        raise problem


def check_repeated(network: nn.Module, rehearsal: Rehearsal, *, draws: bool = False) -> None:
    """Check that a network does the same again, whatever random numbers it draws.

    Args:
        network: the copy that was rehearsed.
        rehearsal: of it.
        draws: whether it is known to draw some.

    Raises:
        NetworkError: it does something else.
    """
    shape = rehearsal.given.shape[1:]
    for _ in range(_RUNS_BY_CHANCE if draws else _RUNS):
        again = rehearse(network, cast("Shape", tuple(shape)), times=rehearsal.times)
        if not _is_repeated(rehearsal, again):
            raise NetworkError(
                "The network gives something else each time it is run with the same input, and "
                "the chip does not.",
                hint="Leave random parts out in evaluation mode, as nn.Dropout does.",
            )


def _difference(
    network: nn.Module, rehearsal: Rehearsal, placed: DynapcnnNetwork
) -> NetworkError | None:
    names = {module: name for name, module in network.named_modules()}
    layers = placed.dynapcnn_layers
    originals = {index: _original(layer, rehearsal) for index, layer in layers.items()}
    missing = [module for module in rehearsal.spiking if module not in originals.values()]
    if missing:
        return NetworkError(
            f"Spiking layer {names[missing[0]]!r} would be missing on the chip: sinabs does not "
            "see what it is connected to.",
            hint=_FUNCTIONS,
        )
    for index, layer in layers.items():
        module = originals[index]
        what = placed_layer(index, names[module])
        wanted = rehearsal.drive(module)
        given = _given(index, rehearsal, placed, originals)
        made = _drive(layer, given)
        terms = _drive(layer, given, absolute=True)
        if not _agree(made, wanted, terms, rehearsal.terms(module)):
            return NetworkError(
                f"{what} would be given something else on the chip than in the network"
                f"{_example(made, wanted)}. Before it sinabs has lost what it does not follow: a "
                "function in forward, a hook, a BatchNorm that comes after no weights, or pooling "
                "with padding or ceil_mode.",
                hint=_FUNCTIONS,
            )
        if not _keeps_states(module, rehearsal):
            return NetworkError(
                f"{what} is left with other membrane potentials, after two calls "
                "of the network, than neurons of a core that are given the same: its class, a "
                "hook or forward resets or changes them.",
                hint="Leave states to the layers, and reset them outside of the network, with "
                "sinabs.reset_states(network).",
            )
        if not _fires_alike(module, rehearsal):
            return NetworkError(
                f"{what} makes other spikes of what it is given than neurons "
                "of a core do: its class or a hook changes them.",
                hint="Use sinabs' own IAFSqueeze, without hooks that return something.",
            )
    if not all(_was_passed(tensor, rehearsal) for tensor in rehearsal.returned):
        return NetworkError(
            "The network returns something else than its last modules give, and the chip gives "
            "what they do.",
            hint="Let forward return what the last module gives, and do the rest outside.",
        )
    return None


def _original(layer: DynapcnnLayer, rehearsal: Rehearsal) -> IAF:
    """The spiking layer of the network that a placed one was copied from, reset and all."""
    for module in rehearsal.spiking:
        if isinstance(module, IAF) and module.reset_fn is layer.spk_layer.reset_fn:
            return module
    raise NetworkError(
        "It cannot be found out which spiking layer of the network sinabs "
        f"{metadata.version('sinabs')} made a layer for the chip from: its copies are "
        "expected to share the `reset_fn` of what they are copied from, and this one does not.",
        hint="Use a version of sinabs that speckhal was tested with, and report this to the "
        "authors of speckhal.",
    )


def _given(
    index: int,
    rehearsal: Rehearsal,
    placed: DynapcnnNetwork,
    originals: Mapping[int, IAF],
) -> Tensor | None:
    """What the placed layers before one would give it, or None if that does not fit together."""
    ways = placed.dynapcnn_module
    parts: list[Tensor] = []
    for source in ways.node_source_map[index]:
        if source == "input":
            parts.append(rehearsal.given)
            continue
        spikes = rehearsal.passed_on(originals[source])
        spikes = spikes.reshape(*spikes.shape, *[1] * (4 - spikes.ndim))
        pool = placed.dynapcnn_layers[source].pool[ways.destination_map[source].index(index)]
        parts.append(functional.avg_pool2d(spikes, tuple(pool)) * (pool[0] * pool[1]))
    return sum(parts[1:], parts[0]) if len({part.shape for part in parts}) == 1 else None


def _drive(layer: DynapcnnLayer, given: Tensor | None, *, absolute: bool = False) -> Tensor | None:
    """What a core would make of its input, or None if it could make nothing of it.

    With `absolute`, of the sizes of all that it adds up.
    """
    convolution = layer.conv_layer
    if given is None:
        return None
    weight, bias = convolution.weight, convolution.bias
    if absolute:
        given, weight, bias = given.abs(), weight.abs(), None if bias is None else bias.abs()
    try:
        return functional.conv2d(
            given,
            weight,
            bias,
            stride=convolution.stride,
            padding=convolution.padding,
        )
    except RuntimeError:  # shapes that do not fit
        return None


def _agree(
    made: Tensor | None, wanted: Tensor, terms_made: Tensor | None, terms_wanted: Tensor
) -> bool:
    if made is None or terms_made is None or made.shape[0] != wanted.shape[0]:
        return False
    if made.numel() != wanted.numel():
        return False
    largest = torch.maximum(terms_made.flatten(), terms_wanted.flatten())
    return bool(((made.flatten() - wanted.flatten()).abs() <= ROUNDING * largest).all())


def _example(made: Tensor | None, wanted: Tensor) -> str:
    """How large the difference is, where it is one of values."""
    if made is None or made.numel() != wanted.numel():
        return ""
    worst = int((made.flatten() - wanted.flatten()).abs().argmax())
    one, other = float(made.flatten()[worst]), float(wanted.flatten()[worst])
    for digits in range(3, 10):  # 9 make any two of float32 differ
        if f"{one:.{digits}g}" != f"{other:.{digits}g}":
            return f" ({one:.{digits}g}, and not {other:.{digits}g}, for the same random spikes)"
    return ""


def _keeps_states(layer: IAF, rehearsal: Rehearsal) -> bool:
    """Whether nothing but what a spiking layer was given has changed its states."""
    if not isinstance(layer, IAFSqueeze):
        return True  # sinabs refuses it
    plain = plain_layer(layer, batch_size=layer.batch_size, num_timesteps=layer.num_timesteps)
    for call in rehearsal.spiking[layer]:
        plain(call.drive.clone())
    left = rehearsal.states[layer]
    rounding = ROUNDING * float(rehearsal.drive(layer).abs().max())
    return left.shape == plain.v_mem.shape and torch.allclose(left, plain.v_mem, atol=rounding)


def _fires_alike(layer: IAF, rehearsal: Rehearsal) -> bool:
    """Whether a spiking layer does what one without hooks and code of its own does."""
    if not isinstance(layer, IAFSqueeze):
        return True  # sinabs refuses it
    plain = plain_layer(layer, batch_size=layer.batch_size, num_timesteps=layer.num_timesteps)
    # of its own, since what the network gives it may make no neuron fire
    like = rehearsal.spiking[layer][0].drive
    drive = torch.linspace(3.5, -1.5, like.numel()).reshape(like.shape) * layer.spike_threshold
    layer.reset_states()
    return all(
        torch.equal(layer(given.clone()), plain(given)) for given in (drive, drive * MOST_SPIKES)
    )


def _was_passed(returned: Tensor, rehearsal: Rehearsal) -> bool:
    """Whether a module gave that, in whatever shape, or it is a sum, mean or end over time."""
    # most return what a module gave as it is, and the rest costs much more to look for
    return any(_same_values(returned, passed) for passed in rehearsal.passed) or any(
        _same_values(returned, seen)
        for passed in map(torch.Tensor.float, rehearsal.passed)  # whole numbers have no mean
        for seen in _over_time(passed)
    )


def _over_time(passed: Tensor) -> Iterator[Tensor]:
    """What may be made of all steps, with the first dimension one of steps or of batch and steps.

    What is left out of the steps or summed up can be so outside of the chip as well.
    """
    times = len(passed) if passed.ndim else 0
    for batch in range(1, times + 1):
        if times % batch == 0:
            steps = passed.reshape(batch, times // batch, *passed.shape[1:])
            yield from (steps.sum(1), steps.mean(1), steps[:, -1])


def _same_values(one: Tensor, other: Tensor) -> bool:
    return one.numel() == other.numel() and torch.allclose(
        one.flatten().float(), other.flatten().float()
    )


def _is_repeated(first: Rehearsal, second: Rehearsal) -> bool:
    """Whether everything that went through a network was the same in both rehearsals."""
    return all(
        one.drive.shape == other.drive.shape and torch.equal(one.drive, other.drive)
        for layer, calls in first.spiking.items()
        for one, other in zip(calls, second.spiking.get(layer, ()), strict=False)
    ) and all(map(_same_values, first.returned, second.returned))
