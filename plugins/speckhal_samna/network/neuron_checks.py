"""What a spiking layer of sinabs must be, so that the neurons of a core can do the same."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import torch
from sinabs.activation import MembraneReset, MembraneSubtract
from sinabs.layers import IAF, LIF, IAFSqueeze
from torch import nn

from speckhal.contract.errors import NetworkError
from speckhal.system.interrupts import let_interrupts_pass

if TYPE_CHECKING:
    from torch import Tensor


def named_layer(network: nn.Module, name: str) -> str:
    """How a sentence names a spiking layer: by its module, and by the index it has on a chip.

    The index is that of `--layer`. It is left out where modules do not simply follow each other:
    forward may call them in another order.

    Args:
        network: that it is in.
        name: of its module there.
    """
    modules = dict(network.named_modules())
    spiking = [one for one, module in modules.items() if isinstance(module, LIF)]
    within = {one.rpartition(".")[0] for one in spiking if one}
    within |= {one[:at] for one in within for at, sign in enumerate(one) if sign == "."} | {""}
    if all(isinstance(modules[one], nn.Sequential) for one in within):
        return placed_layer(spiking.index(name), name)
    return f"Spiking layer {name!r}"


def placed_layer(index: int, name: str) -> str:
    """How a sentence names a spiking layer whose index on a chip, that of `--layer`, is known."""
    return f"Layer {index} (module {name!r})"


def check_neurons(network: nn.Module) -> None:
    """Check that a core could do what each of the spiking layers does.

    Raises:
        NetworkError: one has values that sinabs would leave out, or rounds to nothing.
    """
    for name, layer in network.named_modules():
        if isinstance(layer, LIF) and not isinstance(layer, IAF):
            steps = float(torch.as_tensor(layer.tau_mem).detach().mean())
            raise NetworkError(
                f"{named_layer(network, name)} is a {type(layer).__name__} with a time constant of "
                f"{steps:g} steps, and a neuron of a core changes by the same amount at each tick, "
                "its bias.",
                hint="Use IAFSqueeze with a negative bias before it that speckhal plan finds: for "
                f'steps of 1 ms, by --leak "tau {steps:g} ms least-squares".',
            )
        if isinstance(layer, IAF):
            what = named_layer(network, name)
            _check_thresholds(what, layer)
            if layer.tau_syn is not None:
                raise NetworkError(
                    f"{what} has tau_syn={float(layer.tau_syn.detach()):g}, and a core has no "
                    "synaptic currents: sinabs would leave them out.",
                    hint="Use tau_syn=None, and train with it.",
                )
            _check_reset(what, layer)
            _check_spikes(what, layer)
    for attribute in ("batch_size", "num_timesteps"):
        sizes = {
            getattr(layer, attribute)
            for layer in network.modules()
            if isinstance(layer, IAFSqueeze) and getattr(layer, attribute) > 0
        }
        if len(sizes) > 1:
            raise NetworkError(
                f"The spiking layers have {attribute} {' and '.join(map(str, sorted(sizes)))}, and "
                "sinabs takes one for all.",
                hint=f"Give all of them the same {attribute}, such as 1.",
            )


def _check_thresholds(what: str, layer: IAF) -> None:
    if layer.min_v_mem is None:
        raise NetworkError(
            f"{what} has min_v_mem=None. sinabs reads that as -32768 before scaling, which leaves "
            "no resolution: weights and biases all become 0.",
            hint="Set min_v_mem, usually to minus the spike threshold: min_v_mem=-1.0.",
        )
    for attribute in ("spike_threshold", "min_v_mem"):
        value: Tensor | None = getattr(layer, attribute)
        if value is None or value.numel() != 1:
            given = "None" if value is None else f"an array of shape {tuple(value.shape)}"
            raise NetworkError(
                f"{what} has {attribute}={given}, and a core has one for all of its neurons.",
                hint="Give one number, such as spike_threshold=1.0 and min_v_mem=-1.0.",
            )
    threshold = float(layer.spike_threshold.detach())
    if threshold <= 0:
        raise NetworkError(
            f"{what} has spike_threshold {threshold:.3g}, at which every neuron would fire at "
            "every update.",
            hint="Use a threshold above 0, such as spike_threshold=1.0.",
        )


def _check_reset(what: str, layer: IAF) -> None:
    reset, threshold = layer.reset_fn, float(layer.spike_threshold.detach())
    if type(reset) is MembraneReset and reset.reset_value == 0:
        return
    if type(reset) is MembraneSubtract and reset.subtract_value in (None, threshold):
        return
    raise NetworkError(
        f"{what} has reset_fn={reset!r}, and a neuron of a core either returns to 0 or loses its "
        "threshold when it fires.",
        hint="Use MembraneReset() or MembraneSubtract(), without a value.",
    )


def _check_spikes(what: str, layer: IAF) -> None:
    silent, once = [-1.5, 0.0, 0.5], [1.5]
    if layer.spike_fn is not None:
        handled = sys.exc_info()[1]
        try:
            spikes = _spikes_at(layer, [*silent, *once])
        except Exception as error:  # noqa: BLE001  # a function of the user's, as bad as any other
            let_interrupts_pass(error, handled)
            spikes = []
        if spikes == [0, 0, 0, 1] and most_spikes(layer, 3) >= 1:
            return
    raise NetworkError(
        f"{what} has spike_fn={getattr(layer.spike_fn, '__name__', layer.spike_fn)}, which does "
        "not fire once from the threshold on and never below it, as a neuron of a core does.",
        hint="Use one of sinabs.activation: MultiSpike, SingleSpike or MaxSpike.",
    )


def most_spikes(layer: IAF, enough: int) -> int:
    """How many spikes a neuron makes of an input that suffices for `enough`."""
    return min(enough, int(_spikes_at(layer, [enough + 0.5])[0]))


def _spikes_at(layer: IAF, potentials: list[float]) -> list[float]:
    """What a neuron makes of a single input, given in thresholds."""
    drive = torch.tensor([potentials]) * float(layer.spike_threshold.detach())
    counted: list[float] = plain_layer(layer, num_timesteps=1)(drive)[0].tolist()
    return counted


def plain_layer(
    layer: IAF, *, num_timesteps: int | None, batch_size: int | None = None
) -> IAFSqueeze:
    """A layer that has of another what a core can have, with its states at 0."""
    return IAFSqueeze(
        batch_size=batch_size,
        num_timesteps=num_timesteps,
        spike_threshold=layer.spike_threshold,
        spike_fn=layer.spike_fn,
        reset_fn=layer.reset_fn,
        min_v_mem=layer.min_v_mem,
    )


def settle_states(what: str, layer: IAF, shape: torch.Size) -> None:
    """Leave a layer the membrane potentials that its neurons on the chip are to start with.

    Args:
        what: the layer is, for messages.
        layer: of a copy of the network.
        shape: of what it is given, without time.

    Raises:
        NetworkError: it holds some that differ between the items of a batch, or are those of
            other neurons.
    """
    if not layer.is_state_initialised():
        return
    v_mem = layer.v_mem.detach()
    if v_mem.shape[1:] == shape and (v_mem == v_mem[:1]).all():
        return
    if not v_mem.any():  # reset after it was used with another input
        layer.v_mem = torch.zeros(0)
        return
    if v_mem.shape[1:] != shape:
        raise NetworkError(
            f"{what} holds membrane potentials of shape {tuple(v_mem.shape)} (batch, ...), and "
            f"with this input it has neurons of shape {tuple(shape)}.",
            hint="Give it potentials of that shape, or call sinabs.reset_states(network) to start "
            "at 0.",
        )
    raise NetworkError(
        f"{what} holds other membrane potentials for each of the {len(v_mem)} items of a batch, "
        "and a neuron of a core has one.",
        hint="Keep those of one item, as in layer.v_mem = layer.v_mem[:1], or call "
        "sinabs.reset_states(network) to start at 0.",
    )
