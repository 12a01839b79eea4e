"""What a `SpeckConfiguration` means for the emulated cores.

It is read by attribute only, so that the vendor's own objects do as well as the emulated ones.
"""

# ruff: noqa: D102  # the vendor's names

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from speckhal_mock.emulation.core import CoreConfig
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.samna._pybind.structs import Struct, array_of
from speckhal_mock.samna.readable import Configuration as ValidatedConfiguration
from speckhal_mock.samna.readable import Core as ValidatedCore
from speckhal_mock.samna.readable import DvsLayer as ValidatedDvsLayer
from speckhal_mock.samna.readable import Readout as ValidatedReadout

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

Word = TypeVar("Word", np.int8, np.int16)


class Core(ValidatedCore, Protocol):
    """One core."""

    @property
    def leak_enable(self) -> bool: ...
    @property
    def leak_internal_slow_clk_enable(self) -> bool: ...
    @property
    def output_decimator_enable(self) -> bool: ...
    @property
    def return_to_zero(self) -> bool: ...


class DvsLayer(ValidatedDvsLayer, Protocol):
    """The event pre-processing."""

    @property
    def pass_sensor_events(self) -> bool: ...


class Readout(ValidatedReadout, Protocol):
    """The readout block."""

    @property
    def monitor_enable(self) -> bool: ...
    @property
    def readout_pin_monitor_enable(self) -> bool: ...


class Configuration(ValidatedConfiguration, Protocol):
    """A whole chip."""

    @property
    def cnn_layers(self) -> Sequence[Core]: ...
    @property
    def dvs_layer(self) -> DvsLayer: ...
    @property
    def readout(self) -> Readout: ...
    def to_json(self) -> str: ...
    def from_json(self, arg0: str, /) -> None: ...


def core_configs(configuration: Configuration) -> list[CoreConfig]:
    """What each core is to do. A core nobody wrote to is one silent neuron without leak.

    Raises:
        NotEmulatedError: the host would get events that the emulation cannot make.
    """
    readout = configuration.readout
    if readout.monitor_enable or readout.readout_pin_monitor_enable:
        raise NotEmulatedError(
            "The configuration asks for events of the readout block, which is not emulated. "
            "Leave readout.monitor_enable and readout.readout_pin_monitor_enable False."
        )
    return [_core_config(index, core) for index, core in enumerate(configuration.cnn_layers)]


def snapshot(configuration: Configuration) -> Configuration:
    """A copy that later changes of `configuration` do not reach."""
    if isinstance(configuration, Struct):
        return copy.deepcopy(configuration)
    twin = type(configuration)()
    twin.from_json(configuration.to_json())
    return twin


def _core_config(index: int, core: Core) -> CoreConfig:
    if core.output_decimator_enable:
        raise NotEmulatedError(
            f"The configuration asks for thinned out spikes of core {index}, and the output "
            f"decimator is not emulated. Leave output_decimator_enable False."
        )
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
    )


def _words(core: Core, member: str, word: type[Word], shape: tuple[int, ...]) -> npt.NDArray[Word]:
    """A tensor as an array of its own; zeros of `shape` where it is empty."""
    tensor = array_of(core, member)
    return np.array(tensor, dtype=word) if tensor.size else np.zeros(shape, dtype=word)
