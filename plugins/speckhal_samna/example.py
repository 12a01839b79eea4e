"""The network of the published leak experiment."""

from __future__ import annotations

from speckhal.backend import ExampleNetwork


def published_network() -> ExampleNetwork:
    """One 1x1 convolution with a bias, over a 2x2 map, starting at its threshold.

    On the chip: weight 127, threshold 127, initial potentials 127 and a bias of -13 (source:
    sinabs' tutorial 'How to leak the neurons on the devkit', values reworked here).
    """
    import torch  # noqa: PLC0415  # heavy, and only needed for deploying
    from sinabs.layers import IAFSqueeze  # noqa: PLC0415  # likewise
    from torch import nn  # noqa: PLC0415  # likewise

    input_shape = (1, 2, 2)
    convolution = nn.Conv2d(in_channels=1, out_channels=1, kernel_size=1, bias=True)
    neurons = IAFSqueeze(batch_size=1, spike_threshold=1.0, min_v_mem=-1.0)
    network = nn.Sequential(convolution, neurons)
    with torch.no_grad():
        torch.nn.init.constant_(convolution.weight, 1.0)
        torch.nn.init.constant_(network.get_parameter("0.bias"), -0.1)
        network(torch.zeros(1, *input_shape))  # gives the neurons their states
        neurons.v_mem.fill_(1.0)
    return ExampleNetwork(
        network, input_shape, summary="the network of sinabs' leak tutorial, 1x2x2 neurons"
    )
