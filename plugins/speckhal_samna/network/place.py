"""From a sinabs network to a chip configuration and the truth about it.

sinabs does the placement and the discretisation. What it made with and without rounding is
compared, and refused where rounding would make something else of it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING, Final, TextIO, cast

import attrs
import numpy as np

from speckhal.contract.deployment import DeployedLayer
from speckhal.contract.errors import NetworkError
from speckhal.contract.spikes import SENSOR_INPUT
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import let_interrupts_pass
from speckhal_samna.board.vendor_errors import one_sentence
from speckhal_samna.network.chip_limits import (
    check_biases,
    check_leak,
    check_monitored,
    check_size,
    check_values,
    direct_biases,
    warn_of_odd_pooling,
)
from speckhal_samna.network.core_assignment import explain_misfit, placement_for_leak
from speckhal_samna.network.sinabs_chip import sinabs_device

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt
    from sinabs.backend.dynapcnn import DynapcnnLayer, DynapcnnNetwork

    from speckhal.contract.address import Shape
    from speckhal.contract.leak_config import LeakConfig
    from speckhal_samna.bindings import Configuration, CoreConfiguration
    from speckhal_samna.chip import Kit, SamnaChip
    from speckhal_samna.network.sensor_layer import SensorInput


# sinabs traces the network with process-wide switches of torch thrown, and takes global random
# numbers, so two threads must not be in it at once, whatever boards they deploy to
_PLACING = threading.Lock()


DESTINATIONS: Final = 2
"""Of a core; source: samna 0.48.5 reference, CnnLayerConfig."""


@attrs.frozen(eq=False)
class PlacedNetwork:
    """A network as the chip would hold it.

    Attributes:
        configuration: samna's, ready to apply.
        layers: the network's layers, in network order.
        sensor: what the sensor's events go through first; None where the network takes none.
    """

    configuration: Configuration
    layers: tuple[DeployedLayer, ...]
    sensor: SensorInput | None = None


def place(
    network: object,
    input_shape: Shape,
    *,
    chip: SamnaChip,
    kit: Kit,
    leak: LeakConfig | None,
    biases: Mapping[int, npt.ArrayLike] | None = None,
    monitor: Collection[int] = (),
) -> PlacedNetwork:
    """Place a network on the chip's cores and round it, touching no board.

    Args:
        network: a `torch.nn.Module` of sinabs layers.
        input_shape: (channels, height, width) of its input.
        chip: the chip it is for.
        kit: the board it is for.
        leak: the leak it is to have, if any.
        biases: by layer, biases in chip units in place of the network's own.
        monitor: layers whose cores are to send their spikes to the host.

    Warns:
        FactWarning: a layer's leak is in doubt, or ticks come faster than a core can follow; or a
            map is pooled that does not divide into whole parts.

    Raises:
        NetworkError: sinabs cannot turn it into a chip network, or a value is one the chip
            cannot work with.
        NetworkDoesNotFit: a layer fits no core, or the layers compete for cores.
        LayerNotFound: `biases` or `monitor` names a layer that the network does not have.
        InputError: there are more or fewer biases than the layer has channels.
        NetworkDoesNotLeak: `leak` is given, and a bias rounds to zero, or there is no bias.
        VendorUnavailable: what sinabs needs to work for chips cannot be imported.
    """
    from speckhal_samna.network.chip_layers import chip_layers  # noqa: PLC0415  # sinabs is heavy
    from speckhal_samna.network.chip_units import (  # noqa: PLC0415  # torch is heavy
        ChipUnits,
        close_loops,
    )
    from speckhal_samna.network.sensor_layer import split_sensor  # noqa: PLC0415  # sinabs is heavy

    with _PLACING:
        sensor, network, input_shape = split_sensor(network, input_shape)
        made = chip_layers(network, input_shape)
        explain_misfit(made.rounded, chip.facts)
        _refuse_many_destinations(made.network)
        check_monitored(monitor, [*made.rounded, *([SENSOR_INPUT] if sensor else [])])
        direct = direct_biases(biases or {}, made.rounded)
        for index, layer in made.rounded.items():
            check_size(index, layer, chip.facts)
            _refuse_broken_thresholds(index, layer, made.exact[index], chip)
            check_values(index, layer, chip.facts)
            if index not in direct:
                check_biases(index, layer, chip.facts)
        leaking = [
            index
            for index, layer in made.rounded.items()
            if leak is not None and direct.get(index, _biases(layer)).any()
        ]
        configuration, cores = _configure(made.network, chip=chip, kit=kit, leaking=leaking)
        if isinstance(network, ChipUnits):
            close_loops(configuration, network.loops, cores)
        layers: list[DeployedLayer] = []
        for index, layer in made.rounded.items():
            on_chip = configuration.cnn_layers[cores[index]]
            on_chip.monitor_enable = index in monitor
            if index in direct:
                on_chip.biases = direct[index]
                on_chip.leak_enable = bool(direct[index].any())
            deployed = _as_deployed(index, layer, made.exact[index], on_chip, cores[index], leak)
            if index in direct:
                wanted = direct[index] / deployed.scale
                deployed = attrs.evolve(deployed, wanted_biases=wanted)
            layers.append(deployed)
        if sensor is not None:
            entries = sorted(made.network.dynapcnn_module.entry_points)
            sensor.write_to(
                configuration,
                [cores[index] for index in entries],
                monitored=SENSOR_INPUT in monitor,
            )
    warn_of_odd_pooling(made.rounded, made.network.dynapcnn_module.destination_map)
    if leak is not None:
        check_leak(layers, leak.rate_hz, chip)
    return PlacedNetwork(configuration, tuple(layers), sensor)


class _PrintedHere:
    """A stream that keeps what the thread that made it prints, and passes on all the rest.

    The stream that is printed to is the same for the whole process.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._thread = threading.get_ident()
        self._kept: list[str] = []

    def write(self, text: str) -> int:
        if threading.get_ident() != self._thread:
            return self._stream.write(text)
        self._kept.append(text)
        return len(text)

    def text(self) -> str:
        """All that this thread has written, as one text."""
        return "".join(self._kept)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def _configure(
    network: DynapcnnNetwork, *, chip: SamnaChip, kit: Kit, leaking: Collection[int]
) -> tuple[Configuration, dict[int, int]]:
    """The configuration that sinabs makes of a rounded network, and each layer's core."""
    layers: dict[int, DynapcnnLayer] = network.dynapcnn_layers
    placement = placement_for_leak(layers, chip.facts, leaking=leaking)
    said = _PrintedHere(sys.stdout)
    handled = sys.exc_info()[1]
    try:
        # sinabs prints what samna has against a configuration instead of raising it
        with contextlib.redirect_stdout(cast("TextIO", said)):
            configuration = network.make_config(
                device=sinabs_device(chip, kit),
                layer2core_map=placement,
                monitor_layers=[],
            )
    except Exception as error:
        let_interrupts_pass(error, handled)
        reason = said.text().strip() or cause_of(error)
        raise NetworkError(
            f"The network cannot be placed on a {kit.board}: {one_sentence(reason)}",
            hint=f"`speckhal info {chip.facts.name}` shows what the chip can have.",
        ) from error
    return configuration, dict(network.layer2core_map)


