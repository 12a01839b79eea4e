"""What a replay would return of a network: the recorded layers, with that network's biases."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.layer_checks import are_layers, wanted_biases
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.leak.planning.wanted_leak import WantedLeak
from speckhal.runs.replay.network import refuse_another_network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.network_spec import LayerSpec
    from speckhal.runs.run import Run


def previewed_network(
    network: object, input_shape: Shape, run: Run, biases: Mapping[int, npt.ArrayLike] | None = None
) -> Deployment:
    """The recorded deployment with the biases of that network, or with those that are given.

    A list of `LayerSpec` says its biases, so that it is compared with the record but for those.
    The own biases of another network are those that it was recorded with. Where it was recorded
    under a plan, they are what the plan says of them, or NaN in `wanted_biases`.

    Args:
        network: as for `Device.deploy`.
        input_shape: as for `Device.deploy`.
        run: of the record.
        biases: as for `Device.deploy`.

    Raises:
        NetworkError, NotRecorded: it is another network than the one that was recorded.
        LayerNotFound: `biases` name a layer that it does not have.
    """
    recorded = run.deployment
    refuse_another_network(network, input_shape, run, only_layers=True)
    layers = {layer.index: _with_own_biases(layer, run) for layer in recorded.layers}
    if are_layers(network):
        for layer, spec in zip(recorded.layers, cast("Sequence[LayerSpec]", network), strict=True):
            layers[layer.index] = _with_biases(layer, wanted_biases(spec))
    for index, given in (biases or {}).items():
        layer = recorded.layer(index)
        layers[layer.index] = _with_biases(layer, np.asarray(given, np.float64))
    return attrs.evolve(recorded, layers=tuple(layers.values()), plan=None)


def _with_biases(layer: DeployedLayer, biases: npt.NDArray[np.float64]) -> DeployedLayer:
    on_chip = np.rint(biases).astype(np.int16)
    return attrs.evolve(
        layer,
        biases=on_chip,
        wanted_biases=biases / layer.scale,
        leak_enable=bool(on_chip.any()),
    )


def _with_own_biases(layer: DeployedLayer, run: Run) -> DeployedLayer:
    """The layer, with the network's own biases in place of those that a plan brought."""
    plan = run.deployment.plan
    if plan is None:
        return layer
    own = np.full(layer.shape[0], np.nan)
    for planned in plan.layers if isinstance(plan, LeakPlan) else ():
        if planned.index == layer.index:
            try:
                wish = WantedLeak.parse(planned.wanted)
            except InputError:  # of channels that each have a wish
                continue
            if wish.unit == "own biases":
                in_chip_units = planned.wanted_per_s * planned.threshold_high
                own = -in_chip_units / wish.per_s / planned.scale
    return attrs.evolve(layer, wanted_biases=own)
