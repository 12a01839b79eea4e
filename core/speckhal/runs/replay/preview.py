"""What a replay would return of a network, and in which units it returns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs
import numpy as np

from speckhal.contract.deployment import Deployment
from speckhal.contract.described_network import biases_by_channel, refuse_what_does_not_leak
from speckhal.contract.errors import InputError
from speckhal.contract.layer_checks import (
    are_layers,
    check_values,
    checked_layers,
    wanted_biases,
)
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.leak.planning.wanted_leak import WantedLeak
from speckhal.opened.known_layers import OwnBiasesNotRecorded
from speckhal.runs.replay.network import refuse_another_network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.network_spec import LayerSpec
    from speckhal.runs.run import Run


def previewed_network(
    network: object,
    input_shape: Shape,
    run: Run,
    *,
    leak: LeakConfig | None = None,
    biases: Mapping[int, npt.ArrayLike] | None = None,
) -> Deployment:
    """What deploying the recorded network would return, with its own biases or those given.

    A list of `LayerSpec` says its own biases. Those of another network are what it was recorded
    with, unless others were deployed in their place.

    Args:
        network: as for `Device.deploy`.
        input_shape: as for `Device.deploy`.
        run: of the record.
        leak: as for `Device.deploy`; one that the record was taken under.
        biases: as for `Device.deploy`.

    Warns:
        FactWarning: a value is outside a range that is only assumed of the chip.

    Raises:
        NetworkError, NotRecorded: it is another network than the one that was recorded.
        OwnBiasesNotRecorded: others were deployed in place of the network's own.
        NetworkError: a value of it is outside the ranges of the chip.
        NetworkDoesNotLeak: `leak` is given, and a bias rounds to 0, or there is no bias.
        InputError: `biases` do not fit their layer.
        LayerNotFound: `biases` name a layer that it does not have.
    """
    recorded = run.deployment.layers
    if are_layers(network):
        for index, spec in enumerate(checked_layers(network, input_shape)):
            check_values(spec, run.info.chip, index=index)
    own_unknown = {layer.index for layer in recorded if _had_direct_biases(layer, run)}
    refuse_another_network(network, input_shape, run, biases={*own_unknown, *(biases or ())})
    given = biases_by_channel(biases, {layer.index: layer.shape[0] for layer in recorded})
    missing = [] if are_layers(network) else sorted(own_unknown - given.keys())
    layers = []
    for layer in in_units_of(network, recorded):
        if layer.index in given:
            previewed = _with_biases(layer, given[layer.index] / layer.scale)
        elif are_layers(network):
            previewed = _with_biases(layer, layer.wanted_biases)
        elif layer.index in missing:
            previewed = attrs.evolve(layer, wanted_biases=_planned_biases(layer, run))
        else:
            previewed = layer
        layers.append(attrs.evolve(previewed, rate_hz=None if leak is None else leak.rate_hz))
    if missing:
        raise OwnBiasesNotRecorded(
            f"Asked for a preview with the network's own biases of layer {missing[0]}, and as far "
            "as the record says, it was taken with others in their place.",
            hint="Give biases= for that layer, or ask the board or the mock, which know the "
            "network. A leak that does not go by those biases can be planned all the same.",
            layers=layers,
        )
    if leak is not None:
        refuse_what_does_not_leak([layer.wanted_biases * layer.scale for layer in layers])
    return Deployment(tuple(layers), leak)


def in_units_of(
    network: object,
    recorded: Sequence[DeployedLayer],
    biases: Mapping[int, npt.ArrayLike] | None = None,
) -> tuple[DeployedLayer, ...]:
    """The recorded layers in the units of a network: those of the chip, of a list of `LayerSpec`.

    Args:
        network: that was recorded, as it is given now.
        recorded: its layers.
        biases: by index of the layer, in chip units, in place of the network's own.
    """
    if not are_layers(network):
        return tuple(recorded)
    return tuple(
        attrs.evolve(
            layer,
            scale=1.0,
            wanted_biases=np.array((biases or {}).get(layer.index, wanted_biases(spec)), float),
        )
        for layer, spec in zip(recorded, cast("Sequence[LayerSpec]", network), strict=True)
    )


def _with_biases(layer: DeployedLayer, wanted: npt.NDArray[np.float64]) -> DeployedLayer:
    on_chip = np.rint(wanted * layer.scale).astype(np.int16)
    return attrs.evolve(
        layer, biases=on_chip, wanted_biases=wanted, leak_enable=bool(on_chip.any())
    )


def _had_direct_biases(layer: DeployedLayer, run: Run) -> bool:
    """Whether biases may have been deployed in place of the network's own."""
    direct = run.provenance.direct_biases
    if direct is not None:
        return layer.index in direct
    wanted = layer.wanted_biases * layer.scale
    return not bool((np.abs(wanted - np.rint(wanted)) > 1e-6).any())  # which direct ones are


def _planned_biases(layer: DeployedLayer, run: Run) -> npt.NDArray[np.float64]:
    """The network's own biases, where the plan that it was recorded under went by them; or NaN."""
    plan = run.deployment.plan
    for planned in plan.layers if isinstance(plan, LeakPlan) else ():
        if planned.index == layer.index:
            try:
                wish = WantedLeak.parse(planned.wanted)
            except InputError:  # of channels that each have a wish
                continue
            if wish.unit == "own biases":
                in_chip_units = planned.wanted_per_s * planned.threshold_high
                return np.asarray(-in_chip_units / wish.per_s / planned.scale, np.float64)
    return np.full(layer.shape[0], np.nan)
