"""Each warning of the emulation names the line of the script that led to it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

import speckhal
from speckhal_mock import samna

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    Do = Callable[[SimpleNamespace], object]


def _leaks(**members: object) -> Do:
    return lambda rig: rig.model.apply_configuration(rig.configuration(core=2, **members))


def _mixed(rig: SimpleNamespace) -> None:
    configuration = rig.configuration(core=2, leak_internal_slow_clk_enable=True)
    configuration.cnn_layers[3].leak_enable = True
    rig.model.apply_configuration(configuration)


def _untrusted(rig: SimpleNamespace) -> None:
    configuration = rig.configuration()
    maps = {"feature_count": 1, "size": {"x": 3, "y": 1}}
    configuration.cnn_layers[0].dimensions = {"input_shape": maps, "output_shape": maps}
    configuration.cnn_layers[0].neurons_initial_value = [[[0], [0], [0]]]
    rig.model.apply_configuration(configuration)


def _sensor(rig: SimpleNamespace) -> None:
    configuration: Any = rig.configuration()
    configuration.dvs_layer.raw_monitor_enable = configuration.dvs_layer.pass_sensor_events = True
    rig.model.apply_configuration(configuration)


def _missed(rig: SimpleNamespace) -> None:
    _leaks()(rig)
    rig.io.set_slow_clk_rate(100)
    rig.io.set_slow_clk(True)


def _deprecated(_rig: SimpleNamespace) -> None:
    samna.graph.EventFilterGraph().add_filter_node("Speck2fOutputMemberSelect")


WARNED: dict[str, tuple[dict[str, object], Do, str]] = {
    "internal clock": ({}, _leaks(leak_internal_slow_clk_enable=True), "never ticks"),
    "mixed clocks": ({"dvs_event_rate_hz": 0}, _mixed, "one switch for all"),
    "errata": ({"errata": True}, _untrusted, "cannot be trusted"),
    "missed ticks": ({"max_updates_per_s": 100}, _missed, "miss ticks"),
    "rate without effect": (
        {"accepted_rate_hz": speckhal.Range(1, 10)},
        lambda rig: rig.io.set_slow_clk_rate(11),
        "has no effect",
    ),
    "sensor": ({}, _sensor, "stands still"),
    "stop watch": ({}, lambda rig: rig.handle.get_stop_watch().set_enable_value(1), "deprecated"),
    "graph": ({}, _deprecated, "deprecated"),
}


@pytest.mark.parametrize(("options", "do", "sentence"), WARNED.values(), ids=WARNED)
def test_a_warning_names_the_line_of_the_script(
    make_rig: Callable[..., SimpleNamespace],
    chip: SimpleNamespace,
    options: dict[str, object],
    do: Do,
    sentence: str,
) -> None:
    rig = make_rig(chip, **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        do(rig)

    assert [warning.filename for warning in caught] == [__file__]
    assert sentence in str(caught[0].message)
