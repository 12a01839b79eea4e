"""Watch neurons leak on any Speck board: python leak.py [mock | mock:speck2e | speck2f | ...]."""

import sys

import torch
from sinabs.layers import IAFSqueeze
from torch import nn

import speckhal

# One 1x1 convolution whose bias of -0.1 is what leaks, over 2x2 neurons that start at threshold.
INPUT_SHAPE = (1, 2, 2)  # (channels, height, width)
snn = nn.Sequential(
    nn.Conv2d(in_channels=1, out_channels=1, kernel_size=1, bias=True),
    IAFSqueeze(batch_size=1, spike_threshold=1.0, min_v_mem=-1.0),
)
nn.init.constant_(snn.get_parameter("0.weight"), 1.0)
nn.init.constant_(snn.get_parameter("0.bias"), -0.1)
snn(torch.zeros(1, *INPUT_SHAPE))  # gives the neurons their states
snn.get_buffer("1.v_mem").fill_(1.0)

with speckhal.open_device(sys.argv[1] if len(sys.argv) > 1 else None) as device:
    leak = device.leak_config(rate_hz=1)
    layer = device.deploy(snn, input_shape=INPUT_SHAPE, leak=leak).layer(0)
    print(f"{device.info.board}: every tick adds {layer.biases[0]} of {layer.threshold_high}")
    trace = speckhal.measure_leak(
        device,
        every_s=0.5,
        for_s=10,
        on_reading=lambda reading, time_s: print(f"{time_s:5.1f} s  {reading.v_mem.ravel()}"),
    )
print(speckhal.judge(trace, layer).answer.value)
