"""What the sensor's pre-processing and the readout are to do, as the vendor's own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, cast

import attrs

if TYPE_CHECKING:
    from speckhal_samna.bindings import Configuration, Vec2

FilterMode = Literal["noise", "noise and hot pixels", "low pass"]

SENSOR_SIZE = 128
"""Rows and columns of the sensor's pixels."""

PROCESSED = 13
"""What stands for a core in spikes of the monitor behind the pre-processing."""

READOUT = 12


class _Mirror(Protocol):
    x: bool
    y: bool


class _PixelSettings(Protocol):
    merge: bool
    mirror_diagonal: bool
    on_channel: bool
    off_channel: bool
    monitor_enable: bool

    @property
    def pooling(self) -> Vec2: ...
    @property
    def origin(self) -> Vec2: ...
    @property
    def cut(self) -> Vec2: ...
    @property
    def mirror(self) -> _Mirror: ...


class _FilterSettings(Protocol):
    enable: bool
    hot_pixel_filter_enable: bool
    threshold: int
    low_pass_mode_enable: bool  # Speck2f only

    @property
    def filter_size(self) -> Vec2: ...


class _ReadoutSettings(Protocol):
    enable: bool
    low_pass_filter32_not16: bool
    low_pass_filter_disable: bool
    monitor_enable: bool
    readout_pin_monitor_enable: bool
    output_mode_sel: int
    output_neuron_num: int
    readout_configuration_sel: int
    threshold: int


class ChipSettings(Protocol):
    """What a configuration has besides that of the cores."""

    @property
    def dvs_layer(self) -> _PixelSettings:
        """Of the sensor's pre-processing."""

    @property
    def dvs_filter(self) -> _FilterSettings:
        """Of the filter behind it."""

    @property
    def readout(self) -> _ReadoutSettings:
        """Of the readout."""


class ReadoutValue(Protocol):
    """What the readout sends at each period: 21 bits."""

    value: int


class ReadoutPinValue(Protocol):
    """What the pins of the readout show."""

    index: int


class ReadoutEvents(Protocol):
    """Classes of the chip's event module that only the readout sends."""

    @property
    def ReadoutValue(self) -> type[ReadoutValue]:  # noqa: N802 - the vendor's name
        """Of its values."""

    @property
    def ReadoutPinValue(self) -> type[ReadoutPinValue]:  # noqa: N802 - the vendor's name
        """Of its pins."""


@attrs.frozen(kw_only=True)
class PixelSetup:
    """Events of pixels that the host sends, on their way to the monitor behind the pre-processing.

    Attributes:
        merge: whether both polarities become one.
        pooling: how many rows and columns become one.
        filter: what the filter does, with a reach of one pixel; None for one that is off.
        threshold: of the filter, in counts of the slow clock.
    """

    merge: bool = False
    pooling: int = 1
    filter: FilterMode | None = None
    threshold: int = 2

    def write_to(self, configuration: Configuration) -> None:
        """Put it into the vendor's configuration of a chip.

        Raises:
            AttributeError: this chip's filter has no such mode.
        """
        settings = cast("ChipSettings", configuration)
        pixels, filtering = settings.dvs_layer, settings.dvs_filter
        pixels.merge, pixels.monitor_enable = self.merge, True
        pixels.on_channel = pixels.off_channel = True
        pixels.mirror.x = pixels.mirror.y = pixels.mirror_diagonal = False  # chips come otherwise
        pixels.origin.x = pixels.origin.y = 0
        pixels.pooling.x = pixels.pooling.y = self.pooling
        pixels.cut.x = pixels.cut.y = SENSOR_SIZE // self.pooling - 1
        filtering.enable = self.filter is not None
        filtering.threshold = self.threshold
        filtering.filter_size.x = filtering.filter_size.y = 1
        filtering.hot_pixel_filter_enable = self.filter == "noise and hot pixels"
        if self.filter == "low pass":
            if not hasattr(filtering, "low_pass_mode_enable"):
                raise AttributeError("low_pass_mode_enable")
            filtering.low_pass_mode_enable = True


@attrs.frozen(kw_only=True)
class ReadoutSetup:
    """The readout, which counts spikes by class and sends a value at each tick.

    Attributes:
        window: ticks that are averaged, 1, 16 or 32.
        mode: what a value has in its low bits, 0 to 3.
        selected: the class whose average it has in mode 2.
        addressing: how place and channel make a class, 0 to 3.
        threshold: what an average must exceed.
    """

    window: int = 1
    mode: int = 2
    selected: int = 1
    addressing: int = 3
    threshold: int = 0

    def write_to(self, configuration: Configuration) -> None:
        """Put it into the vendor's configuration of a chip, with both monitors on."""
        readout = cast("ChipSettings", configuration).readout
        readout.enable = readout.monitor_enable = readout.readout_pin_monitor_enable = True
        readout.low_pass_filter_disable = self.window == 1
        readout.low_pass_filter32_not16 = self.window == 32
        readout.output_mode_sel, readout.output_neuron_num = self.mode, self.selected
        readout.readout_configuration_sel = self.addressing
        readout.threshold = self.threshold
