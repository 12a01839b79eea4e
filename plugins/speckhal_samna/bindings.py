"""The part of samna that the driver calls, as narrow Protocols.

The driver is given the samna module to use, so it runs on the vendor's and on the emulated one.
That the vendor's offers all this is shown to mypy at the end, against `typings/samna`. Where a
vendor function takes the vendor's own object back, the Protocol says `Any`: the driver only
hands over what it was handed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt


class DeviceInfo(Protocol):
    """A plugged-in board, as the vendor lists it."""

    device_type_name: str
    serial_number: str
    usb_bus_number: int
    usb_device_address: int


class IoModule(Protocol):
    """The board's FPGA: it drives the slow clock."""

    def set_slow_clk(self, arg0: bool, /) -> None: ...
    def set_slow_clk_rate(self, arg0: int, /) -> None: ...
    def pulse_slow_clk(self) -> None: ...


class Vec2(Protocol):
    """The vendor's pair of numbers, for sizes, strides and pixels."""

    x: int
    y: int


class IOShape(Protocol):
    """Feature maps that go into a core or come out."""

    feature_count: int

    @property
    def size(self) -> Vec2: ...


class Dimensions(Protocol):
    """The geometry of a core; as it comes, a kernel of 1 x 1 with stride 1."""

    kernel_size: int

    @property
    def stride(self) -> Vec2: ...
    @property
    def input_shape(self) -> IOShape: ...
    @property
    def output_shape(self) -> IOShape: ...


class Destination(Protocol):
    """Where spikes of a core, or events of the sensor, go; the vendor's `layer` is the *core*."""

    layer: int
    enable: bool


class CoreDestination(Destination, Protocol):
    """Where spikes of a core go, and what becomes of their places and channels."""

    pooling: int
    feature_shift: int


class CoreConfiguration(Protocol):
    """One core of a configuration, as far as the driver reads or changes it."""

    @property
    def dimensions(self) -> Dimensions: ...
    @property
    def destinations(self) -> Sequence[CoreDestination]: ...
    @property
    def weights(self) -> list[list[list[list[int]]]]: ...
    @weights.setter
    def weights(self, value: npt.ArrayLike) -> None: ...
    @property
    def biases(self) -> list[int]: ...
    @biases.setter
    def biases(self, value: npt.ArrayLike) -> None: ...
    @property
    def neurons_initial_value(self) -> list[list[list[int]]]: ...
    @neurons_initial_value.setter
    def neurons_initial_value(self, value: npt.ArrayLike) -> None: ...

    threshold_high: int
    threshold_low: int
    return_to_zero: bool
    monitor_enable: bool
    leak_enable: bool
    leak_internal_slow_clk_enable: bool
    input_congestion_balancer_enable: bool
    output_decimator_enable: bool
    output_decimator_interval: int


class FactoryConfiguration(Protocol):
    """Settings of the whole chip."""

    internal_slow_clk_divider: int


class SensorConfiguration(Protocol):
    """The chip's vision sensor, and what its events go through."""

    @property
    def destinations(self) -> Sequence[Destination]: ...

    monitor_enable: bool
    pass_sensor_events: bool


class Configuration(Protocol):
    """A whole chip's configuration."""

    @property
    def cnn_layers(self) -> Sequence[CoreConfiguration]: ...
    @property
    def dvs_layer(self) -> SensorConfiguration: ...
    @property
    def factory_config(self) -> FactoryConfiguration: ...


class Model(Protocol):
    """The chip on the board. Chips differ in how a configuration is applied."""

    def apply_configuration(self, config: Any, /) -> None: ...
    def reset(self) -> None: ...
    def get_sink_node(self) -> object: ...
    def get_source_node(self) -> object: ...


class StopWatch(Protocol):
    """Counts microseconds on the board, stamps what leaves the chip, and lets in what is due."""

    def start(self, reset: bool = True) -> None: ...


class FirmwareVersions(Protocol):
    """What runs on the board's USB controller and on its FPGA."""

    fxtree: str
    unifirm: str


