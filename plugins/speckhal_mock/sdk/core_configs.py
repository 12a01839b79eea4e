"""What a `SpeckConfiguration` means for the emulated cores.

It is read by attribute only, so that the vendor's own objects do as well as the emulated ones.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from speckhal_mock.emulation.core import CoreConfig
from speckhal_mock.pybind.structs import array_of
from speckhal_mock.sdk.configurations import SpeckConfiguration
from speckhal_mock.sdk.unsupported_settings import is_on

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.sdk.configurations import CnnLayerConfig

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
    out = core.dimensions.output_shape
    channels, height, width = out.feature_count, out.size.y, out.size.x
    inputs = core.dimensions.input_shape.feature_count
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
        destinations=tuple(to.layer for to in core.destinations if to.enable),
        readout_watched=readout_watched,
    )


def _words(
    core: CnnLayerConfig, member: str, word: type[Word], shape: tuple[int, ...]
) -> npt.NDArray[Word]:
    """A tensor as an array of its own; zeros of `shape` where it is empty."""
    tensor = array_of(core, member)
    return np.array(tensor, dtype=word) if tensor.size else np.zeros(shape, dtype=word)
