"""Networks that begin with the sensor's pre-processing, and what becomes of that on the chip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from sinabs.layers import IAFSqueeze
from torch import nn

from speckhal import LayerNotFound, NetworkError
from speckhal.contract.spikes import SENSOR_INPUT
from speckhal_mock.samna_install.install import provide_samna
from speckhal_samna.network.place import place
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from speckhal_samna.chip import SamnaChip
    from speckhal_samna.network.place import PlacedNetwork


def _network(**sensor: Any) -> nn.Sequential:
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer

    first = DVSLayer(**{"input_shape": (16, 16), **sensor})
    with torch.no_grad():
        channels = first(torch.zeros(1, *first.input_shape)).shape[1]
    return nn.Sequential(
        first, nn.Conv2d(channels, 2, 3, bias=False), IAFSqueeze(batch_size=1, min_v_mem=-1.0)
    )


def _placed(
    network: nn.Sequential, chip: SamnaChip = SPECK2F, *, monitor: tuple[int, ...] = ()
) -> PlacedNetwork:
    provide_samna()
    first: Any = network[0]
    shape = (2, *first.input_shape[1:])
    return place(network, shape, chip=chip, kit=chip.kits[0], leak=None, monitor=monitor)


@pytest.mark.parametrize("chip", [SPECK2E, SPECK2F])
@pytest.mark.parametrize(
    "sensor",
    [
        {},
        {"pool": (2, 2), "flip_x": True},
        {"crop": ((2, 12), (1, 11)), "flip_y": True, "swap_xy": True},
        {"merge_polarities": True, "pool": (2, 4), "disable_pixel_array": False},
    ],
)
def test_it_is_configured_as_sinabs_does_it(chip: SamnaChip, sensor: dict[str, Any]) -> None:
    provide_samna()
    from sinabs.backend.dynapcnn import DynapcnnNetwork

    network = _network(**sensor)
    placed = _placed(network, chip)
    theirs: Any = DynapcnnNetwork(network, discretize=True).make_config(
        device=f"{chip.kits[0].sinabs_device}"
    )

    dvs: Any = placed.configuration.dvs_layer
    assert dvs.destinations[0].layer == placed.layers[0].core
    dvs.destinations[0].layer = theirs.dvs_layer.destinations[0].layer
    assert dvs.to_json() == theirs.dvs_layer.to_json()
    assert placed.layers[0].input_shape is not None
    assert placed.layers[0].input_shape[0] == (1 if "merge_polarities" in sensor else 2)


def test_it_is_monitored_under_the_name_of_the_sensors_input() -> None:
    placed = _placed(_network(), monitor=(SENSOR_INPUT, 0))
    dvs: Any = placed.configuration.dvs_layer

    assert dvs.monitor_enable
    assert not dvs.pass_sensor_events
    with pytest.raises(LayerNotFound, match="monitor layer 1"):
        _placed(_network(), monitor=(1,))


def test_what_the_sensor_does_not_have_is_refused() -> None:
    with pytest.raises(NetworkError, match="DVSLayer is for 16 x 16 pixels"):
        place(_network(), (2, 8, 8), chip=SPECK2F, kit=SPECK2F.kits[0], leak=None)
    with pytest.raises(NetworkError, match="160 x 160 pixels, and the sensor has 128 x 128"):
        _placed(_network(input_shape=(160, 160)))
