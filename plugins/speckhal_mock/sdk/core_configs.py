"""What a `SpeckConfiguration` means for the emulated cores.

It is read by attribute only, so that the vendor's own objects do as well as the emulated ones.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from speckhal_mock.emulation.core import CoreConfig, Destination
from speckhal_mock.pybind.structs import array_of
from speckhal_mock.sdk.configurations import SpeckConfiguration
from speckhal_mock.sdk.unsupported_settings import is_on

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.sdk.configurations import CnnLayerConfig

_ONE_SPIKE_OF: Final = (2, 4, 8, 16, 32, 128, 256, 512)
"""By the code of `output_decimator_interval`."""

Word = TypeVar("Word", np.int8, np.int16)


def core_configs(configuration: SpeckConfiguration) -> list[CoreConfig]:
    """What each core is to do. A core nobody wrote to is one silent neuron without leak."""
    watched = is_on(configuration, "readout.enable") and any(
        is_on(configuration, f"readout.{monitor}")
        for monitor in ("readout_pin_monitor_enable", "monitor_enable")
    )
    return [_core_config(core, readout_watched=watched) for core in configuration.cnn_layers]


def snapshot(configuration: Any) -> SpeckConfiguration:
    """A copy, of the same class, that later changes of `configuration` do not reach."""
    if isinstance(configuration, SpeckConfiguration):
        return copy.deepcopy(configuration)
    twin: SpeckConfiguration = type(configuration)()
    twin.from_json(configuration.to_json())
    return twin


def _core_config(core: CnnLayerConfig, *, readout_watched: bool) -> CoreConfig:
    dimensions = core.dimensions
    out = dimensions.output_shape
    channels, height, width = out.feature_count, out.size.y, out.size.x
    inputs, size = dimensions.input_shape.feature_count, dimensions.input_shape.size
    # the vendor's tensors have x before y
    v_mem = _words(core, "neurons_initial_value", np.int16, (channels, width, height))
    weights = _words(core, "weights", np.int8, (channels, inputs, 1, 1))
    return CoreConfig(
        shape=(channels, height, width),
        biases=_words(core, "biases", np.int16, (channels,)),
        threshold_high=core.threshold_high,
        threshold_low=core.threshold_low,
        return_to_zero=core.return_to_zero,
        leak_enable=core.leak_enable,
        leak_internal=core.leak_internal_slow_clk_enable,
        monitor_enable=core.monitor_enable,
        initial_v_mem=v_mem.swapaxes(-1, -2),
        weights=weights.swapaxes(-1, -2),
        destinations=tuple(
            Destination(to.layer, to.pooling, to.feature_shift)
            for to in core.destinations
            if to.enable
        ),
        stride=(dimensions.stride.y, dimensions.stride.x),
        padding=(dimensions.padding.y, dimensions.padding.x),
        input_size=(size.y, size.x),
        passes_one_spike_of=_decimation(core),
        drops_when_congested=is_on(core, "input_congestion_balancer_enable"),
        readout_watched=readout_watched,
    )


def _decimation(core: CnnLayerConfig) -> int:
    """How many spikes there are to each that the decimator lets pass.

    The vendor's table has no 64 and goes up to 512, its prose has 64, 128 and 256 for the last
    three codes; this is the table.
    """
    if not is_on(core, "output_decimator_enable"):
        return 1
    return _ONE_SPIKE_OF[core.output_decimator_interval]


def _words(
    core: CnnLayerConfig, member: str, word: type[Word], shape: tuple[int, ...]
) -> npt.NDArray[Word]:
    """A tensor as an array of its own; zeros of `shape` where it is empty."""
    tensor = array_of(core, member)
    return np.array(tensor, dtype=word) if tensor.size else np.zeros(shape, dtype=word)
