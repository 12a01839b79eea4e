"""A sinabs network on a kit: its states are read back, layer by layer, after three seconds."""

import time

import samna
import torch
from sinabs.backend.dynapcnn import DynapcnnNetwork
from sinabs.layers import IAFSqueeze
from torch import nn

torch.manual_seed(0)
snn = nn.Sequential(
    nn.Conv2d(1, 2, 3, bias=True), IAFSqueeze(batch_size=1, min_v_mem=-1.0),
    nn.Conv2d(2, 1, 1, bias=True), IAFSqueeze(batch_size=1, min_v_mem=-1.0),
)  # fmt: skip
for layer in (0, 2):
    nn.init.zeros_(snn[layer].weight)
    nn.init.constant_(snn[layer].weight[..., 0, 0], 0.5)
    nn.init.constant_(snn[layer].bias, -0.25)
network = DynapcnnNetwork(snn, input_shape=(1, 4, 4), dvs_input=False, discretize=True)
network.to("speck2fdevkit", slow_clk_frequency=10)
time.sleep(3)
chip_cores = list(network.layer2core_map.values())
read = [samna.speck2f.event.ReadNeuronValue(layer=core, address=0) for core in chip_cores]
network.samna_output_buffer.get_events()
network.samna_input_buffer.write(read)
time.sleep(0.1)
print(sorted(e.neuron_state < 0 for e in network.samna_output_buffer.get_events()))
