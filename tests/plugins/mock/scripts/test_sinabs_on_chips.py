"""Networks of sinabs on emulated chips give what sinabs computes, where order cannot matter.

Programs are as users of sinabs write them: deploy, events of a raster, forward, reset, next sample.
"""

from __future__ import annotations

import importlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

from speckhal.contract.address import AddressLayout
from speckhal_mock.scripts.emulator import ScriptEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

KITS = ["speck2edevkit", "speck2fdevkit"]


@pytest.fixture(params=KITS)
def kit(request: pytest.FixtureRequest) -> Iterator[str]:
    """A kit in virtual time, by the name that sinabs has for it."""
    options = {"dvs_event_rate_hz": 0}
    with ScriptEmulator().desk(boards=[request.param], realtime=False, options=options):
        yield request.param


@pytest.fixture
def kit_2f() -> Iterator[str]:
    """The same, of one chip."""
    options = {"dvs_event_rate_hz": 0}
    with ScriptEmulator().desk(boards=["speck2fdevkit"], realtime=False, options=options):
        yield "speck2fdevkit"


def backend(name: str) -> Any:
    """A module of sinabs' back end, which imports whatever passes for samna then."""
    return importlib.import_module(f"sinabs.backend.dynapcnn.{name}")


def spiking(*layers: nn.Module, input_shape: tuple[int, int, int], **arguments: Any) -> Any:
    """The network with neurons that integrate and fire."""
    from sinabs.from_torch import from_model

    made = from_model(nn.Sequential(*layers), input_shape=input_shape, batch_size=1, **arguments)
    return made.spiking_model


def on_chip(network: Any, input_shape: tuple[int, int, int], **arguments: Any) -> Any:
    """What sinabs makes of a network for a chip, its weights whole numbers of 8 bits."""
    return backend("dynapcnn_network").DynapcnnNetwork(
        network, input_shape=input_shape, discretize=True, **{"dvs_input": False, **arguments}
    )


def without_negative_weights(network: nn.Module, chance: torch.Generator) -> None:
    """Draw weights that excite only, so that no order of events changes who fires how often."""
    pooling = 1  # the mean over a pool becomes a sum of so much smaller weights
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.AvgPool2d):
                side: Any = layer.kernel_size
                pooling = side**2
            elif isinstance(layer, (nn.Conv2d, nn.Linear)):
                drawn = torch.rand(layer.weight.shape, generator=chance)
                layer.weight.copy_(drawn * 0.4 * pooling)
                pooling = 1


def raster_of(shape: tuple[int, int, int], chance: torch.Generator) -> torch.Tensor:
    """Spikes in 10 time steps, (time, channel, y, x)."""
    return (torch.rand(10, *shape, generator=chance) < 0.1).float()


def close(network: Any, kit: str) -> None:
    """End a program as sinabs' users do."""
    network.device_input_graph.stop()
    network.device_output_graph.stop()
    backend("io").close_device(f"{kit}:0")


def states(network: Any, core: int, shape: tuple[int, int, int]) -> np.ndarray[Any, Any]:
    """Membrane potentials of a core, (channels, height, width), asked for one by one."""
    import samna

    chip: Any = samna.speck2e if "2e" in network.device else samna.speck2f
    c, y, x = (axis.ravel() for axis in np.indices(shape))
    addresses = AddressLayout().encode(c, y, x, shape)
    network.samna_output_buffer.get_events()
    read = chip.event.ReadNeuronValue
    network.samna_input_buffer.write([read(core, address) for address in addresses.tolist()])
    answers = network.samna_output_buffer.get_n_events(addresses.size, 1000)
    return np.array([answer.neuron_state for answer in answers]).reshape(shape)


def test_states_without_a_spike_are_those_of_sinabs_discretised_network(kit: str) -> None:
    chance = torch.Generator().manual_seed(1)
    shape = (2, 12, 10)
    network = on_chip(
        spiking(
            nn.Conv2d(2, 5, 3, stride=(1, 2), padding=(1, 0), bias=False),
            nn.ReLU(),
            nn.Conv2d(5, 3, 4, stride=2, padding=2, bias=False),
            nn.ReLU(),
            input_shape=shape,
            spike_threshold=20.0,
            min_v_mem=-20.0,
        ),
        shape,
    )
    layers = network.dynapcnn_layers
    rasters = [raster_of(layers[number].in_shape, chance) for number in range(2)]
    expected = []
    for number, raster in enumerate(rasters):
        assert not layers[number](raster)[0].any()
        expected.append(layers[number].spk_layer.v_mem[0].long().numpy())
        layers[number].spk_layer.reset_states()
    network.to(kit, monitor_layers="all")
    for number, raster in enumerate(rasters):
        core = network.layer2core_map[number]
        assert (
            network(backend("chip_factory").ChipFactory(kit).raster_to_events(raster, layer=core))
            == []
        )
        found = states(network, core, expected[number].shape)
        np.testing.assert_array_equal(found, expected[number])
        assert np.abs(found).max() > 200
    close(network, kit)


def test_a_classifier_of_nine_layers_counts_what_sinabs_counts(kit: str) -> None:
    chance = torch.Generator().manual_seed(2)
    shape = (2, 16, 16)
    hidden: list[nn.Module] = []
    for _ in range(5):
        hidden += [nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.ReLU()]
    snn = spiking(
        *(nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.ReLU(), nn.AvgPool2d(2)),
        *(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.ReLU()),
        *hidden,
        *(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(16, 12, bias=False), nn.ReLU()),
        *(nn.Linear(12, 10, bias=False), nn.ReLU()),
        input_shape=shape,
        spike_threshold=4.0,
    )
    without_negative_weights(snn, chance)
    network = on_chip(snn, shape)
    rasters = [raster_of(shape, chance) for _ in range(3)]
    expected = []
    for raster in rasters:
        expected.append(network(raster).sum(dim=(0, 2, 3)).int().tolist())
        for layer in network.dynapcnn_layers.values():
            layer.spk_layer.reset_states()
    network.to(kit, monitor_layers=[-1])
    assert len(network.layer2core_map) == 9
    factory = backend("chip_factory").ChipFactory(kit)
    found = []
    for raster in rasters:
        out = network(factory.raster_to_events(raster, layer=network.layer2core_map[0]))
        assert {spike.layer for spike in out} == {network.layer2core_map[8]}
        counts = Counter(spike.feature for spike in out)
        found.append([counts[channel] for channel in range(10)])
        steps = factory.events_to_raster(out, dt=1e-3, shape=(10, 1, 1))
        assert steps.sum(dim=(0, 2, 3)).int().tolist() == found[-1]
        assert len(steps) <= 11
        network.reset_states()

    assert found == expected
    assert sum(map(sum, found)) > 30
    close(network, kit)