def _refuse_many_destinations(network: DynapcnnNetwork) -> None:
    for index, destinations in network.dynapcnn_module.destination_map.items():
        followers = [other for other in destinations if other >= 0]
        if len(followers) > DESTINATIONS:
            raise NetworkError(
                f"Layer {index} gives its spikes to {len(followers)} layers, and a core has "
                f"{DESTINATIONS} destinations.",
                hint="Let a layer lead to no more layers than that.",
            )


def _as_deployed(
    index: int,
    rounded: DynapcnnLayer,
    exact: DynapcnnLayer,
    on_chip: CoreConfiguration,
    core: int,
    leak: LeakConfig | None,
) -> DeployedLayer:
    channels, height, width = rounded.in_shape
    return DeployedLayer(
        index=index,
        core=core,
        shape=rounded.get_neuron_shape(),
        # sinabs scales all values of a layer alike and does not say by how much
        scale=on_chip.threshold_high / float(exact.spk_layer.spike_threshold),
        biases=np.array(on_chip.biases, dtype=np.int16),
        wanted_biases=_biases(exact),
        threshold_high=on_chip.threshold_high,
        threshold_low=on_chip.threshold_low,
        leak_enable=on_chip.leak_enable,
        rate_hz=None if leak is None else leak.rate_hz,
        input_shape=(channels, height, width),
    )


def _biases(layer: DynapcnnLayer) -> npt.NDArray[np.float64]:
    bias = layer.conv_layer.bias
    if bias is None:
        return np.zeros(layer.get_neuron_shape()[0])
    return bias.detach().cpu().double().numpy()


def _refuse_broken_thresholds(
    index: int, rounded: DynapcnnLayer, exact: DynapcnnLayer, chip: SamnaChip
) -> None:
    threshold = float(exact.spk_layer.spike_threshold)
    if int(rounded.spk_layer.spike_threshold) < 1:
        raise NetworkError(
            f"spike_threshold {threshold:.3g} of layer {index} rounds "
            "to 0 on the chip, where every neuron would fire at every update.",
            hint="Use smaller weights and biases for that threshold, or a larger threshold.",
        )
    if rounded.spk_layer.min_v_mem is None:
        return
    floor = int(rounded.spk_layer.min_v_mem)
    limit = chip.facts.limit("threshold_low_range")
    one_unit = threshold / int(rounded.spk_layer.spike_threshold)
    lowest, highest = (
        end * one_unit for end in (limit.fact.value.lowest, limit.fact.value.highest)
    )
    limit.check(
        floor,
        floor,
        f"min_v_mem of layer {index} comes to threshold_low {floor} on the chip",
        NetworkError,
        hint=f"Set min_v_mem to {highest:.3g} or less, and to no less than {lowest:.3g}; one unit "
        f"on the chip is {one_unit:.3g}.",
    )
