"""Branches that meet again: sinabs' Merge, two destinations of a core, two producers of another."""

from collections import Counter

import sinabs.layers as sl
import torch
from sinabs.backend.dynapcnn import DynapcnnNetwork
from sinabs.backend.dynapcnn.chip_factory import ChipFactory
from sinabs.backend.dynapcnn.io import close_device
from torch import nn

torch.manual_seed(3)


def layer(channels, features):
    weights = nn.Conv2d(channels, features, 1, bias=False)
    nn.init.uniform_(weights.weight, 0.1, 0.6)
    return nn.Sequential(weights, sl.IAFSqueeze(batch_size=1, min_v_mem=-1.0))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.iaf_1 = layer(2, 4)
        self.left, self.iaf_2 = layer(4, 4)
        self.right, self.iaf_3 = layer(4, 4)
        self.merge = sl.Merge()
        self.last, self.iaf_4 = layer(4, 3)

    def forward(self, x):
        x = self.iaf_1(self.first(x))
        x = self.merge(self.iaf_2(self.left(x)), self.iaf_3(self.right(x)))
        return self.iaf_4(self.last(x))


network = DynapcnnNetwork(Branches(), input_shape=(2, 4, 4), discretize=True)
for device in ("speck2fmodule:0", "speck2e"):
    network.to(device, monitor_layers="all")
    cores = network.layer2core_map
    factory = ChipFactory(device)
    raster = (torch.rand(10, 2, 4, 4) > 0.7).float()
    events = factory.raster_to_events(raster, layer=cores[0], dt=0.01)
    out = network(events)
    # nothing is lost: what came into a core's neurons is what they fired, and what is left in them
    config = network.samna_config
    came, left, fired = Counter(), Counter(), Counter(event.layer for event in out)
    arrived = [(cores[0], event.feature) for event in events]
    for event in out:
        destinations = config.cnn_layers[event.layer].destinations
        arrived += [(to.layer, event.feature) for to in destinations if to.enable]
    for core, feature in arrived:
        weights = torch.tensor(config.cnn_layers[core].weights)
        came[core] += int(weights[:, feature].sum())
    chip = factory.get_config_builder().get_samna_module()
    shapes = {core: 3 if layer == 3 else 4 for layer, core in cores.items()}
    requests = [
        chip.event.ReadNeuronValue(layer=core, address=c | x << 2 | y << 4)
        for core, features in shapes.items()
        for c in range(features)
        for x in range(4)
        for y in range(4)
    ]
    network.samna_input_buffer.write(requests)
    for answer in network.samna_output_buffer.get_n_events(len(requests), timeout=1000):
        left[answer.layer] += answer.neuron_state
    for core in shapes:
        high = config.cnn_layers[core].threshold_high
        print(device, came[core] == fired[core] * high + left[core], fired[core] > 50)
    network.device_input_graph.stop()
    network.device_output_graph.stop()
    close_device(device)
