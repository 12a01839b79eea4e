"""Events of pixels through an emulated chip give the states of sinabs' DVSLayer and its network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sinabs.layers import IAFSqueeze
from torch import nn

from speckhal_mock import samna

if TYPE_CHECKING:
    from desk import Desk

EVENTS = 500


@pytest.mark.parametrize(
    ("merge", "flip_x", "flip_y", "swap_xy"),
    [(False, True, False, True), (False, False, True, False), (True, True, True, False)],
)
def test_states_equal_those_of_sinabs_for_each_way_to_pool_cut_flip_and_merge(
    desk: Desk, *, merge: bool, flip_x: bool, flip_y: bool, swap_xy: bool
) -> None:
    from sinabs.backend.dynapcnn import DynapcnnNetwork  # the desk's samna must be there
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer

    board = desk.plug(dvs_event_rate_hz=0)
    layer = DVSLayer(
        input_shape=(128, 128),
        pool=(2, 2),
        crop=((4, 36), (8, 24)),
        merge_polarities=merge,
        flip_x=flip_x,
        flip_y=flip_y,
        swap_xy=swap_xy,
    )
    torch.manual_seed(0)
    features = 1 if merge else 2
    convolution = nn.Conv2d(features, 3, 3, stride=2, padding=1, bias=False)
    spiking = nn.Sequential(layer, convolution, IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    network = DynapcnnNetwork(spiking, input_shape=(features, 128, 128), dvs_input=True)
    configuration: Any = network.make_config(device="speck2fmodule", monitor_layers=[])
    (index,) = (to.layer for to in configuration.dvs_layer.destinations if to.enable)
    core = configuration.cnn_layers[index]
    core.threshold_high, core.threshold_low = 32767, -32768
    handle: Any = samna.device.open_device("Speck2fModuleDevKit:0")
    sink: Any = samna.graph.sink_from(handle.get_model_source_node())
    source: Any = samna.graph.source_to(handle.get_model_sink_node())
    handle.get_model().apply_configuration(configuration)
    random = np.random.default_rng(1)
    p, y, x = random.integers(0, [[2], [128], [128]], (3, EVENTS))
    event: Any = samna.speck2f.event
    source.write(
        [event.DvsEvent(*row, 0) for row in zip(p.tolist(), y.tolist(), x.tolist(), strict=True)]
    )
    desk.clock.sleep_s(0.01)
    shape = (3, core.dimensions.output_shape.size.y, core.dimensions.output_shape.size.x)
    addresses = board.options.neuron_address.addresses(shape).ravel().tolist()
    source.write([event.ReadNeuronValue(index, address) for address in addresses])
    states = [answer.neuron_state for answer in sink.get_n_events(len(addresses), timeout=1000)]

    raster = np.zeros((1, 2, 128, 128), dtype=np.float32)
    np.add.at(raster, (0, p, y, x), 1)
    weights = np.array(core.weights, dtype=np.float32).swapaxes(-1, -2)  # the vendor's x before y
    with torch.no_grad():
        seen = layer(torch.from_numpy(raster))
        wanted = nn.functional.conv2d(seen, torch.tensor(weights), stride=2, padding=1)[0]
    assert wanted.abs().max() > 100
    np.testing.assert_array_equal(np.array(states).reshape(shape), wanted.numpy())
