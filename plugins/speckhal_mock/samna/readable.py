"""A configuration as far as the emulation reads it: the vendor's own fits, and so do ours."""

# ruff: noqa: D102  # the vendor's names and shapes

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Vec2(Protocol):
    """A pair such as a size."""

    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...


class Shape(Protocol):
    """Feature maps."""

    @property
    def feature_count(self) -> int: ...
    @property
    def size(self) -> Vec2: ...


class Dimensions(Protocol):
    """The geometry of a convolution."""

    @property
    def padding(self) -> Vec2: ...
    @property
    def stride(self) -> Vec2: ...
    @property
    def kernel_size(self) -> int: ...
    @property
    def input_shape(self) -> Shape: ...
    @property
    def output_shape(self) -> Shape: ...


class DvsDestination(Protocol):
    """Where events of the pre-processing go."""

    @property
    def enable(self) -> bool: ...
    @property
    def layer(self) -> int: ...


class Destination(DvsDestination, Protocol):
    """Where spikes of a core go."""

    @property
    def pooling(self) -> int: ...


class Core(Protocol):
    """One core. Its tensors are read with `array_of`."""

    @property
    def dimensions(self) -> Dimensions: ...
    @property
    def destinations(self) -> Sequence[Destination]: ...
    @property
    def threshold_high(self) -> int: ...
    @property
    def threshold_low(self) -> int: ...
    @property
    def monitor_enable(self) -> bool: ...
    @property
    def output_decimator_enable(self) -> bool: ...
    @property
    def output_decimator_interval(self) -> int: ...
    @property
    def leak_enable(self) -> bool: ...
    @property
    def leak_internal_slow_clk_enable(self) -> bool: ...
    @property
    def return_to_zero(self) -> bool: ...


class DvsLayer(Protocol):
    """The event pre-processing."""

    @property
    def merge(self) -> bool: ...
    @property
    def mirror_diagonal(self) -> bool: ...
    @property
    def off_channel(self) -> bool: ...
    @property
    def on_channel(self) -> bool: ...
    @property
    def pooling(self) -> Vec2: ...
    @property
    def origin(self) -> Vec2: ...
    @property
    def cut(self) -> Vec2: ...
    @property
    def monitor_enable(self) -> bool: ...
    @property
    def raw_monitor_enable(self) -> bool: ...
    @property
    def pass_sensor_events(self) -> bool: ...
    @property
    def destinations(self) -> Sequence[DvsDestination]: ...


class Readout(Protocol):
    """The readout block."""

    @property
    def output_mode_sel(self) -> int: ...
    @property
    def output_neuron_num(self) -> int: ...
    @property
    def readout_configuration_sel(self) -> int: ...


class Factory(Protocol):
    """Tuned values. That the vendor's has `fast_output` is only known of the Speck2e."""

    @property
    def internal_slow_clk_divider(self) -> int: ...


class Configuration(Protocol):
    """A whole chip."""

    @property
    def cnn_layers(self) -> Sequence[Core]: ...
    @property
    def dvs_layer(self) -> DvsLayer: ...
    @property
    def readout(self) -> Readout: ...
    @property
    def factory_config(self) -> Factory: ...
    def to_json(self) -> str: ...
    def from_json(self, arg0: str, /) -> None: ...
