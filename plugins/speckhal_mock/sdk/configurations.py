"""What a chip can be configured to do, as templates that each chip makes its own classes of.

Members, their ranges and defaults: the vendor's reference for samna 0.48.5, unless a docstring
says otherwise. Setters hold a value to its C++ type, which the reference does not print and which
is assumed from the range; whether it lies in that range is for `validation` to say.
"""

# ruff: noqa: TC001, TC003  # the annotations are evaluated at run time

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE
from speckhal_mock.pybind.binder import Binder
from speckhal_mock.pybind.casters import I16, I32, U8, U16, Bool
from speckhal_mock.pybind.nesting import Length, Preset
from speckhal_mock.pybind.structs import Struct
from speckhal_mock.pybind.tensors import Biases, Potentials, Weights
from speckhal_samna.speck_facts import CORE_MEMORIES

CORES = len(CORE_MEMORIES.value)
_LAST_PIXEL = SENSOR_SIZE - 1


class ByteVec2(Struct):
    """Two small whole numbers, such as a size or a position."""

    x: U8
    y: U8

    def __init__(self, x: int = 0, y: int = 0) -> None:
        super().__init__()
        self.x, self.y = x, y


class BoolVec2(Struct):
    """Two truth values, such as which axes are mirrored."""

    x: Bool
    y: Bool

    def __init__(self, x: bool = False, y: bool = False) -> None:  # noqa: FBT001  # C++'s
        super().__init__()
        self.x, self.y = x, y


VECTORS = Binder("samna")
# The vendor's reference does not list these classes. The first name is seen in users' programs;
# that truth values have a class of their own, and its name, are assumed from that.
Vec2_unsigned_char = VECTORS(ByteVec2, name="Vec2_unsigned_char")
Vec2_bool = VECTORS(BoolVec2, name="Vec2_bool")

Ones: TypeAlias = Annotated[ByteVec2, Preset(x=1, y=1)]
LastPixel: TypeAlias = Annotated[ByteVec2, Preset(x=_LAST_PIXEL, y=_LAST_PIXEL)]


class IOShape(Struct):
    """Feature maps that go into a core or come out: how many, and how large."""

    feature_count: U16 = 1
    size: Ones


class CnnLayerDimensions(Struct):
    """The geometry of a core's convolution: kernels are square."""

    padding: ByteVec2
    stride: Ones
    kernel_size: U8 = 1
    input_shape: IOShape
    output_shape: IOShape

    def get_biases_array_dimensions(self) -> list[int]:
        """[feature] of `biases`, from the output shape."""
        return [self.output_shape.feature_count]

    def get_neuron_states_array_dimensions(self) -> list[int]:
        """[feature, x, y] of `neurons_initial_value`, from the output shape."""
        output = self.output_shape
        return [output.feature_count, output.size.x, output.size.y]

    def get_weights_array_dimensions(self) -> list[int]:
        """[feature, channel, x, y] of `weights`, from both shapes and the kernel size."""
        channels = self.input_shape.feature_count
        return [self.output_shape.feature_count, channels, self.kernel_size, self.kernel_size]


class CnnLayerDestination(Struct):
    """Where a core's spikes go: another core, or 12 for the readout."""

    enable: Bool = False
    layer: U8 = 0
    pooling: U8 = 1
    feature_shift: I32 = 0


class CnnLayerConfig(Struct):
    """One core.

    `leak_enable` and the biases make it leak; `leak_internal_slow_clk_enable` (default assumed
    False) takes the chip's own slow clock for it instead of the board's. The defaults of the
    three tensors are assumed: one zero, as the default dimensions have one neuron.
    """

    dimensions: CnnLayerDimensions
    destinations: Annotated[Sequence[CnnLayerDestination], Length(2)]
    weights: Weights
    biases: Biases
    neurons_initial_value: Potentials
    threshold_high: I16 = 0
    threshold_low: I16 = -1
    return_to_zero: Bool = False
    monitor_enable: Bool = False
    leak_enable: Bool = False
    leak_internal_slow_clk_enable: Bool = False
    input_congestion_balancer_enable: Bool = False
    output_decimator_enable: Bool = False
    output_decimator_interval: U8 = 0


