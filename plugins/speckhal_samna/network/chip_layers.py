"""A network's layers as sinabs makes them for a chip, before and after rounding.

sinabs is asked twice, about a copy of the network that always computes the same, and whatever it
would silently do otherwise is refused.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Final

import attrs
import sinabs
import torch
from sinabs.layers import IAF
from torch import nn

from speckhal.contract.errors import NetworkError, VendorUnavailable
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import let_interrupts_pass
from speckhal_samna.board.vendor_errors import one_sentence
from speckhal_samna.network.chip_units import ChipUnits
from speckhal_samna.network.inference_copy import chance, inference_copy, same_chance
from speckhal_samna.network.input_checks import check_modules, check_parameters, likely_misfit
from speckhal_samna.network.neuron_checks import check_neurons, named_layer, settle_states
from speckhal_samna.network.rehearsal import rehearsal_times, rehearse
from speckhal_samna.network.same_network import check_repeated, check_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinabs.backend.dynapcnn import DynapcnnLayer, DynapcnnNetwork

    from speckhal.contract.address import Shape
    from speckhal_samna.network.rehearsal import Rehearsal

_FORM: Final = (
    "A chip network is groups of Conv2d or Linear, perhaps BatchNorm, IAFSqueeze and perhaps "
    "pooling, in this order and each used once."
)


@attrs.frozen(eq=False)
class ChipLayers:
    """Layers for a chip.

    Attributes:
        exact: by index, before rounding.
        rounded: by index, after rounding.
        network: sinabs' own of the rounded ones.
    """

    exact: dict[int, DynapcnnLayer]
    rounded: dict[int, DynapcnnLayer]
    network: DynapcnnNetwork


def chip_layers(network: object, input_shape: Shape) -> ChipLayers:
    """What sinabs makes of a network, which it leaves as it is.

    sinabs traces the network with process-wide switches of torch thrown, and takes global random
    numbers, so no two threads may be in here at once.

    Args:
        network: a `torch.nn.Module` of sinabs layers.
        input_shape: (channels, height, width) of its input.

    Raises:
        NetworkError: sinabs cannot turn it into a chip network, or what it makes of it would do
            something else.
        VendorUnavailable: what sinabs needs to work for chips cannot be imported.
    """
    # what is random in a network draws the same each time, and the user's own numbers stay his
    with same_chance(), torch.no_grad():
        module = _as_module(network)
        check_parameters(module)
        check_neurons(module)
        dynapcnn_network = _dynapcnn_network()
        twin = inference_copy(module)
        with _in_our_words(twin, input_shape):
            before = chance()
            rehearsal = _rehearse(twin, input_shape)
            if chance() != before:
                check_repeated(twin, rehearsal, draws=True)
        check_modules(rehearsal.called)
        for name, layer in rehearsal.called.items():
            if isinstance(layer, IAF):
                settle_states(named_layer(module, name), layer, rehearsal.drive(layer).shape[1:])
        with _in_our_words(twin, input_shape):
            exact, rounded = (
                dynapcnn_network(
                    snn=twin, input_shape=input_shape, dvs_input=False, discretize=discretize
                )
                for discretize in (False, not isinstance(twin, ChipUnits))
            )
        if not rehearsal.spiking:
            raise NetworkError(
                "The network has no spiking layer, so there is nothing of it to put on a core.",
                hint=_FORM,
            )
        with _in_our_words(twin, input_shape):
            check_same(twin, rehearsal, exact)
    return ChipLayers(exact.dynapcnn_layers, rounded.dynapcnn_layers, rounded)


def _rehearse(network: nn.Module, input_shape: Shape) -> Rehearsal:
    """Run a network on several steps at once, or on one if that is all that it takes."""
    several, shortest = rehearsal_times(network)
    handled = sys.exc_info()[1]
    try:
        return rehearse(network, input_shape, times=several)
    except Exception as error:
        let_interrupts_pass(error, handled)
        if several == shortest:
            raise
    return rehearse(network, input_shape, times=shortest)


def _as_module(network: object) -> nn.Module:
    network = getattr(network, "_orig_mod", network)  # what torch.compile was given
    if isinstance(network, sinabs.Network):
        network = network.spiking_model  # as sinabs itself does
    if isinstance(network, type) and issubclass(network, nn.Module):
        raise NetworkError(
            f"Asked to deploy the class {network.__name__}, and only a network made of it can be "
            "deployed.",
            hint=f"Make one, as {network.__name__}() does.",
        )
    if not isinstance(network, nn.Module):
        hint = "Pass a network such as nn.Sequential(nn.Conv2d(...), IAFSqueeze(...))."
        if type(network).__module__.partition(".")[0] == "nir":  # which is not imported for that
            hint = 'Write it to a file, nir.write("net.nir", graph), and deploy what '
            hint += 'speckhal.read_network("net.nir") returns.'
        raise NetworkError(
            f"Asked to deploy something of type {type(network).__name__}, and what can be deployed "
            "is a torch.nn.Module of sinabs layers, or a list of speckhal.LayerSpec.",
            hint=hint,
        )
    if any(kind.__name__ == "DynapcnnNetwork" for kind in type(network).__mro__):
        raise NetworkError(
            "Asked to deploy a DynapcnnNetwork, which sinabs has made for a chip already, and "
            "deploying makes one itself.",
            hint="Give the network that it was made of, its snn=. A script that uses its to() runs "
            "with no board by: speckhal emulate SCRIPT",
        )
    return network


def _dynapcnn_network() -> type[DynapcnnNetwork]:
    """The class of sinabs' chip networks; importing it imports samna."""
    handled = sys.exc_info()[1]
    try:
        from sinabs.backend.dynapcnn import DynapcnnNetwork  # noqa: PLC0415  # imports samna
    except BaseException as error:  # samna's extensions raise what they like
        let_interrupts_pass(error, handled)
        raise VendorUnavailable(
            "sinabs' back end for chips, which imports samna, cannot be imported: "
            f"{one_sentence(cause_of(error))}",
            hint="Reinstall sinabs, and samna if that is installed.",
        ) from error
    return DynapcnnNetwork


@contextlib.contextmanager
def _in_our_words(network: nn.Module, input_shape: Shape) -> Iterator[None]:
    """Say what cannot be turned into chip layers, and what is likely wrong with it."""
    handled = sys.exc_info()[1]
    try:
        yield
    except NetworkError:
        raise
    except Exception as error:
        let_interrupts_pass(error, handled)
        reason = one_sentence(cause_of(error))
        raise NetworkError(
            f"sinabs cannot turn the network into one for the chip, with input shape "
            f"{input_shape} (channels, height, width): {reason}",
            hint=likely_misfit(network, input_shape) or _FORM,
        ) from error
