"""Cores and spikes as programs for the vendor's API write them, and what a board answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from speckhal.contract.address import AddressLayout
from speckhal_mock import samna

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import SimpleNamespace

    import numpy.typing as npt

Place = tuple[int, int, int, int]
"""Core, channel, y and x."""


def set_core(
    layer: Any,
    weights: npt.NDArray[np.int8],
    size: tuple[int, int],
    *,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    threshold: tuple[int, int] = (-(2**15), 2**15 - 1),
    **members: Any,
) -> tuple[int, int, int]:
    """Configure a core, and say which shape its neurons have.

    Args:
        layer: its `CnnLayerConfig`.
        weights: (out channels, in channels, height, width).
        size: (height, width) of the maps that come in.
        stride: (y, x).
        padding: (y, x).
        threshold: the lower and the upper one; as it comes, nothing fires and nothing is held.
        members: others, as they are named.
    """
    channels, inputs, kernel, _ = weights.shape
    height, width = (
        (pixels - kernel + 2 * edge) // step + 1
        for pixels, edge, step in zip(size, padding, stride, strict=True)
    )
    layer.dimensions = {
        "padding": {"x": padding[1], "y": padding[0]},
        "stride": {"x": stride[1], "y": stride[0]},
        "kernel_size": kernel,
        "input_shape": {"feature_count": inputs, "size": {"x": size[1], "y": size[0]}},
        "output_shape": {"feature_count": channels, "size": {"x": width, "y": height}},
    }
    layer.weights = weights.swapaxes(2, 3)
    layer.biases = np.zeros(channels, np.int16)
    layer.neurons_initial_value = np.zeros((channels, width, height), np.int16)
    layer.threshold_low, layer.threshold_high = threshold
    for name, value in members.items():
        setattr(layer, name, value)
    return channels, height, width


def connect(layer: Any, number: int, to: int, *, pooling: int = 1, feature_shift: int = 0) -> None:
    """Let a core send to another one as its destination of that number."""
    destination = layer.destinations[number]
    destination.layer, destination.enable = to, True
    destination.pooling, destination.feature_shift = pooling, feature_shift


@attrs.frozen
class Wire:
    """The two ends of an open board, in a graph of the vendor's short kind."""

    rig: SimpleNamespace
    sink: Any
    source: Any

    def play(self, spikes: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Write spikes (stamp, core, channel, y, x), and give what came back, in the same order."""
        kind = self.rig.chip.event.Spike
        events = [
            kind(layer=core, feature=c, y=y, x=x, timestamp=stamp)
            for stamp, core, c, y, x in spikes
        ]
        self.sink.get_events()
        watch = self.rig.handle.get_stop_watch()
        watch.stop()
        watch.start()
        self.source.write(events)
        self.rig.clock.sleep_s(max(event.timestamp for event in events) * 1e-6 + 0.1)
        return [(e.timestamp, e.layer, e.feature, e.y, e.x) for e in self.sink.get_events()]

    def states(self, core: int, shape: tuple[int, int, int]) -> npt.NDArray[np.int64]:
        """Membrane potentials of a core, (channels, height, width), each asked for by itself."""
        c, y, x = (axis.ravel() for axis in np.indices(shape))
        addresses = AddressLayout().encode(c, y, x, shape)
        read = self.rig.chip.event.ReadNeuronValue
        self.source.write([read(core, address) for address in addresses.tolist()])
        self.rig.clock.sleep_s(0.1)
        answers = self.sink.get_events()
        assert [answer.address for answer in answers] == addresses.tolist()
        values = [answer.neuron_state for answer in answers]
        return np.array(values, dtype=np.int64).reshape(shape)


def wire_to(rig: SimpleNamespace) -> Wire:
    """Listen to an open board, and write to it."""
    sink = samna.graph.sink_from(rig.handle.get_model_source_node())
    return Wire(rig, sink, samna.graph.source_to(rig.handle.get_model_sink_node()))
