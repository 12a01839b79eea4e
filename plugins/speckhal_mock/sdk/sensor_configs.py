"""What a `SpeckConfiguration` means for the sensor's pre-processing and for the readout.

It is read by attribute only, so that the vendor's own objects do as well as the emulated ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_mock.emulation.readout import ReadoutConfig
from speckhal_mock.emulation.sensor.dvs_filter import DvsFilterConfig, FilterMode
from speckhal_mock.emulation.sensor.dvs_layer import DvsLayerConfig
from speckhal_mock.emulation.sensor.preprocessing import Preprocessing
from speckhal_mock.sdk.route_checks import pair
from speckhal_mock.sdk.unsupported_settings import is_on

if TYPE_CHECKING:
    from speckhal_mock.sdk.configurations import SpeckConfiguration


def dvs_layer_config(configuration: SpeckConfiguration) -> DvsLayerConfig:
    """What the pre-processing is to do."""
    dvs = configuration.dvs_layer
    return DvsLayerConfig(
        Preprocessing(
            polarities=tuple(
                p for p, passes in enumerate((dvs.off_channel, dvs.on_channel)) if passes
            ),
            merge=dvs.merge,
            pooling=pair(dvs.pooling),
            origin=pair(dvs.origin),
            cut=pair(dvs.cut),
            mirror=(bool(dvs.mirror.x), bool(dvs.mirror.y)),
            diagonal=dvs.mirror_diagonal,
        ),
        filter=_filter_config(configuration),
        raw_monitor=dvs.raw_monitor_enable,
        monitor=dvs.monitor_enable,
        destinations=tuple(to.layer for to in dvs.destinations if to.enable),
    )


def readout_config(configuration: SpeckConfiguration) -> ReadoutConfig | None:
    """What the readout is to do; None if it is off."""
    readout = configuration.readout
    if not is_on(configuration, "readout.enable"):
        return None
    window = 32 if readout.low_pass_filter32_not16 else 16
    return ReadoutConfig(
        window=1 if readout.low_pass_filter_disable else window,
        mode=readout.output_mode_sel,
        selected=readout.output_neuron_num,
        threshold=readout.threshold,
        always_interrupts=readout.override_threshold_max,
        addressing=readout.readout_configuration_sel,
        value_monitor=readout.monitor_enable,
        pin_monitor=readout.readout_pin_monitor_enable,
        internal_clock=readout.internal_slow_clk,
    )


def _filter_config(configuration: SpeckConfiguration) -> DvsFilterConfig | None:
    """What the filter is to do; None if it is off. Low pass excludes the other modes."""
    chosen = configuration.dvs_filter
    if not chosen.enable:
        return None
    mode: FilterMode = "noise"
    if is_on(chosen, "low_pass_mode_enable"):  # Speck2e has no such switch
        mode = "low pass"
    elif chosen.hot_pixel_filter_enable:
        mode = "noise and hot pixels"
    return DvsFilterConfig(
        mode, pair(chosen.filter_size), chosen.threshold, chosen.internal_slow_clk
    )
