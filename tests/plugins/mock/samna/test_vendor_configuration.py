"""The emulated configuration classes have pybind11's manners."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from speckhal_mock.pybind.binder import Binder
from speckhal_mock.pybind.structs import Struct, array_of
from speckhal_mock.samna.speck2e import configuration as configuration_2e
from speckhal_mock.samna.speck2f import configuration as configuration_2f
from speckhal_mock.sdk.configurations import DvsLayerDestination, Vec2_bool, Vec2_unsigned_char

if TYPE_CHECKING:
    from types import ModuleType

_MODULES = (configuration_2f, configuration_2e)
_DOCUMENTED = {
    "CnnLayerConfig": """biases destinations dimensions input_congestion_balancer_enable leak_enable
        leak_internal_slow_clk_enable monitor_enable neurons_initial_value output_decimator_enable
        output_decimator_interval return_to_zero threshold_high threshold_low weights""",
    "CnnLayerDestination": "enable feature_shift layer pooling",
    "CnnLayerDimensions": "input_shape kernel_size output_shape padding stride",
    "DvsFilterConfig": "enable filter_size hot_pixel_filter_enable internal_slow_clk threshold",
    "DvsLayerConfig": """cut destinations merge mirror mirror_diagonal monitor_enable off_channel
        on_channel origin pass_sensor_events pooling raw_monitor_enable""",
    "DvsLayerDestination": "enable layer",
    "FactoryConfig": "internal_slow_clk_divider monitor_dual_channel",
    "IOShape": "feature_count size",
    "ReadoutConfig": """enable internal_slow_clk low_pass_filter32_not16 low_pass_filter_disable
        monitor_enable output_mode_sel output_neuron_num override_threshold_max
        readout_configuration_sel readout_pin_monitor_enable threshold""",
    "SpeckConfiguration": "cnn_layers debug_config dvs_filter dvs_layer factory_config readout",
}


def classes_of(module: ModuleType) -> dict[str, type[Struct]]:
    return {
        name: item
        for name, item in vars(module).items()
        if isinstance(item, type) and issubclass(item, Struct) and not name.startswith("_")
    }


@pytest.mark.parametrize("module", _MODULES)
def test_every_documented_class_has_every_documented_member(module: ModuleType) -> None:
    classes = classes_of(module)
    for name, members in _DOCUMENTED.items():
        assert set(members.split()) <= set(classes[name]._fields)
        assert classes[name].__module__ == module.__name__.replace("speckhal_mock.", "")
        assert classes[name].__qualname__ == classes[name].__name__ == name


def test_the_chips_differ_where_the_vendors_pages_do() -> None:
    on_2f, on_2e = (set(classes_of(module)) for module in _MODULES)

    assert on_2e - on_2f == {"RGBConfig", "SpeckConfigurationT"}
    assert on_2f <= on_2e
    assert hasattr(configuration_2f.DvsFilterConfig(), "low_pass_mode_enable")
    assert not hasattr(configuration_2e.DvsFilterConfig(), "low_pass_mode_enable")
    assert hasattr(configuration_2e.SpeckConfiguration(), "rgb_config")
    assert not hasattr(configuration_2e.SpeckConfigurationT(), "rgb_config")
    assert not hasattr(configuration_2f.SpeckConfiguration(), "rgb_config")


@pytest.mark.parametrize("module", _MODULES)
def test_defaults_are_the_documented_ones(module: Any) -> None:
    configuration = module.SpeckConfiguration()
    core, dvs = configuration.cnn_layers[0], configuration.dvs_layer
    dimensions, destination = core.dimensions, core.destinations[1]

    assert (core.threshold_high, core.threshold_low) == (0, -1)
    assert core.return_to_zero is core.leak_enable is core.monitor_enable is False
    assert core.output_decimator_interval == 0
    assert (dimensions.kernel_size, dimensions.output_shape.feature_count) == (1, 1)
    assert dimensions.padding == Vec2_unsigned_char(0, 0)
    assert dimensions.stride == dimensions.input_shape.size == Vec2_unsigned_char(1, 1)
    assert (destination.enable, destination.layer, destination.pooling) == (False, 0, 1)
    assert destination.feature_shift == 0
    assert (dvs.origin, dvs.cut) == (Vec2_unsigned_char(0, 0), Vec2_unsigned_char(127, 127))
    assert dvs.pooling == configuration.dvs_filter.filter_size == Vec2_unsigned_char(1, 1)
    assert dvs.on_channel is dvs.off_channel is True
    assert dvs.merge is dvs.monitor_enable is dvs.raw_monitor_enable is False
    assert configuration.dvs_filter.hot_pixel_filter_enable is True
    assert configuration.dvs_filter.threshold == 5
    assert configuration.factory_config.internal_slow_clk_divider == 17
    assert configuration.readout.threshold == 0


def test_the_sensor_is_oriented_and_switched_on_otherwise_on_the_2e() -> None:
    on_2f, on_2e = (module.DvsLayerConfig() for module in _MODULES)

    assert (on_2f.mirror, on_2e.mirror) == (Vec2_bool(False, False), Vec2_bool(True, False))
    assert (on_2f.mirror_diagonal, on_2e.mirror_diagonal) == (False, True)
    assert (on_2f.pass_sensor_events, on_2e.pass_sensor_events) == (False, True)


def test_the_2e_t_has_five_cores() -> None:
    assert len(configuration_2e.SpeckConfigurationT().cnn_layers) == 5
    assert len(configuration_2e.SpeckConfiguration().cnn_layers) == 9


@pytest.mark.parametrize("monitor", ["monitor_enable", "raw_monitor_enable"])
def test_monitoring_the_sensor_of_a_2f_switches_it_on(monitor: str) -> None:
    dvs = configuration_2f.SpeckConfiguration().dvs_layer
    setattr(dvs, monitor, False)
    before = dvs.pass_sensor_events
    setattr(dvs, monitor, True)

    assert (before, dvs.pass_sensor_events) == (False, True)


def test_who_feeds_a_2f_from_the_host_switches_the_sensor_off_again() -> None:
    dvs = configuration_2f.SpeckConfiguration().dvs_layer
    dvs.monitor_enable = True
    dvs.pass_sensor_events = False

    assert (dvs.monitor_enable, dvs.pass_sensor_events) == (True, False)


def test_monitoring_the_sensor_of_a_2e_switches_nothing() -> None:
    dvs = configuration_2e.DvsLayerConfig()
    dvs.pass_sensor_events = False
    dvs.monitor_enable = True

    assert dvs.pass_sensor_events is False


@pytest.mark.parametrize("module", _MODULES)
def test_members_are_live_references(module: Any) -> None:
    configuration = module.SpeckConfiguration()
    configuration.cnn_layers[8].destinations[0].pooling = 2
    for core in configuration.cnn_layers:
        core.dimensions.padding.x = 3

    assert configuration.cnn_layers[8].destinations[0].pooling == 2
    assert [core.dimensions.padding.x for core in configuration.cnn_layers] == [3] * 9
    assert len(configuration.cnn_layers[-1].destinations) == 2


def test_a_struct_is_taken_by_value_into_the_member_that_is_there() -> None:
    core = configuration_2f.CnnLayerConfig()
    held, given = core.dimensions, configuration_2f.CnnLayerDimensions()
    given.kernel_size = 5
    given.output_shape.size.x = 7

    core.dimensions = given
    given.kernel_size = 6

    assert core.dimensions is held
    assert (held.kernel_size, held.output_shape.size.x) == (5, 7)


def test_a_dict_of_members_does_for_a_struct() -> None:
    core = configuration_2f.CnnLayerConfig()
    core.dimensions.kernel_size = 9

    core.dimensions = {  # type: ignore[assignment]  # samna takes it
        "padding": {"x": 1, "y": 2},
        "input_shape": {"feature_count": 2, "size": {"x": 5, "y": 6}},
    }

    dimensions = core.dimensions
    assert (dimensions.padding.x, dimensions.padding.y) == (1, 2)
    assert dimensions.input_shape.feature_count == 2
    assert dimensions.input_shape.size == Vec2_unsigned_char(5, 6)
    assert dimensions.kernel_size == 1, "what a dict does not mention gets its default"


@pytest.mark.parametrize(
    ("misfit", "complaint"),
    [
        ({"kernel": 1}, "has no member 'kernel'"),
        ({1: 1}, "has no member 1"),
        ({"padding": {"z": 1}}, "has no member 'z'"),
        ({"padding": {"x": 256}}, "Vec2_unsigned_char.x takes an integer in 0..255"),
        ({"padding": (1, 1)}, "padding takes a samna.Vec2_unsigned_char"),
        (configuration_2e.CnnLayerDimensions(), "takes a samna.speck2f.configuration"),
        (None, "takes a samna.speck2f.configuration.CnnLayerDimensions or a dict"),
    ],
)
def test_what_is_no_such_struct_is_refused_and_changes_nothing(misfit: Any, complaint: str) -> None:
    core = configuration_2f.CnnLayerConfig()
    core.dimensions.kernel_size = 3
    before = core.to_json()
    with pytest.raises(TypeError, match=complaint):
        core.dimensions = misfit
    assert core.to_json() == before


def test_all_cores_can_be_assigned_at_once() -> None:
    configuration = configuration_2e.SpeckConfiguration()
    held = configuration.cnn_layers[3]
    cores = [configuration_2e.CnnLayerConfig() for _ in range(9)]
    cores[3].destinations[1].layer = 12
    cores[3].biases = [1, 2]

    configuration.cnn_layers = cores
    cores[3].destinations[1].layer = 7

    assert held.destinations[1].layer == 12
    assert held.biases == [1, 2]


@pytest.mark.parametrize("length", [0, 8, 10])
def test_an_array_takes_a_list_of_exactly_its_length(length: int) -> None:
    configuration: Any = configuration_2f.SpeckConfiguration()
    with pytest.raises(TypeError, match="cnn_layers takes a list of exactly 9"):
        configuration.cnn_layers = [configuration_2f.CnnLayerConfig()] * length
    with pytest.raises(TypeError, match=r"An item of .*destinations takes a"):
        configuration.dvs_layer.destinations = [{}, 5]
    configuration.dvs_layer.destinations = [{"layer": 3}, {"layer": 4, "enable": 1}]
    assert [target.layer for target in configuration.dvs_layer.destinations] == [3, 4]


def test_replacing_one_item_of_an_array_is_refused_and_not_silently_lost() -> None:
    configuration: Any = configuration_2f.SpeckConfiguration()
    with pytest.raises(TypeError, match="Assign to the item's members"):
        configuration.cnn_layers[0] = configuration_2f.CnnLayerConfig()


@pytest.mark.parametrize(
    "values",
    [
        [[[[1, -2]]], [[[3, -128]]]],
        np.array([[[[1, -2]]], [[[3, -128]]]], dtype=np.int8),
        np.array([[[[1, -2]]], [[[3, -128]]]], dtype=np.int64),
        np.array([[[[1.9, -2]]], [[[3, -128]]]], dtype=np.float32),
        np.array([[[[1, -2]]], [[[3, -128]]]], dtype=object),
        [[[[np.float32(1.9), -2]]], [[[torch.tensor(3), np.int8(-128)]]]],
        ([[np.array([1, -2])]], [((3, -128),)]),
        torch.tensor([[[[1, -2]]], [[[3, -128]]]]),
    ],
)
def test_a_tensor_is_taken_from_lists_and_arrays_and_read_as_new_lists(values: Any) -> None:
    core = configuration_2f.CnnLayerConfig()
    core.weights = values

    core.weights[0][0][0][0] = 99

    assert core.weights == [[[[1, -2]]], [[[3, -128]]]]
    assert type(core.weights[0][0][0][0]) is int
    array = array_of(core, "weights")
    assert array.dtype == np.int8
    assert array.tolist() == core.weights
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 0


def test_an_array_given_for_a_tensor_is_copied() -> None:
    given, core = np.array([1, 2], dtype=np.int16), configuration_2f.CnnLayerConfig()
    core.biases = given  # type: ignore[assignment]  # samna takes it
    given[0] = 9

    assert core.biases == [1, 2]


@pytest.mark.parametrize(
    "misfit",
    [
        [[1], [2, 3]],
        [[1, 2]],
        5,
        [1.0],
        [32768],
        [-32769],
        [2**70],
        ["1"],
        None,
        {"x": 1},
        [1, 2.0],
        [1, None],
        np.array([0.5]),
        np.array([np.nan], dtype=np.float32),
        np.array([1e30], dtype=np.float32),
        torch.tensor([1.0]),
        torch.ones(2, requires_grad=True),
    ],
)
def test_a_tensor_refuses_what_is_ragged_or_too_deep_or_no_integer_in_range(misfit: Any) -> None:
    core = configuration_2f.CnnLayerConfig()
    core.biases = [5]
    with pytest.raises(TypeError, match=r"biases takes integers in -32768..32767, .*\[feature\]"):
        core.biases = misfit
    assert core.biases == [5]


def test_the_initial_state_of_a_core_nobody_touched_makes_a_tensor() -> None:
    for core in configuration_2f.SpeckConfiguration().cnn_layers:
        assert torch.tensor(core.neurons_initial_value).shape == (1, 1, 1)
        assert (np.shape(core.weights), len(core.biases)) == ((1, 1, 1, 1), 1)


def test_dimensions_say_what_shapes_the_tensors_need() -> None:
    dimensions = configuration_2e.CnnLayerDimensions()
    dimensions.kernel_size = 3
    dimensions.input_shape.feature_count = 2
    dimensions.output_shape = {"feature_count": 4, "size": {"x": 5, "y": 6}}  # type: ignore[assignment]  # samna takes it

    assert dimensions.get_weights_array_dimensions() == [4, 2, 3, 3]
    assert dimensions.get_biases_array_dimensions() == [4]
    assert dimensions.get_neuron_states_array_dimensions() == [4, 5, 6]


def test_the_vendors_objects_are_read_by_attribute() -> None:
    core = SimpleNamespace(neurons_initial_value=[[[1, 2]]])

    assert array_of(core, "neurons_initial_value").tolist() == [[[1, 2]]]


@pytest.mark.parametrize(
    ("true", "false"), [(True, False), (1, 0), (torch.tensor(True), torch.zeros(2).bool().any())]
)
def test_flags_are_read_back_as_plain_bools(true: Any, false: Any) -> None:
    core = configuration_2f.CnnLayerConfig()
    core.leak_enable = true
    assert core.leak_enable is True
    core.leak_enable = false
    assert core.leak_enable is False


@pytest.mark.parametrize("module", _MODULES)
def test_an_unknown_attribute_can_be_neither_read_nor_written(module: ModuleType) -> None:
    for struct_class in classes_of(module).values():
        struct: Any = struct_class()
        name = f"{struct_class.__module__}.{struct_class.__name__}"
        with pytest.raises(AttributeError, match=f"'{name}' object has no attribute 'nonsense'"):
            _ = struct.nonsense
        with pytest.raises(AttributeError, match=f"'{name}' object has no attribute 'nonsense'"):
            struct.nonsense = 1
        assert not hasattr(struct, "nonsense")


def test_a_setter_refuses_what_the_c_type_cannot_hold() -> None:
    core: Any = configuration_2f.CnnLayerConfig()
    for misfit in (40_000, -40_000, 1.5, "1", None):
        with pytest.raises(TypeError, match="threshold_high takes an integer"):
            core.threshold_high = misfit
    assert core.threshold_high == 0


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_shares_nothing(copied: Any) -> None:
    original = configuration_2f.SpeckConfiguration()
    original.cnn_layers[2].biases = [7]
    twin = copied(original)
    assert twin == original
    twin.cnn_layers[2].destinations[0].layer = 5
    twin.cnn_layers[2].biases = [8]
    twin.dvs_layer.cut.x = 1

    assert original.cnn_layers[2].destinations[0].layer == 0
    assert original.cnn_layers[2].biases == [7]
    assert original.dvs_layer.cut.x == 127
    assert twin != original


def test_configurations_are_equal_member_by_member_and_neither_hashed_nor_pickled() -> None:
    one, other = configuration_2f.IOShape(), configuration_2f.IOShape()
    assert one == other
    assert one != configuration_2e.IOShape()
    other.size.x = 2
    assert one != other
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    with pytest.raises(TypeError, match="IOShape cannot be pickled"):
        pickle.dumps(one)


def test_a_repr_shows_every_member_but_not_every_word_of_a_tensor() -> None:
    shown = repr(configuration_2f.SpeckConfiguration())

    assert shown.startswith("speck2f::configuration::SpeckConfiguration(cnn_layers=[speck2f::")
    assert "weights=int8[1, 1, 1, 1]" in shown
    assert "cut=Vec2_unsigned_char(x=127, y=127)" in shown


def test_timings_and_currents_that_users_set_are_there() -> None:
    for module in _MODULES:
        factory = module.SpeckConfiguration().factory_config
        factory.io_sel = 0b11000
        factory.cnn_layers[8].kernel.clock_pulse = 4
        factory.dvs_layer.current_control_p7 = 13

        assert factory.cnn_layers[8].kernel.clock_pulse == 4
        assert factory.cnn_layers[7].kernel.clock_pulse == 0


def test_a_default_for_a_member_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(TypeError, match=r"samna\.speck9\.configuration\.Target has no members x"):
        Binder("samna.speck9.configuration")(DvsLayerDestination, name="Target", x=1)
