"""What an object writes as JSON, an object of its class reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from speckhal_mock.pybind.casters import Boolean, Caster, Enumerator, Integer, Vector
from speckhal_mock.pybind.nesting import ArrayCaster, StructCaster
from speckhal_mock.pybind.structs import Struct
from speckhal_mock.pybind.tensors import Tensor
from speckhal_mock.pybind.values import Record
from speckhal_mock.samna.speck2e import configuration as configuration_2e
from speckhal_mock.samna.speck2e import event as event_2e
from speckhal_mock.samna.speck2f import configuration as configuration_2f
from speckhal_mock.samna.speck2f import event as event_2f
from speckhal_mock.sdk.configurations import Vec2_bool, Vec2_unsigned_char

_MODULES = (event_2f, event_2e, configuration_2f, configuration_2e)
_CLASSES: list[type[Any]] = [
    Vec2_unsigned_char,
    Vec2_bool,
    *(
        item
        for module in _MODULES
        for name, item in vars(module).items()
        if isinstance(item, type) and issubclass(item, (Record, Struct)) and name[0] != "_"
    ),
]


def values(caster: Caster[Any]) -> st.SearchStrategy[Any]:  # noqa: PLR0911  # one for each
    """What can be assigned to a member of that type."""
    match caster:
        case Integer():
            return st.integers(caster.lowest, caster.highest)
        case Boolean():
            return st.booleans()
        case Vector():
            return st.lists(values(caster.item), max_size=3)
        case Enumerator():
            return st.sampled_from(list(caster.enumeration))
        case Tensor():
            rank = len(caster.axes)
            return arrays.arrays(
                caster.dtype,
                arrays.array_shapes(min_dims=rank, max_dims=rank, max_side=2),
                fill=st.just(0),
            )
        case StructCaster():
            fields = caster.struct._fields.values()
            # most members keep their default, or a whole chip would take for ever
            return st.fixed_dictionaries(
                {}, optional={field.name: values(field.caster) for field in fields}
            )
        case ArrayCaster():
            return st.lists(
                st.just({}) | values(caster.item), min_size=caster.items, max_size=caster.items
            )
    raise AssertionError(caster)


def fields_of(any_class: type[Any]) -> dict[str, Any]:
    fields: dict[str, Any] = (
        any_class._fields if issubclass(any_class, Struct) else any_class._layout.fields
    )
    return fields


@pytest.mark.parametrize("any_class", _CLASSES)
@settings(
    max_examples=5,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)
@given(data=st.data())
def test_what_is_written_reads_back_equal(any_class: type[Any], data: st.DataObject) -> None:
    written, read = any_class(), any_class()
    for name, field in fields_of(any_class).items():
        setattr(written, name, data.draw(values(field.caster), label=name))

    read.from_json(written.to_json())

    assert read == written
    assert read.to_json() == written.to_json()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Expecting value"),
        ("[1]", "an object with the members layer, address, neuron_state, not as \\[1\\]"),
        ("{}", "the members layer, address, neuron_state"),
        ('{"layer": 1}', "the members layer, address, neuron_state"),
        ('{"layer": 1, "address": 2, "neuron_state": 3, "x": 4}', "the members"),
        ('{"layer": 1, "address": 2, "neuron_state": 32768}', "neuron_state takes"),
        ('{"layer": 1, "address": 2, "neuron_state": 1.0}', "neuron_state takes"),
        ('{"layer": null, "address": 2, "neuron_state": 1}', "layer takes"),
    ],
)
def test_text_of_something_else_is_refused_and_changes_nothing(text: str, complaint: str) -> None:
    event = event_2e.NeuronValue(7, 8, 9)
    with pytest.raises(RuntimeError, match=f"NeuronValue.from_json cannot use this.*{complaint}"):
        event.from_json(text)
    assert event == event_2e.NeuronValue(7, 8, 9)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("cnn_layers", 8, "threshold_high"), 40_000, "threshold_high takes an integer"),
        (("cnn_layers", 8, "biases"), [[1]], "biases takes integers"),
        (("cnn_layers", 8, "destinations"), [], "destinations takes a list of exactly 2 items"),
        (("cnn_layers",), [{}] * 10, "cnn_layers takes a list of exactly 9 items"),
        (("cnn_layers", 3), {}, r"A .*cnn_layers\[3\] is written as an object"),
        (("dvs_layer", "cut", "x"), -1, "x takes an integer in 0..255"),
        (("readout",), 5, "A .*readout is written as an object"),
    ],
)
def test_one_bad_value_deep_down_changes_nothing_at_all(
    path: tuple[Any, ...], value: object, complaint: str
) -> None:
    configuration = configuration_2f.SpeckConfiguration()
    document = json.loads(configuration.to_json())
    document["cnn_layers"][0]["threshold_high"] = 5
    *parents, key = path
    place = document
    for parent in parents:
        place = place[parent]
    place[key] = value
    with pytest.raises(RuntimeError, match=complaint):
        configuration.from_json(json.dumps(document))
    assert configuration == configuration_2f.SpeckConfiguration()


def test_an_enum_is_read_from_its_number_only() -> None:
    erase = event_2f.FlashErase()
    with pytest.raises(RuntimeError, match="type takes one of the numbers 1, 2, 3, 4"):
        erase.from_json('{"type": 5, "address": 0}')


@pytest.mark.parametrize("any_class", [event_2f.Spike, configuration_2f.IOShape])
def test_only_text_is_read(any_class: type[Any]) -> None:
    with pytest.raises(TypeError, match="from_json takes a str"):
        any_class().from_json(b"{}")


def test_references_into_a_configuration_stay_live_when_it_is_read() -> None:
    configuration, source = (configuration_2e.SpeckConfiguration() for _ in range(2))
    held = configuration.cnn_layers[4].destinations[1]
    source.cnn_layers[4].destinations[1].layer = 12

    configuration.from_json(source.to_json())

    assert held.layer == 12


def test_reading_a_configuration_has_no_effect_beyond_its_values() -> None:
    source = configuration_2f.DvsLayerConfig()
    source.monitor_enable = True
    source.pass_sensor_events = False
    read = configuration_2f.DvsLayerConfig()

    read.from_json(source.to_json())

    assert read.pass_sensor_events is False
