"""What reading a full core costs: our probe, and the published script's way of doing it.

Both read the same 65,536 neurons of the same emulated board, in turns, each with the board for
itself: whoever else listens would have every answer delivered too. Run it as
`python benchmarks/probe_cost.py`; it prints both times for a reading, their ratio (at most 0.1
wanted), and how memory grows over 10,000 readings of a small layer.
"""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import torch
from sinabs.layers import IAFSqueeze
from torch import nn

import speckhal
from speckhal import VirtualClock
from speckhal_mock import samna
from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.boards.targets import choose_target
from speckhal_mock.samna import speck2f
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPE = (16, 64, 64)
CORE = 0
ROUNDS = 9
SMALL = (1, 8, 8)
READINGS = 10_000


def network(shape: tuple[int, int, int]) -> nn.Sequential:
    """One neuron per input pixel, with a bias."""
    channels = shape[0]
    snn = nn.Sequential(nn.Conv2d(channels, channels, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    nn.init.constant_(snn.get_parameter("0.bias"), -0.1)
    return snn


def published_reading(source: object, sink: object) -> None:
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
                request = speck2f.event.ReadNeuronValue()
                request.layer = CORE
                request.address = calculate_neuron_address(x=x, y=y, c=c, feature_map_size=SHAPE)
                requests.append(request)
    source.write(requests)  # type: ignore[attr-defined] # untyped as in the script
    # from here on word for word, but for the printing; a memory can be read whatever is configured
    neuron_states: dict[tuple[int, int, int], int] = {}
    for out_ev in sink.get_n_events(len(requests), timeout=2000):  # type: ignore[attr-defined] # untyped there
        c, x, y = neuron_address_to_cxy(out_ev.address, feature_map_size=SHAPE)
        _previous = neuron_states.get((c, x, y), 127)
        neuron_states.update({(c, x, y): out_ev.neuron_state})
    if len(neuron_states) != len(requests):
        raise SystemExit(f"{len(neuron_states)} of {len(requests)} neurons answered.")


def seconds(read: Callable[[], object]) -> float:
    """Wall time of one reading, the first one left out."""
    read()
    start_s = time.perf_counter()
    read()
    return time.perf_counter() - start_s


def our_seconds() -> float:
    """A reading by our probe, on a board that is opened for it."""
    with speckhal.open_device("mock") as device:
        device.deploy(network(SHAPE), input_shape=SHAPE)
        return seconds(device.probe().read)


def their_seconds() -> float:
    """A reading in the published way, on a board that is opened for it."""
    emulated = make_board(choose_target(None), clock=VirtualClock())
    current_bus().plug(emulated)
    try:
        board = samna.device.open_device("Speck2fModuleDevKit:0")
        sink = samna.graph.sink_from(board.get_model_source_node())
        source = samna.graph.source_to(board.get_model_sink_node())
        return seconds(lambda: published_reading(source, sink))
    finally:
        current_bus().unplug(emulated)


def main() -> None:
    """Print times, ratio and growth."""
    torch.manual_seed(0)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(our_seconds())
        theirs.append(their_seconds())
    print(f"{SHAPE} neurons on a core, best of {ROUNDS} readings")
    print(f"  our probe          {min(ours) * 1e3:8.1f} ms")
    print(f"  published way      {min(theirs) * 1e3:8.1f} ms")
    print(f"  ratio              {min(ours) / min(theirs):8.3f}")
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
