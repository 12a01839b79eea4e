"""What the cases on described inputs share: a network of such layers, if a board takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np

from speckhal.conformance.spike_trials import (
    Trial,
    demand_states,
    played,
    stimulate,
    train,
    trial,
)
from speckhal.contract.capabilities import Capability
from speckhal.contract.input_spec import InputKind
from speckhal.contract.layer_geometry import input_kinds

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.conformance.expected_spikes import ExpectedLayers
    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.capability_protocols import TakesDescribedInputs
    from speckhal.contract.network_spec import LayerSpec
    from speckhal.contract.spikes import Spikes

INPUTS: Final = Capability.DESCRIBED_INPUTS

_HIT: Final = 0.4  # of all places


def described(bench: SuiteBench, needs: Capability, *layers: LayerSpec) -> Trial | None:
    """A network of just these layers, behind idle ones where the chip's errata make that necessary.

    Args:
        bench: where the case works.
        needs: the last that the case needs besides `STIMULATE`.
        layers: from the input on.

    Returns:
        The network; None, with a remark, where the board does not take inputs of that kind, or the
        chip has no room for it. Of a board that declares too little it is the network, to be
        refused.
    """
    if not bench.declares(INPUTS):
        return Trial(layers, 0)
    takes = cast("TakesDescribedInputs", bench.device).input_kinds
    lacking = input_kinds(layers) - frozenset(takes)
    if lacking:
        names = ", ".join(sorted(kind.value for kind in lacking))
        bench.remark(f"It takes no layers with {names}: what they do was not tried.")
        return None
    fitted = [bench.measures.fit(layer) for layer in layers]
    found: Trial | None = Trial((), 0)
    if has_room(bench, *layers):
        # nothing can be before those
        of_sensor = InputKind.SENSOR in input_kinds(layers)
        found = Trial(tuple(fitted), 0) if of_sensor else trial(bench, needs, *fitted)
    if found is not None and len(found.indices) < len(layers):
        sizes = ", ".join("x".join(map(str, layer.shape)) for layer in layers)
        bench.remark(
            f"By its facts the chip has no room for layers of {sizes}: what they do was not tried."
        )
        return None
    return found


def has_room(bench: SuiteBench, *layers: LayerSpec) -> bool:
    """Whether the chip can have just these layers, each on a core."""
    shapes = [bench.measures.fit(layer).shape for layer in layers]
    return shapes == [layer.shape for layer in layers] and bench.measures.room.places(layers)


def drawn_weights(channels: int, inputs: int, kernel: int) -> npt.NDArray[np.int64]:
    """Weights of both signs, always the same, hardly two alike, with the least, the most and 0."""
    weights = np.random.default_rng(0).integers(-127, 127, (channels, inputs, kernel, kernel))
    ends = np.array([-128, 127, 0])
    weights.flat[: len(ends)] = ends[: weights.size]
    return weights


def some_places(network: Trial, layer: int) -> Spikes:
    """Spikes into some places of a layer's input: if into all, no weight's place would matter."""
    shape = network.input_of(layer)
    places = train(layer, shape, int(np.prod(shape)))
    hit = np.random.default_rng(1).random(len(places)) < _HIT
    return places[hit]


def demand_played(bench: SuiteBench, expected: ExpectedLayers, spikes: Spikes, how: str) -> None:
    """Play spikes, and demand what all neurons hold then."""
    played(expected, spikes)
    stimulate(bench, spikes)
    demand_states(bench, expected, how)
