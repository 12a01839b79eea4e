"""Deploys to one kit again: on another core, another network; then on the other chip."""

import gc

import sinabs.layers as sl
import torch
from sinabs.backend.dynapcnn import DynapcnnNetwork
from sinabs.backend.dynapcnn.chip_factory import ChipFactory
from sinabs.backend.dynapcnn.io import close_device
from torch import nn


def network_of(*weights):
    snn = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), sl.IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    snn[0].weight.data = torch.tensor(weights).reshape(2, 1, 1, 1)
    return DynapcnnNetwork(snn, input_shape=(1, 1, 1), discretize=True)


def spikes(network, core, **how):
    raster = torch.ones(10, 1, 1, 1)
    events = ChipFactory(network.device).raster_to_events(raster, layer=core, **how)
    out = network(events)
    return [sum(event.feature == feature for event in out) for feature in (0, 1)]


kit = "speck2fmodule:0"
first = network_of(1.0, 0.5)
first.to(kit)
print(spikes(first, 0))
first.to(kit, layer2core_map={0: 5})
print(spikes(first, 5), spikes(first, 0))
second = network_of(0.25, 1.0)
second.to(kit, layer2core_map={0: 0})
print(spikes(second, 0), spikes(first, 0), "both read the same chip")
second.reset_states()
print(spikes(second, 0))
try:
    second.to("speck2fmodule:3")
except OSError as error:
    print(str(error).splitlines()[0][:48])
close_device(kit)
del first, second
gc.collect()
third = network_of(1.0, 0.5)
third.to("speck2edevkit", monitor_layers=[0])
print(spikes(third, 0, delay_factor=0.5))
try:
    third([])
except ValueError as error:
    print(error)
close_device("speck2edevkit")
