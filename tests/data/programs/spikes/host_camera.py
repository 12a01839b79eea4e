"""Plays recorded events of a camera through the sensor's pre-processing into a sinabs network."""

import samna
from sinabs.backend.dynapcnn import DynapcnnNetwork
from sinabs.backend.dynapcnn.dvs_layer import DVSLayer
from sinabs.backend.dynapcnn.io import close_device
from sinabs.layers import IAFSqueeze
from torch import nn

for device, chip in (("speck2fdevkit", samna.speck2f), ("speck2edevkit", samna.speck2e)):
    snn = nn.Sequential(
        DVSLayer(
            input_shape=(128, 128), pool=(2, 2), crop=((0, 32), (0, 32)), merge_polarities=True,
            flip_x=True, disable_pixel_array=True,
        ),
        nn.Conv2d(1, 2, 1, bias=False), IAFSqueeze(batch_size=1, min_v_mem=-1.0),
    )  # fmt: skip
    nn.init.constant_(snn[1].weight, 1.0)
    network = DynapcnnNetwork(snn, dvs_input=True, discretize=True)
    network.to(device, monitor_layers=["dvs", -1])
    event = chip.event.DvsEvent
    out = network([event(p=n % 2, x=3 * n, y=2 * n, timestamp=100 * n) for n in range(1, 40)])
    seen = {}
    for spike in out:
        seen.setdefault(spike.layer, []).append((spike.feature, spike.y, spike.x))
    print(device, {layer: len(spikes) for layer, spikes in sorted(seen.items())})
    chip_core = min(seen)
    print(seen[chip_core][:4], {f for f, _, _ in seen[chip_core]})
    network.device_input_graph.stop()
    network.device_output_graph.stop()
    close_device(device)
