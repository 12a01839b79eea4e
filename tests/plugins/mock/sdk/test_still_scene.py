"""Whatever a configuration asks of the sensor, no event comes of a scene that stands still."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speckhal_mock import samna
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import SimpleNamespace

flag = st.booleans()
flags = st.fixed_dictionaries({"x": flag, "y": flag})
pixels = st.fixed_dictionaries({axis: st.integers(0, 127) for axis in "xy"})
dvs = st.fixed_dictionaries(
    {
        **dict.fromkeys(("merge", "mirror_diagonal", "off_channel", "on_channel"), flag),
        **dict.fromkeys(("monitor_enable", "raw_monitor_enable"), flag),
        "mirror": flags,
        "pooling": st.fixed_dictionaries({axis: st.sampled_from([1, 2, 4]) for axis in "xy"}),
        "origin": st.fixed_dictionaries({axis: st.integers(0, 24) for axis in "xy"}),
        "cut": st.fixed_dictionaries({axis: st.integers(24, 127) for axis in "xy"}),
        "destinations": st.lists(
            st.fixed_dictionaries({"enable": flag, "layer": st.sampled_from([0, 5, 12])}),
            min_size=2,
            max_size=2,
        ),
        "pass_sensor_events": st.just(value=True),
    }
)
noise_filter = st.fixed_dictionaries(
    {
        "enable": flag,
        "filter_size": st.fixed_dictionaries({axis: st.integers(0, 15) for axis in "xy"}),
        "hot_pixel_filter_enable": flag,
        "threshold": st.integers(0, 2**16 - 1),
    }
)
readout = st.fixed_dictionaries(
    {
        **dict.fromkeys(
            ("enable", "low_pass_filter_disable", "low_pass_filter32_not16", "internal_slow_clk"),
            flag,
        ),
        "readout_pin_monitor_enable": flag,
        "output_mode_sel": st.integers(0, 3),
        "threshold": st.integers(0, 2**16 - 1),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dvs, noise_filter, readout, st.lists(pixels, max_size=3))
def test_a_configuration_is_taken_and_nothing_comes(
    make_rig: Callable[..., SimpleNamespace],
    chip: SimpleNamespace,
    the_dvs: dict[str, Any],
    the_filter: dict[str, Any],
    the_readout: dict[str, Any],
    killed: list[dict[str, int]],
) -> None:
    current_bus().clear()
    rig = make_rig(chip)
    configuration: Any = rig.configuration(core=3)
    _fit_cores(configuration, the_dvs)
    configuration.dvs_layer, configuration.readout = the_dvs, the_readout
    configuration.dvs_filter = the_filter
    assert chip.module.validate_configuration(configuration) == (True, "")
    sink: Any = samna.graph.sink_from(rig.model.get_source_node())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rig.model.apply_configuration(configuration)
        source = samna.graph.source_to(rig.model.get_sink_node())
        source.write([chip.event.KillSensorPixel(pixel["y"], pixel["x"]) for pixel in killed])
        rig.io.set_slow_clk(True)
        rig.clock.sleep_s(0.02)
        rig.io.set_slow_clk(False)

    assert sink.get_events() == []
    assert [warning.category for warning in caught] in ([], [EmulationWarning])


@pytest.mark.parametrize("listens", [False, True])
def test_a_recording_that_begins_while_nobody_listens_is_warned_of_once(
    make_rig: Callable[..., SimpleNamespace],
    chip: SimpleNamespace,
    tmp_path: Path,
    *,
    listens: bool,
) -> None:
    np.save(tmp_path / "events.npy", np.zeros(1, dtype=[(name, "<i8") for name in "txyp"]))
    rig = make_rig(chip, dvs_scene=str(tmp_path / "events.npy"))
    sink = samna.graph.sink_from(rig.model.get_source_node()) if listens else None
    configuration: Any = rig.configuration(core=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        configuration.dvs_layer.pass_sensor_events = False
        rig.model.apply_configuration(configuration)
        assert not caught, "nothing begins"
        configuration.dvs_layer.raw_monitor_enable = True
        configuration.dvs_layer.pass_sensor_events = True
        rig.model.apply_configuration(configuration)
        rig.model.apply_configuration(configuration)

    said = ["nobody listens to the board yet" in str(warning.message) for warning in caught]
    assert said == ([] if listens else [True])
    del sink


def _fit_cores(configuration: Any, the_dvs: dict[str, Any]) -> None:
    """Let the cores that the sensor goes to take what it delivers."""
    width, height = (
        min(the_dvs["cut"][axis], 128 // the_dvs["pooling"][axis] - 1) - the_dvs["origin"][axis] + 1
        for axis in "xy"
    )
    if the_dvs["mirror_diagonal"]:
        width, height = height, width
    for index in (0, 5):
        core = configuration.cnn_layers[index]
        features = 1 if the_dvs["merge"] else 2
        out = {"x": (width - 1) // 8 + 1, "y": (height - 1) // 8 + 1}
        core.dimensions = {
            "input_shape": {"feature_count": features, "size": {"x": width, "y": height}},
            "output_shape": {"feature_count": 1, "size": out},
            "stride": {"x": 8, "y": 8},
        }
        core.weights = [[[[1]]] * features]
        core.neurons_initial_value = [[[0] * out["y"]] * out["x"]]
        core.monitor_enable = True
