"""The vendor's simulator, by its layers alone and through sinabs, with monitors and states."""

import numpy as np
import samna
import sinabs.layers as sl
import torch
from samna.specksim.events import Spike, WeightedEvent
from sinabs.backend.dynapcnn.specksim import from_sequential
from torch import nn

iaf = samna.specksim.IntegrateAndFire(1, (1, 1), 1.0, -1.0)
print(len(iaf.forward([WeightedEvent(0, 0, 0, time, 0.2) for time in range(6)])))
convolution = samna.specksim.Convolution2d(1, 1, (2, 2), (2, 2), (1, 1), (0, 0))
convolution.set_weights([[[[1.0, 2.0], [3.0, 4.0]]]])
print(convolution.forward([Spike(0, 0, 1, 10)]), convolution.get_output_shape())
print(samna.specksim.SumPooling((2, 2), (4, 4)).forward([Spike(0, 3, 3, 5)]))

torch.manual_seed(0)
snn = nn.Sequential(
    nn.Conv2d(2, 4, 3, padding=1, bias=False), sl.IAFSqueeze(batch_size=1, min_v_mem=-1.0),
    nn.AvgPool2d(2),
    nn.Flatten(), nn.Linear(64, 5, bias=False), sl.IAFSqueeze(batch_size=1, min_v_mem=-1.0),
)  # fmt: skip
for layer in (snn[0], snn[4]):
    layer.weight.data.abs_()
simulated = from_sequential(snn, input_shape=(2, 8, 8))
simulated.add_monitors([0, 1])
rng = np.random.default_rng(0)
events = np.zeros(200, dtype=simulated.output_dtype)
events["x"], events["y"], events["p"] = rng.integers(0, (8, 8, 2), (200, 3)).T
events["t"] = np.arange(200) * 100
out = simulated(events)
seen = simulated.read_all_monitors()
print(len(out) > 10, len(seen[0]) > len(seen[1]), np.array_equal(seen[1], out))
states = np.array(simulated.read_spiking_layer_states(0))
weights = snn[0].weight.detach().double().numpy()
came = weights.sum(axis=0)  # the middle of the map gets every weight
inner = sum(came[event["p"]].sum() for event in events if 0 < event["x"] < 7 and 0 < event["y"] < 7)
print(states.shape, bool(states.max() < 1), bool(len(seen[0]) + states.sum() > inner))
simulated.reset_states()
print(np.any(simulated.read_spiking_layer_states(0)), np.array_equal(simulated(events), out))
