"""What is switched on and not emulated is refused or warned of, and never ignored."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna
from speckhal_mock.emulation.errors import EmulationWarning

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

HARMLESS = (
    "factory_config.fast_output",
    "factory_config.monitor_dual_channel",
)


def switch_on(configuration: Any, path: str) -> None:
    """Set the truth value at `path`, such as "cnn_layers[4].leak_enable"."""
    owner, _, member = path.rpartition(".")
    name, _, index = owner.partition("[")
    part = getattr(configuration, name)
    setattr(part[int(index.rstrip("]"))] if index else part, member, True)


def state(rig: SimpleNamespace) -> int:
    """The potential of the first neuron."""
    sink: Any = samna.graph.sink_from(rig.model.get_source_node())
    samna.graph.source_to(rig.model.get_sink_node()).write(rig.reads([0]))
    (answer,) = sink.get_n_events(1, timeout=1000)
    value: int = answer.neuron_state
    return value


@pytest.mark.parametrize("path", HARMLESS)
def test_what_has_no_effect_is_named_in_a_warning_and_the_leak_is_right(
    rig: SimpleNamespace, path: str
) -> None:
    configuration = rig.configuration()
    switch_on(configuration, path)

    with pytest.warns(EmulationWarning, match="switches on what is not emulated") as caught:
        rig.model.apply_configuration(configuration)
    rig.io.pulse_slow_clk()

    assert path in str(caught[0].message)
    assert caught[0].filename == __file__
    assert state(rig) == 114


def test_all_that_has_no_effect_is_told_at_once(rig: SimpleNamespace) -> None:
    configuration = rig.configuration()
    for path in HARMLESS:
        switch_on(configuration, path)

    with pytest.warns(EmulationWarning) as caught:
        rig.model.apply_configuration(configuration)

    assert len(caught) == 1
    assert all(path in str(caught[0].message) for path in HARMLESS)


def dvs_into_core_3(configuration: Any) -> None:
    """Let the sensor's events go to a core."""
    core = configuration.cnn_layers[3]
    sensor = {"feature_count": 2, "size": {"x": 128, "y": 128}}
    core.dimensions = {
        "input_shape": sensor,
        "output_shape": {"feature_count": 1, "size": {"x": 64, "y": 64}},
        "stride": {"x": 2, "y": 2},
    }
    core.weights = [[[[1]], [[1]]]]
    core.neurons_initial_value = [[[0] * 64] * 64]
    core.monitor_enable = True
    destination = configuration.dvs_layer.destinations[0]
    destination.enable, destination.layer = True, 3


def preprocessed(configuration: Any) -> None:
    """Switch on all that stands between the pixels and who wants their events."""
    dvs = configuration.dvs_layer
    dvs.monitor_enable = dvs.merge = dvs.mirror_diagonal = True
    dvs.mirror = {"x": True, "y": True}
    dvs.pooling, dvs.origin, dvs.cut = {"x": 2, "y": 2}, {"x": 1, "y": 1}, {"x": 62, "y": 62}
    dvs.off_channel = False
    dvs.destinations[1].enable, dvs.destinations[1].layer = True, 12
    configuration.dvs_filter.enable = True
    configuration.dvs_filter.threshold = 1
    configuration.readout.enable = configuration.readout.readout_pin_monitor_enable = True


SENSOR: dict[str, Callable[[Any], object]] = {
    "monitor": lambda configuration: switch_on(configuration, "dvs_layer.monitor_enable"),
    "raw": lambda configuration: switch_on(configuration, "dvs_layer.raw_monitor_enable"),
    "core": dvs_into_core_3,
    "preprocessed": preprocessed,
}


@pytest.mark.parametrize("ask", SENSOR.values(), ids=SENSOR)
def test_the_sensor_sees_a_scene_that_stands_still(
    rig: SimpleNamespace, ask: Callable[[Any], object]
) -> None:
    configuration: Any = rig.configuration()
    ask(configuration)
    configuration.dvs_layer.pass_sensor_events = True
    sink: Any = samna.graph.sink_from(rig.model.get_source_node())

    with pytest.warns(EmulationWarning, match="a scene that stands still") as caught:
        rig.model.apply_configuration(configuration)
    rig.io.set_slow_clk(True)
    rig.clock.sleep_s(1.0)
    rig.io.set_slow_clk(False)

    assert sink.get_events() == []
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert "dvs_event_rate_hz=0" in str(caught[0].message)
    assert state(rig) == -127


@pytest.mark.parametrize("ask", SENSOR.values(), ids=SENSOR)
def test_a_board_warns_of_its_sensor_once_however_often_it_is_configured_or_opened(
    rig: SimpleNamespace, ask: Callable[[Any], object]
) -> None:
    configuration: Any = rig.configuration()
    ask(configuration)
    configuration.dvs_layer.pass_sensor_events = True

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rig.model.apply_configuration(configuration)
        configuration.dvs_layer.raw_monitor_enable = True
        rig.model.apply_configuration(configuration)
        samna.device.close_device(rig.handle)
        again: Any = samna.device.open_device(f"{rig.chip.kit}:0")
        again.get_model().apply_configuration(configuration)

    assert len(caught) == 1


