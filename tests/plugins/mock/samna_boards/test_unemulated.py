"""What a configuration switches on that is not emulated is refused or told, and never ignored."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

HARMLESS = (
    "readout.enable",
    "dvs_filter.enable",
    "factory_config.fast_output",
    "factory_config.monitor_dual_channel",
    "cnn_layers[4].input_congestion_balancer_enable",
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


@pytest.mark.parametrize("monitor", ["monitor_enable", "raw_monitor_enable"])
def test_the_sensors_events_cannot_be_monitored(rig: SimpleNamespace, monitor: str) -> None:
    rig.model.apply_configuration(rig.configuration(v_mem=5))
    configuration = rig.configuration()
    setattr(configuration.dvs_layer, monitor, True)
    configuration.dvs_layer.pass_sensor_events = True

    with pytest.raises(NotEmulatedError, match=f"events of the sensor .*dvs_layer.{monitor}"):
        rig.model.apply_configuration(configuration)
    assert state(rig) == 5

    # nothing of the sensor comes that far, and the host sends nothing: so there is nothing to see
    configuration.dvs_layer.pass_sensor_events = False
    rig.model.apply_configuration(configuration)
    assert state(rig) == 127


def test_the_sensors_events_cannot_go_to_a_core(rig: SimpleNamespace) -> None:
    configuration = rig.configuration()
    core = configuration.cnn_layers[3]
    sensor = {"feature_count": 2, "size": {"x": 128, "y": 128}}
    core.dimensions = {
        "input_shape": sensor,
        "output_shape": {"feature_count": 1, "size": {"x": 64, "y": 64}},
        "stride": {"x": 2, "y": 2},
    }
    core.weights = [[[[1]], [[1]]]]
    core.neurons_initial_value = [[[0] * 64] * 64]
    destination = configuration.dvs_layer.destinations[0]
    destination.enable, destination.layer = True, 3
    configuration.dvs_layer.pass_sensor_events = True

    with pytest.raises(NotEmulatedError, match="events of the sensor on core 3"):
        rig.model.apply_configuration(configuration)

    configuration.dvs_layer.pass_sensor_events = False
    rig.model.apply_configuration(configuration)


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
