"""Deploys a network behind the sensor with sinabs, and looks at both with sinabs' visualizer."""

import time

from sinabs.backend.dynapcnn import DynapcnnNetwork
from sinabs.backend.dynapcnn.dynapcnn_visualizer import DynapcnnVisualizer
from sinabs.backend.dynapcnn.io import close_device
from sinabs.from_torch import from_model
from torch import nn

SHAPE = (2, 128, 128)


def main(device, **plots):
    layers = nn.Sequential(
        nn.Conv2d(2, 2, 3, stride=2, padding=1, bias=False),
        nn.ReLU(),
        nn.AvgPool2d(4),
        nn.Flatten(),
        nn.Linear(2 * 16 * 16, 3, bias=False),
        nn.ReLU(),
    )
    spiking = from_model(layers, input_shape=SHAPE, batch_size=1).spiking_model
    network = DynapcnnNetwork(spiking, input_shape=SHAPE, dvs_input=True)
    network.to(device, monitor_layers=["dvs", -1])
    visualizer = DynapcnnVisualizer(**plots)
    visualizer.connect(network)
    time.sleep(5)
    print(device, len(network.samna_output_buffer.get_events()))
    visualizer.stop()
    close_device(f"{device}:0")


if __name__ == "__main__":
    main("speck2fdevkit", add_power_monitor_plot=True)
    main("speck2edevkit", add_readout_plot=True, readout_images=["0_a.png", "1_b.png", "2_c.png"])