class BoardHandle(Protocol):
    """What `open_device` of samna gives: the ways to the chip and to the FPGA."""

    def get_io_module(self) -> IoModule: ...
    def get_model(self) -> Model: ...
    def get_stop_watch(self) -> StopWatch: ...
    def get_board_serial_number(self) -> str: ...
    def get_firmware_versions(self) -> FirmwareVersions: ...


class DeviceModule(Protocol):
    """`samna.device`: lists the boards on USB, and opens and closes them."""

    def get_all_devices(self) -> Sequence[DeviceInfo]: ...
    def get_unopened_devices(self) -> Sequence[DeviceInfo]: ...
    def get_opened_devices(self) -> Sequence[DeviceInfo]: ...
    def open_device(self, info: Any, /) -> BoardHandle: ...
    def close_device(self, board: Any, /) -> None: ...


class SourceNode(Protocol):
    """Takes events for the chip."""

    def write(self, arg0: list[Any], /) -> None: ...


class SinkNode(Protocol):
    """Buffers events from the chip."""

    def get_events(self) -> Sequence[object]: ...
    def get_n_events(self, n: int, timeout: int | None = None) -> Sequence[object]: ...
    def clear_events(self) -> None: ...


class Graph(Protocol):
    """Connects nodes while it is started."""

    def sequential(self, arg0: list[Any], /) -> Sequence[Any]: ...
    def start(self) -> bool: ...
    def stop(self) -> bool: ...


class GraphModule(Protocol):
    """`samna.graph`: connects the nodes through which events flow."""

    @property
    def EventFilterGraph(self) -> Callable[[], Graph]: ...


class Vendor(Protocol):
    """`samna`, as far as every chip needs it."""

    @property
    def device(self) -> DeviceModule: ...
    @property
    def graph(self) -> GraphModule: ...


class Addressed(Protocol):
    """Asks something of an address, answers that or sets it; the vendor's `layer` is the *core*."""

    layer: int
    address: int


class NeuronState(Addressed, Protocol):
    """What a neuron's membrane potential is, or is to be, in chip units."""

    neuron_state: int


class ChannelBias(Addressed, Protocol):
    """What the bias is, or is to be, of the channel whose index is the address, in chip units."""

    bias: int


class EventTypeFilter(Protocol):
    """A node of a graph that passes events of one class."""

    def set_desired_type(self, arg0: str, /) -> None: ...


class Spike(Protocol):
    """A neuron fired, or is to get a spike; the vendor's field `layer` holds the *core*."""

    layer: int
    feature: int
    y: int
    x: int
    timestamp: int

    def __init__(
        self, layer: int = 0, feature: int = 0, y: int = 0, x: int = 0, timestamp: int = 0
    ) -> None: ...


class DvsEvent(Protocol):
    """A pixel of the sensor saw a change, or is to have seen one; `p` is its polarity."""

    def __init__(self, p: bool = False, y: int = 0, x: int = 0, timestamp: int = 0) -> None: ...


class NeuronEvents(Protocol):
    """A chip's `event` module: each chip has its own classes of the same names."""

    @property
    def Spike(self) -> type[Spike]: ...
    @property
    def DvsEvent(self) -> type[DvsEvent]: ...
    @property
    def ReadNeuronValue(self) -> Callable[[], Addressed]: ...
    @property
    def NeuronValue(self) -> type[NeuronState]: ...
    @property
    def WriteNeuronValue(self) -> Callable[[], NeuronState]: ...
    @property
    def ReadBiasValue(self) -> Callable[[], Addressed]: ...
    @property
    def BiasValue(self) -> type[ChannelBias]: ...
    @property
    def WriteBiasValue(self) -> Callable[[], ChannelBias]: ...


class ConfigurationModule(Protocol):
    """A chip's `configuration` module."""

    @property
    def SpeckConfiguration(self) -> Callable[[], Configuration]: ...


class ChipModule(Protocol):
    """A chip's module, such as `samna.speck2f`."""

    @property
    def configuration(self) -> ConfigurationModule: ...
    @property
    def event(self) -> NeuronEvents: ...


if TYPE_CHECKING:
    import samna

    _vendor: Vendor = samna
