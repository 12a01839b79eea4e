"""What goes through a network when it is run twice in a row, layer by layer, on random spikes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import attrs
import torch
from sinabs.layers import IAF, IAFSqueeze, StatefulLayer
from sinabs.utils import get_smallest_compatible_time_dimension
from torch import Tensor, nn

from speckhal.contract.errors import NetworkError
from speckhal_samna.network.neuron_checks import most_spikes
from speckhal_samna.network.term_sizes import TermSizes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speckhal.contract.address import Shape

MOST_SPIKES: Final = 97
"""Seldom drawn, and more than what a network is likely to limit spikes to on purpose."""

_FEW_SPIKES: Final = 3
"""More than one, so that what a network makes of several spikes at once shows."""

_MANY_EVERY: Final = 16
"""One place among this number, about, has more than a few spikes."""

_STEPS: Final = 3
"""So that what a network does over time shows."""

_CALLS: Final = 2
"""Without a reset in between, so that states show that do not last from one to the next."""

_LONGEST: Final = 96
"""Inputs at once, beyond which a rehearsal takes no more of them than it must."""


@attrs.frozen(eq=False)
class SpikingRecord:
    """What went through a spiking layer in one call, each (time, ...) as the network has it.

    Attributes:
        drive: what it was given.
        terms: how large the terms are that its drive is the sum of.
        passed_on: random spikes that took the place of its own, so that later layers get some
            whatever the thresholds are.
    """

    drive: Tensor
    terms: Tensor
    passed_on: Tensor


@attrs.frozen(eq=False)
class Rehearsal:
    """What went through a network.

    Attributes:
        times: how many inputs it took at once.
        given: all its input, (time, channels, height, width).
        called: the modules that ran, by name.
        spiking: what went through those that spike, call by call.
        states: the membrane potentials that its layers were left with, (batch, ...).
        passed: what the modules without children gave, before any hook changed it.
        returned: what the network returned.
    """

    times: int
    given: Tensor
    called: Mapping[str, nn.Module]
    spiking: Mapping[nn.Module, Sequence[SpikingRecord]]
    states: Mapping[nn.Module, Tensor]
    passed: tuple[Tensor, ...]
    returned: tuple[Tensor, ...]

    def drive(self, layer: nn.Module) -> Tensor:
        """All that a spiking layer was given, (time, ...)."""
        return torch.cat([call.drive for call in self.spiking[layer]])

    def terms(self, layer: nn.Module) -> Tensor:
        """How large the terms of all its drives are, (time, ...)."""
        return torch.cat([call.terms for call in self.spiking[layer]])

    def passed_on(self, layer: nn.Module) -> Tensor:
        """All that later layers were given for the spikes of one, (time, ...)."""
        return torch.cat([call.passed_on for call in self.spiking[layer]])


def rehearsal_times(network: nn.Module) -> tuple[int, int]:
    """How many inputs to rehearse a network with: several steps, and as few as it may take.

    A network of which forward has room for one step computes nothing over time.
    """
    shortest = get_smallest_compatible_time_dimension(network)
    fixed = any(
        isinstance(layer, IAFSqueeze) and layer.batch_size > 0 and layer.num_timesteps > 0
        for layer in network.modules()
    )
    steps = 1 if fixed else max(1, min(_STEPS, _LONGEST // shortest))
    return shortest * steps, shortest


def rehearse(network: nn.Module, input_shape: Shape, *, times: int) -> Rehearsal:
    """Run a network twice on random input, always the same, with all states at 0 at first.

    Its states are left as they were; its random numbers are torch's own.

    Args:
        network: in evaluation mode.
        input_shape: (channels, height, width) of its input.
        times: how many inputs its layers take at once.

    Raises:
        NetworkError: a module returns something else than tensors.
    """
    generator = torch.Generator().manual_seed(0)
    called: dict[str, nn.Module] = {}
    passed: list[Tensor] = []
    records: dict[nn.Module, list[SpikingRecord]] = {}
    sizes = TermSizes()

    def enter(name: str, module: nn.Module, args: tuple[object, ...], out: object) -> None:
        called[name] = module
        if not isinstance(out, Tensor | tuple):
            raise NetworkError(
                f"{type(module).__name__} {name!r} returns a {type(out).__name__}, and sinabs "
                "follows only tensors and tuples of them.",
                hint="Let forward return a tensor, or a tuple of tensors.",
            )
        if not any(True for _ in module.children()) and not isinstance(module, StatefulLayer):
            passed.extend(tensor.clone() for tensor in _tensors(out))
            sizes.note(module, args, out)

    @functools.cache
    def most_of(layer: nn.Module) -> int:
        return most_spikes(layer, MOST_SPIKES) if isinstance(layer, IAF) else MOST_SPIKES

    def replace_spikes(
        layer: nn.Module, args: tuple[Tensor, ...], kwargs: dict[str, Tensor], out: Tensor
    ) -> Tensor:
        made = random_spikes(out.shape, generator, most_of(layer))
        drive = next(iter((*args, *kwargs.values())))
        call = SpikingRecord(drive.clone(), sizes.of(drive), made.clone())
        records.setdefault(layer, []).append(call)
        passed.append(call.passed_on)
        return made

    kept = [
        (module, name, buffer.clone())
        for module in network.modules()
        for name, buffer in module.named_buffers(recurse=False)
    ]
    hooks = [
        # before and after the user's own
        *(
            module.register_forward_hook(functools.partial(enter, name), prepend=True)
            for name, module in network.named_modules()
        ),
        *(
            module.register_forward_hook(replace_spikes, with_kwargs=True)
            for module in network.modules()
            if isinstance(module, StatefulLayer)
        ),
    ]
    given = random_spikes((_CALLS * times, *input_shape), generator)
    try:
        for module, name, _ in kept:
            if isinstance(module, StatefulLayer):
                # not to 0: of states for another batch sinabs would draw some by chance
                setattr(module, name, torch.zeros(0))
        returned = [network(part.clone()) for part in torch.split(given, times)]
        states: dict[nn.Module, Tensor] = {
            layer: layer.v_mem.clone() for layer in records if isinstance(layer, IAFSqueeze)
        }
    finally:
        for hook in hooks:
            hook.remove()
        for module, name, buffer in kept:
            setattr(module, name, buffer)
    return Rehearsal(
        times, given, called, records, states, tuple(passed), tuple(_tensors(returned))
    )


def random_spikes(
    shape: tuple[int, ...], generator: torch.Generator, most: int = MOST_SPIKES
) -> Tensor:
    """A few spikes for each, now and then up to `most`, and `most` at least once."""
    few = torch.randint(0, min(most, _FEW_SPIKES) + 1, shape, generator=generator)
    many = torch.randint(0, most + 1, shape, generator=generator)
    rare = torch.randint(0, _MANY_EVERY, shape, generator=generator) == 0
    spikes = torch.where(rare, many, few).float()
    spikes.view(-1)[:1] = most
    return spikes


def _tensors(value: object) -> Iterator[Tensor]:
    """The tensors in what a module returned."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
