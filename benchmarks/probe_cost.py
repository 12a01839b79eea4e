"""What reading a full core costs: our probe, and the published script's way of doing it.

Both read the same 65,536 neurons of the same emulated board, in turns. Run it as
`python benchmarks/probe_cost.py`; it prints both times for a reading, their ratio (at most 0.1
wanted), and how memory grows over 10,000 readings of a small layer.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING

import torch
from sinabs.layers import IAFSqueeze
from torch import nn

import speckhal
from speckhal_mock import samna
from speckhal_mock.samna.speck2f import event

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPE = (16, 64, 64)
ROUNDS = 5
SMALL = (1, 8, 8)
READINGS = 10_000


def network(shape: tuple[int, int, int]) -> nn.Sequential:
    """One neuron per input pixel, with a bias."""
    channels = shape[0]
    snn = nn.Sequential(nn.Conv2d(channels, channels, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    nn.init.constant_(snn.get_parameter("0.bias"), -0.1)
    return snn


def published_reading(source: object, sink: object, core: int) -> int:
    """A reading as the published script makes one: new events, one address at a time."""
    from sinabs.backend.dynapcnn.io import (  # noqa: PLC0415  # imports samna, so after opening
        calculate_neuron_address,
        neuron_address_to_cxy,
    )

    channels, height, width = SHAPE
    requests = []
    for c in range(channels):
        for x in range(width):
            for y in range(height):
                request = event.ReadNeuronValue()
                request.layer = core
                request.address = calculate_neuron_address(x=x, y=y, c=c, feature_map_size=SHAPE)
                requests.append(request)
    source.write(requests)  # type: ignore[attr-defined] # untyped as in the script
    states = {}
    for answer in sink.get_n_events(len(requests), timeout=2000):  # type: ignore[attr-defined] # likewise
        states[neuron_address_to_cxy(answer.address, feature_map_size=SHAPE)] = answer.neuron_state
    return len(states)


def seconds(read: Callable[[], object]) -> float:
    """Wall time of one reading."""
    start_s = time.perf_counter()
    read()
    return time.perf_counter() - start_s


def main() -> None:
    """Print times, ratio and growth."""
    torch.manual_seed(0)
    with speckhal.open_device("mock") as device:
        layer = device.deploy(network(SHAPE), input_shape=SHAPE).layer(0)
        probe = device.probe()
        board = samna.device.open_device("Speck2fModuleDevKit:0")
        sink = samna.graph.sink_from(board.get_model_source_node())
        source = samna.graph.source_to(board.get_model_sink_node())
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(seconds(probe.read))
            sink.clear_events()
            theirs.append(seconds(lambda: published_reading(source, sink, layer.core)))
        print(f"{layer.shape} neurons on core {layer.core}, median of {ROUNDS} readings")
        print(f"  our probe          {statistics.median(ours) * 1e3:8.1f} ms")
        print(f"  published way      {statistics.median(theirs) * 1e3:8.1f} ms")
        print(f"  ratio              {statistics.median(ours) / statistics.median(theirs):8.3f}")
    with speckhal.open_device("mock") as device:
        device.deploy(network(SMALL), input_shape=SMALL)
        probe = device.probe()
        for _ in range(100):
            probe.read()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(READINGS):
            probe.read()
        after, _ = tracemalloc.get_traced_memory()
        print(f"memory over {READINGS} readings of {SMALL}: {(after - before) / 1024:+.1f} KiB")


if __name__ == "__main__":
    main()
