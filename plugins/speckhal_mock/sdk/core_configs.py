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
from speckhal_mock.sdk.left_alone import is_left_alone
from speckhal_mock.sdk.unsupported_settings import is_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal_mock.emulation.spike_options import DecimatorIntervals
    from speckhal_mock.sdk.configurations import CnnLayerConfig

_ONE_SPIKE_OF: Final[Mapping[DecimatorIntervals, Sequence[int]]] = {
    "table": (2, 4, 8, 16, 32, 128, 256, 512),
    "prose": (2, 4, 8, 16, 32, 64, 128, 256),
}
"""By the code of `output_decimator_interval`, as the option `decimator_intervals` says."""

Word = TypeVar("Word", np.int8, np.int16)


def core_configs(
    configuration: SpeckConfiguration, intervals: DecimatorIntervals = "table"
) -> list[CoreConfig]:
    """What each core is to do. A core nobody wrote to is one silent neuron without leak.

    Args:
        configuration: the emulation's or the vendor's own.
        intervals: what the codes of the output decimator mean.
    """
    watched = is_on(configuration, "readout.enable") and any(
        is_on(configuration, f"readout.{monitor}")
        for monitor in ("readout_pin_monitor_enable", "monitor_enable")
    )
    return [
        _core_config(core, readout_watched=watched, one_spike_of=_ONE_SPIKE_OF[intervals])
        for core in configuration.cnn_layers
    ]


def snapshot(configuration: Any) -> SpeckConfiguration:
    """A copy, of the same class, that later changes of `configuration` do not reach."""
    if isinstance(configuration, SpeckConfiguration):
        return copy.deepcopy(configuration)
    twin: SpeckConfiguration = type(configuration)()
    twin.from_json(configuration.to_json())
    return twin


def _core_config(
    core: CnnLayerConfig, *, readout_watched: bool, one_spike_of: Sequence[int]
) -> CoreConfig:
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
        passes_one_spike_of=(
            one_spike_of[core.output_decimator_interval]
            if is_on(core, "output_decimator_enable")
            else 1
        ),
        drops_when_congested=is_on(core, "input_congestion_balancer_enable"),
        readout_watched=readout_watched,
    )


def _words(
    core: CnnLayerConfig, member: str, word: type[Word], shape: tuple[int, ...]
) -> npt.NDArray[Word]:
    """A tensor as an array of its own; zeros of `shape` where it is empty or was left alone."""
    tensor = array_of(core, member)
    if not tensor.size or is_left_alone(core, member):
        return np.zeros(shape, dtype=word)
    return np.array(tensor, dtype=word)