class DvsLayerDestination(Struct):
    """Where the events of the pre-processing go."""

    enable: Bool = False
    layer: U8 = 0


class DvsLayerConfig(Struct):
    """The event pre-processing between the DVS, or the host, and the cores."""

    merge: Bool = False
    mirror: BoolVec2
    mirror_diagonal: Bool = False
    off_channel: Bool = True
    on_channel: Bool = True
    pooling: Ones
    origin: ByteVec2
    cut: LastPixel
    pass_sensor_events: Bool = False
    monitor_enable: Bool = False
    raw_monitor_enable: Bool = False
    destinations: Annotated[Sequence[DvsLayerDestination], Length(2)]


class DvsFilterConfig(Struct):
    """The noise filter of the event pre-processing."""

    enable: Bool = False
    filter_size: Ones
    hot_pixel_filter_enable: Bool = True
    internal_slow_clk: Bool = False
    threshold: U16 = 5


class ReadoutConfig(Struct):
    """The readout: moving averages of up to 15 neurons, and which is the largest."""

    enable: Bool = False
    internal_slow_clk: Bool = False
    low_pass_filter32_not16: Bool = False
    low_pass_filter_disable: Bool = False
    monitor_enable: Bool = False
    output_mode_sel: U8 = 0
    output_neuron_num: U8 = 0
    override_threshold_max: Bool = False
    readout_configuration_sel: U8 = 0
    readout_pin_monitor_enable: Bool = False
    threshold: U16 = 0


class SramTimingConfig(Struct):
    """Timing of one memory; its members are seen in users' programs, its name is assumed."""

    clock_pulse: U8 = 0
    clock_setup: U8 = 0
    macro_read: U8 = 0


class CnnLayerFactoryConfig(Struct):
    """Timing of a core's memories; its members are seen in users' programs, its name is assumed."""

    kernel: SramTimingConfig
    neuron: SramTimingConfig


class DvsLayerFactoryConfig(Struct):
    """Currents of the sensor; its members are seen in users' programs, its name is assumed."""

    current_control_p0: U8 = 0
    current_control_p1: U8 = 0
    current_control_p3: U8 = 0
    current_control_p4: U8 = 0
    current_control_p5: U8 = 0
    current_control_p6: U8 = 0
    current_control_p7: U8 = 0
    current_out1: U8 = 0
    current_out2: U8 = 0
    current_out3: U8 = 0
    current_out4: U8 = 0


FACTORY_PARTS = (SramTimingConfig, CnnLayerFactoryConfig, DvsLayerFactoryConfig)
"""Members of `FactoryConfig` whose classes the vendor's modules do not show."""


class FactoryConfig(Struct):
    """Values tuned by the vendor.

    The reference describes `internal_slow_clk_divider` (a tick of the chip's own slow clock is
    2^n DVS events) and `monitor_dual_channel`; the change log adds `fast_output`. The others are
    seen in several users' programs for one chip or the other and are had by both here. Nothing
    in the emulation depends on them, and their defaults, which nobody printed, are 0.
    """

    internal_slow_clk_divider: U8 = 17
    monitor_dual_channel: Bool = False
    fast_output: Bool = False
    io_sel: U8 = 0
    cnn_layers: Annotated[Sequence[CnnLayerFactoryConfig], Length(CORES)]
    dvs_layer: DvsLayerFactoryConfig


class DebugConfig(Struct):
    """For the vendor's debugging. The reference names it and no member, so it has none here."""


class SpeckConfiguration(Struct):
    """The configuration of a chip with all its cores, its sensor and its readout."""

    cnn_layers: Annotated[Sequence[CnnLayerConfig], Length(CORES)]
    dvs_layer: DvsLayerConfig
    dvs_filter: DvsFilterConfig
    readout: ReadoutConfig
    factory_config: FactoryConfig
    debug_config: DebugConfig
