"""What a configuration and events ask of sensor, pre-processing and readout reaches them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna
from speckhal_mock.emulation.readout import ReadoutConfig
from speckhal_mock.emulation.sensor.dvs_filter import DvsFilterConfig
from speckhal_mock.emulation.sensor.dvs_layer import DvsLayerConfig
from speckhal_mock.emulation.sensor.preprocessing import Preprocessing
from speckhal_mock.sdk.sensor_configs import dvs_layer_config, readout_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    MakeRig = Callable[..., SimpleNamespace]


def started(rig: SimpleNamespace, configuration: Any) -> tuple[Any, Any]:
    """A sink and a source for a configuration that is applied, with the stop watch running."""
    sink: Any = samna.graph.sink_from(rig.model.get_source_node())
    source: Any = samna.graph.source_to(rig.model.get_sink_node())
    rig.model.apply_configuration(configuration)
    rig.handle.get_stop_watch().start()
    return sink, source


def test_every_step_of_the_preprocessing_is_taken_from_the_configuration(
    chip: SimpleNamespace,
) -> None:
    configuration: Any = chip.configuration.SpeckConfiguration()
    dvs = configuration.dvs_layer
    dvs.merge, dvs.off_channel, dvs.mirror_diagonal = True, False, True
    dvs.mirror = {"x": False, "y": True}
    dvs.pooling, dvs.origin, dvs.cut = {"x": 2, "y": 4}, {"x": 3, "y": 5}, {"x": 7, "y": 9}
    dvs.raw_monitor_enable = True
    dvs.destinations[1].enable, dvs.destinations[1].layer = True, 12
    configuration.dvs_filter = {
        "enable": True,
        "filter_size": {"x": 2, "y": 3},
        "hot_pixel_filter_enable": False,
        "threshold": 9,
        "internal_slow_clk": True,
    }

    assert dvs_layer_config(configuration) == DvsLayerConfig(
        Preprocessing((1,), True, (2, 4), (3, 5), (7, 9), (False, True), True),
        DvsFilterConfig("noise", (2, 3), 9, internal_clock=True),
        raw_monitor=True,
        destinations=(12,),
    )


def test_the_filter_is_off_or_in_one_of_its_modes(speck2f: SimpleNamespace) -> None:
    configuration: Any = speck2f.configuration.SpeckConfiguration()
    assert dvs_layer_config(configuration).filter is None
    configuration.dvs_filter.enable = True
    assert dvs_layer_config(configuration).filter == DvsFilterConfig("noise and hot pixels")
    configuration.dvs_filter.low_pass_mode_enable = True
    assert dvs_layer_config(configuration).filter == DvsFilterConfig("low pass")


@pytest.mark.parametrize(
    ("low_pass", "window"),
    [({}, 16), ({"low_pass_filter32_not16": True}, 32), ({"low_pass_filter_disable": True}, 1)],
)
def test_every_setting_of_the_readout_is_taken_from_the_configuration(
    chip: SimpleNamespace, low_pass: dict[str, bool], window: int
) -> None:
    configuration: Any = chip.configuration.SpeckConfiguration()
    configuration.readout = {
        **low_pass,
        "internal_slow_clk": True,
        "monitor_enable": True,
        "output_mode_sel": 2,
        "output_neuron_num": 7,
        "override_threshold_max": True,
        "readout_configuration_sel": 3,
        "readout_pin_monitor_enable": True,
        "threshold": 99,
    }
    assert readout_config(configuration) is None

    configuration.readout.enable = True
    assert readout_config(configuration) == ReadoutConfig(
        window, 2, 7, 99, True, 3, value_monitor=True, pin_monitor=True, internal_clock=True
    )


def test_a_pixel_that_is_switched_off_is_silent_until_all_are_on_again(
    make_rig: MakeRig, chip: SimpleNamespace
) -> None:
    rig = make_rig(chip, dvs_event_rate_hz=128 * 128)
    configuration: Any = rig.configuration()
    configuration.dvs_layer.raw_monitor_enable = True
    configuration.dvs_layer.pass_sensor_events = True
    sink, source = started(rig, configuration)
    source.write([chip.event.KillSensorPixel(127, x) for x in (3, 126)])
    rig.clock.sleep_s(1.0)
    assert [e.x for e in sink.get_events() if e.y == 127] == [*{*range(128)} - {3, 126}]

    source.write([chip.event.ResetSensorPixel()])
    rig.clock.sleep_s(1.0)
    assert [event.x for event in sink.get_events() if event.y == 127] == [*range(128)]
    with pytest.raises(ValueError, match=r"at y 128; it has pixels 0\.\.127"):
        source.write([chip.event.KillSensorPixel(128, 0)])


def test_values_and_pins_come_of_a_readout_behind_the_sensor_and_events_choose_what_they_say(
    make_rig: MakeRig, chip: SimpleNamespace
) -> None:
    rig = make_rig(chip, dvs_event_rate_hz=1000)
    configuration: Any = rig.configuration()
    dvs, readout = configuration.dvs_layer, configuration.readout
    dvs.mirror, dvs.mirror_diagonal = {"x": False, "y": False}, False
    dvs.pooling, dvs.cut = {"x": 4, "y": 4}, {"x": 0, "y": 31}
    dvs.merge = dvs.pass_sensor_events = dvs.raw_monitor_enable = True
    dvs.destinations[0].enable, dvs.destinations[0].layer = True, 12
    readout.enable = readout.monitor_enable = readout.readout_pin_monitor_enable = True
    readout.low_pass_filter_disable, readout.threshold = True, 3
    readout.output_mode_sel, readout.readout_configuration_sel = 3, 3
    sink, source = started(rig, configuration)
    rig.io.set_slow_clk_rate(10)
    rig.io.set_slow_clk(True)
    rig.clock.sleep_s(0.45)

    # of each row of 128 ms, the first four pixels are those of class 1
    value, pins = chip.event.ReadoutValue, chip.event.ReadoutPinValue
    seen = sink.get_events()
    stamps = [event.timestamp for event in seen if isinstance(event, pins)]
    above = 1 << 20 | 1 << 16 | 4
    assert [e.value for e in seen if isinstance(e, value)].count(above) == len(stamps) >= 3
    assert {type(event) for event in seen} == {value, pins}
    assert {later - earlier for earlier, later in pairwise(stamps)} <= {100_000, 200_000}

    source.write([chip.event.OutputModeSel(2), chip.event.AverageSel(15)])
    rig.clock.sleep_s(0.4)
    later = {event.value for event in sink.get_events() if isinstance(event, value)}
    assert later == {1 << 20 | 1 << 16}