@pytest.mark.parametrize("ask", SENSOR.values(), ids=SENSOR)
def test_a_sensor_that_is_switched_off_or_said_to_see_nothing_is_no_news(
    make_rig: Callable[..., SimpleNamespace], chip: SimpleNamespace, ask: Callable[[Any], object]
) -> None:
    still, dark = make_rig(chip, dvs_event_rate_hz=0), chip.configuration.SpeckConfiguration()
    configuration: Any = still.configuration()
    for asked, passes in ((configuration, True), (dark, False)):
        ask(asked)
        asked.dvs_filter.enable = asked.readout.enable = False
        asked.readout.readout_pin_monitor_enable = False
        asked.dvs_layer.pass_sensor_events = passes
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            still.model.apply_configuration(asked)


def test_a_scene_that_moves_shows_on_the_monitors(
    make_rig: Callable[..., SimpleNamespace], chip: SimpleNamespace
) -> None:
    rig = make_rig(chip, dvs_event_rate_hz=200)
    configuration: Any = rig.configuration()
    switch_on(configuration, "dvs_layer.raw_monitor_enable")
    switch_on(configuration, "dvs_layer.monitor_enable")
    configuration.dvs_layer.mirror = {"x": False, "y": False}
    configuration.dvs_layer.mirror_diagonal = False
    configuration.dvs_layer.pass_sensor_events = True
    sink: Any = samna.graph.sink_from(rig.model.get_source_node())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rig.model.apply_configuration(configuration)
    rig.handle.get_stop_watch().start()

    rig.clock.sleep_s(0.5)
    seen = sink.get_events()

    assert len(seen) == 200
    assert seen[:2] == [
        chip.event.DvsEvent(p=True, y=0, x=0, timestamp=5000),
        chip.event.Spike(layer=13, feature=1, y=0, x=0, timestamp=5000),
    ]
    assert seen[-1] == chip.event.Spike(layer=13, feature=1, y=0, x=99, timestamp=500_000)
    assert sink.get_n_events(2, timeout=100) == [
        chip.event.DvsEvent(p=True, y=0, x=100, timestamp=505_000),
        chip.event.Spike(layer=13, feature=1, y=0, x=100, timestamp=505_000),
    ]
    configuration.dvs_layer.pass_sensor_events = False
    rig.model.apply_configuration(configuration)
    sink.get_events()
    rig.clock.sleep_s(0.5)
    assert sink.get_events() == []


@pytest.mark.parametrize("events_hz", [0, 200])
def test_whoever_gave_the_rate_of_the_scene_reads_no_advice_to_give_it(
    make_rig: Callable[..., SimpleNamespace], chip: SimpleNamespace, events_hz: int
) -> None:
    rig = make_rig(chip, dvs_event_rate_hz=events_hz)
    configuration: Any = rig.configuration()
    switch_on(configuration, "dvs_layer.raw_monitor_enable")
    configuration.dvs_layer.pass_sensor_events = True
    configuration.factory_config.monitor_dual_channel = True

    with pytest.warns(EmulationWarning, match=r"dual_channel .* Leak, and what is") as caught:
        rig.model.apply_configuration(configuration)

    assert "sensor" not in str(caught[0].message)
    assert "dvs_event_rate_hz" not in str(caught[0].message)


def test_watching_the_readouts_pins_is_no_change_of_a_core(
    make_rig: Callable[..., SimpleNamespace], chip: SimpleNamespace
) -> None:
    rig = make_rig(chip, reapply_rewrites_states=False)
    configuration: Any = rig.configuration(v_mem=50)
    rig.model.apply_configuration(configuration)
    rig.io.pulse_slow_clk()
    configuration.readout.readout_pin_monitor_enable = True
    rig.model.apply_configuration(configuration)

    assert state(rig) == 37


@pytest.mark.parametrize("passes", [False, True])
def test_an_internal_clock_that_nobody_drives_is_told(
    rig: SimpleNamespace, *, passes: bool
) -> None:
    configuration = rig.configuration(core=2, leak_internal_slow_clk_enable=True)
    configuration.dvs_layer.pass_sensor_events = passes

    with pytest.warns(EmulationWarning, match=r"Cores \[2\] leak at the internal .* never ticks"):
        rig.model.apply_configuration(configuration)


@pytest.mark.parametrize("events_hz", [0, 2**17])
def test_an_internal_clock_is_honoured_once_it_is_said_what_the_sensor_sees(
    make_rig: Callable[..., SimpleNamespace], speck2f: SimpleNamespace, events_hz: int
) -> None:
    rig = make_rig(speck2f, dvs_event_rate_hz=events_hz)
    configuration = rig.configuration(leak_internal_slow_clk_enable=True)
    configuration.dvs_layer.pass_sensor_events = True

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rig.model.apply_configuration(configuration)
    rig.clock.sleep_s(3)

    assert state(rig) == (127 - 3 * 13 if events_hz else 127)


def test_an_internal_clock_without_leak_drives_nothing(rig: SimpleNamespace) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rig.model.apply_configuration(
            rig.configuration(leak_enable=False, leak_internal_slow_clk_enable=True)
        )
