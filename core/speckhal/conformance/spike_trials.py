"""What the cases on spikes share: trains of them, what must come of each, and what must be sent.

What spikes do is known of layers of `LayerSpec`: each adds `SPIKE_WEIGHT` to the neurons that it
reaches. The spikes of a case come one after another with `SPACING_US` between them, in which all
that follows from one is over.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, cast

import attrs
import numpy as np

from speckhal.conformance.expectations import demand, demand_equal
from speckhal.contract.capabilities import Capability
from speckhal.contract.layer_geometry import layer_inputs
from speckhal.contract.network_spec import SPIKE_WEIGHT, LayerSpec
from speckhal.contract.spikes import Spikes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speckhal.conformance.expected_spikes import ExpectedLayers
    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.address import Shape
    from speckhal.contract.capability_protocols import PreviewsNetworks, Stimulates
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.leak_config import LeakConfig

STIMULATE = Capability.STIMULATE
RECORD = Capability.RECORD_SPIKES

SPACING_US: Final = 1000

_ROOM: Final = 1500  # chip units, which no neuron passes in these cases


def stimulate(bench: SuiteBench, spikes: Spikes) -> Spikes:
    """What the device of a bench answers to spikes; that it is spikes, `OpenDevice` demands."""
    return cast("Stimulates", bench.device).stimulate(spikes)


def train(layer: int, shape: Shape, count: int, first_us: int = 0) -> Spikes:
    """Spikes into a map, one after another, each at the next place of it.

    Args:
        layer: index of the layer whose input that is.
        shape: (channels, height, width) of that input.
        count: how many.
        first_us: time of the first.
    """
    channel, y, x = np.unravel_index(np.arange(count) % int(np.prod(shape)), shape)
    times = first_us + SPACING_US * np.arange(count)
    return Spikes(time_us=times, layer=layer, channel=channel, y=y, x=x)


def of_one_moment(spikes: Spikes) -> Spikes:
    """The same spikes, all in the microsecond of `SPACING_US`."""
    columns = {"layer": spikes.layer, "channel": spikes.channel, "y": spikes.y, "x": spikes.x}
    return Spikes(time_us=SPACING_US, **columns)


def played(expected: ExpectedLayers, spikes: Spikes) -> list[list[tuple[int, int, int, int]]]:
    """The neurons that fire for each of some spikes, in turn, sorted by layer and place."""
    columns = (spikes.layer, spikes.channel, spikes.y, spikes.x)
    return [sorted(expected.play(*map(int, one))) for one in zip(*columns, strict=True)]


def demand_states(bench: SuiteBench, expected: ExpectedLayers, when: str) -> None:
    """Demand that the neurons of all layers hold that."""
    for layer, v_mem in enumerate(expected.v_mem):
        bench.demand_reads(v_mem, when, layer=layer)


@attrs.frozen(eq=False)
class Trial:
    """A network for a case.

    Attributes:
        layers: all of it, from the input on.
        first: index of the first that takes and sends spikes; those before are idle.
    """

    layers: tuple[LayerSpec, ...]
    first: int

    @property
    def indices(self) -> range:
        """Indices of the layers that take and send spikes."""
        return range(self.first, len(self.layers))

    def input_of(self, index: int) -> Shape:
        """(channels, height, width) of the input of a layer."""
        return layer_inputs(self.layers)[index]


def chain(bench: SuiteBench) -> tuple[LayerSpec, ...]:
    """Up to three layers, of which the last has a smaller map, as the chip can have them."""
    high = 2 * SPIKE_WEIGHT + 1  # the third spike is one too many
    sizes = ((2, 4, 5), (2, 4, 5), (1, 3, 4))
    layers = [LayerSpec(shape, threshold_high=high) for shape in sizes]
    return bench.measures.fit_each(*layers)


def demand_sent(
    sent: Spikes, spikes: Spikes, fired: Sequence[Iterable[tuple[int, int, int, int]]], how: str
) -> None:
    """Demand that just the neurons that fire for a spike are sent until the next one.

    Args:
        sent: what came.
        spikes: that went in, `SPACING_US` from one another.
        fired: the neurons that fire for each of these, as far as they are monitored.
        how: it was done, for the message.
    """
    demand(
        not (np.diff(sent.time_us) < 0).any(),
        f"Spikes {how} are not in the order of time.",
    )
    for begin_us, neurons in zip(spikes.time_us.tolist(), fired, strict=True):
        within = (begin_us <= sent.time_us) & (sent.time_us < begin_us + SPACING_US)
        came = sent[within]
        columns = (came.layer, came.channel, came.y, came.x)
        demand_equal(
            sorted(tuple(map(int, one)) for one in zip(*columns, strict=True)),
            list(neurons),
            f"The neurons (layer, c, y, x) that fired {how}, from {begin_us} us on",
        )
    demand_equal(len(sent), sum(map(len, map(list, fired))), f"The number of spikes {how}")


def trial(
    bench: SuiteBench, needs: Capability, *layers: LayerSpec, leak: LeakConfig | None = None
) -> Trial | None:
    """These layers, behind idle ones that keep them off cores by whose errata spikes are held back.

    Args:
        bench: where the case works.
        needs: the last that the case needs besides `STIMULATE`; a refusal needs neither room nor
            other cores.
        layers: whose spikes the case goes by.
        leak: that they will be deployed with.

    Returns:
        The network, of as many of the layers as fit; None where none does, or where a neuron holds
        too little for a few spikes, with a remark.
    """
    if not all(map(bench.declares, (STIMULATE, needs))):
        return Trial(layers, 0)
    highest = min(bench.measures.v_mem.highest, bench.facts.threshold_high_range.value.highest)
    if highest < _ROOM:
        bench.remark(
            f"By its facts a neuron holds no more than {highest}, too little for a few spikes of "
            f"{SPIKE_WEIGHT}: what they do was not tried."
        )
        return None
    cores = range(len(bench.facts.core_memories.value))
    held = [core for core in cores if bench.facts.errata_of("spikes", core, layers[0].shape)]
    if not held:
        return Trial(layers, 0)
    idle = LayerSpec(layer_inputs(layers)[0])
    if layers[0].inputs is None:
        _, height, width = layers[0].shape
        idle = bench.measures.fit(LayerSpec((1, height, width)))
    # most likely as many as there are such cores, since networks are placed from the first on
    counts = sorted(cores, key=lambda count: abs(count - len(held)))
    for taken, count in itertools.product(range(len(layers), 0, -1), counts):
        whole = (*[idle] * count, *layers[:taken])
        if not bench.measures.room.places(whole):
            continue
        deployed = _placed(bench, whole, leak).layers[count:]
        if not any(one.core in held for one in deployed):
            return Trial(whole, count)
    bench.remark(
        "By its facts some cores hold spikes back, and no network was found that leaves them idle: "
        "what spikes do was not tried."
    )
    return None


def _placed(bench: SuiteBench, layers: Sequence[LayerSpec], leak: LeakConfig | None) -> Deployment:
    """Which core each layer goes to: by a preview, or by deploying them."""
    if not bench.declares(Capability.PREVIEW):
        return bench.deploy(*layers, leak=leak)
    network = bench.network_of(layers)
    device = cast("PreviewsNetworks", bench.device)
    return device.preview(network.network, input_shape=network.input_shape, leak=leak)
