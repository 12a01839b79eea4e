"""The experiment of sinabs' leak tutorial, with the same calls in the same order, reworded.

Prints the membrane potential of each of four neurons, twenty times, half a second apart.
"""

import time

import samna
import torch
from sinabs.backend.dynapcnn import DynapcnnNetwork
from sinabs.backend.dynapcnn.io import calculate_neuron_address, neuron_address_to_cxy
from sinabs.layers import IAFSqueeze
from torch import nn

SHAPE = (1, 2, 2)

snn = nn.Sequential(
    nn.Conv2d(1, 1, (1, 1), bias=True),
    IAFSqueeze(min_v_mem=-1.0, spike_threshold=1.0, batch_size=1),
)
snn[0].weight.data.fill_(1.0)
snn[0].bias.data.fill_(-0.1)
snn(torch.zeros(1, *SHAPE))
snn[1].v_mem.data.fill_(1.0)

requests = []
for x in range(SHAPE[2]):
    for y in range(SHAPE[1]):
        request = samna.speck2f.event.ReadNeuronValue()
        request.layer = 0
        request.address = calculate_neuron_address(x=x, y=y, c=0, feature_map_size=SHAPE)
        requests.append(request)

network = DynapcnnNetwork(snn=snn, discretize=True, dvs_input=False, input_shape=SHAPE)
network.to(device="speck2fmodule", slow_clk_frequency=1)

for reading in range(1, 21):
    network.samna_input_buffer.write(requests)
    time.sleep(0.5)
    for answer in network.samna_output_buffer.get_events():
        c, x, y = neuron_address_to_cxy(answer.address, feature_map_size=SHAPE)
        print(f"{0.5 * reading} {c} {x} {y} {answer.neuron_state}")
