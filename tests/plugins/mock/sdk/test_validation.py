"""What the emulated validation accepts, and what it says of the rest."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.samna import speck2e, speck2f
from speckhal_mock.sdk.validation import validate_configuration
from speckhal_speck2f.chip import CHIP

if TYPE_CHECKING:
    from types import ModuleType

_CHIPS = (speck2f, speck2e)
_MEMORIES = CHIP.facts.core_memories.value


def shape_core(
    core: Any,
    *,
    inputs: tuple[int, int, int],
    outputs: tuple[int, int, int],
    kernel: int = 1,
    stride: int = 1,
    padding: int = 0,
) -> None:
    """Give a core (features, x, y) in and out, and tensors to go with them."""
    for end, (features, x, y) in (("input_shape", inputs), ("output_shape", outputs)):
        setattr(core.dimensions, end, {"feature_count": features, "size": {"x": x, "y": y}})
    core.dimensions.kernel_size = kernel
    core.dimensions.stride = {"x": stride, "y": stride}
    core.dimensions.padding = {"x": padding, "y": padding}
    core.weights = np.zeros((outputs[0], inputs[0], kernel, kernel), dtype=np.int8)
    core.biases = np.zeros(outputs[0], dtype=np.int16)
    core.neurons_initial_value = np.zeros(outputs, dtype=np.int16)


def set_path(struct: Any, path: str, value: object) -> None:
    """Set a member, such as "cnn_layers.1.threshold_low"."""
    *parents, member = path.split(".")
    for parent in parents:
        struct = struct[int(parent)] if parent.isdecimal() else getattr(struct, parent)
    setattr(struct, member, value)


def problems(configuration: Any, chip: Any = speck2f) -> str:
    """What is wrong; empty if nothing is."""
    valid, message = chip.validate_configuration(configuration)
    assert valid == (message == "")
    assert isinstance(message, str)
    return message


def new_2f() -> Any:
    return speck2f.configuration.SpeckConfiguration()


@pytest.mark.parametrize("chip", _CHIPS)
def test_a_default_configuration_is_valid(chip: Any) -> None:
    assert chip.validate_configuration(chip.configuration.SpeckConfiguration()) == (True, "")


def test_a_default_configuration_of_a_2e_t_is_valid() -> None:
    configuration = speck2e.configuration.SpeckConfigurationT()
    assert speck2e.validate_configuration_t(configuration) == (True, "")
    with pytest.raises(
        TypeError, match=r"takes a samna\.speck2e\.configuration\.SpeckConfiguration,"
    ):
        speck2e.validate_configuration(configuration)


@pytest.mark.parametrize("chip", _CHIPS)
def test_monitoring_the_sensor_is_all_that_a_valid_configuration_needs(chip: Any) -> None:
    configuration = chip.configuration.SpeckConfiguration()
    configuration.dvs_layer.monitor_enable = True
    configuration.dvs_layer.raw_monitor_enable = True

    assert problems(configuration, chip) == ""


def test_a_published_recurrent_network_of_a_2e_is_valid() -> None:
    layers = [speck2e.configuration.CnnLayerConfig() for _ in range(9)]
    shape_core(layers[0], inputs=(2, 128, 128), outputs=(4, 64, 64), kernel=3, stride=2, padding=1)
    shape_core(layers[1], inputs=(8, 64, 64), outputs=(8, 64, 64), kernel=3, padding=1)
    shape_core(layers[2], inputs=(8, 64, 64), outputs=(4, 64, 64), kernel=3, padding=1)
    shape_core(layers[3], inputs=(8, 64, 64), outputs=(16, 32, 32), kernel=3, stride=2, padding=1)
    for core, number, target, shift in ((0, 0, 1, 0), (1, 0, 3, 0), (1, 1, 2, 0), (2, 0, 1, 4)):
        destination = layers[core].destinations[number]
        destination.layer, destination.enable, destination.feature_shift = target, True, shift
    layers[3].destinations[0].layer, layers[3].destinations[0].enable = 12, True
    for core in range(4):
        layers[core].leak_enable = layers[core].leak_internal_slow_clk_enable = True
    configuration = speck2e.configuration.SpeckConfiguration()
    configuration.cnn_layers = layers

    assert problems(configuration, speck2e) == ""


def test_a_published_branching_network_of_a_2f_is_valid() -> None:
    configuration = new_2f()
    cores = configuration.cnn_layers
    shape_core(cores[7], inputs=(1, 128, 128), outputs=(2, 64, 64), kernel=2, stride=2)
    shape_core(cores[8], inputs=(1, 128, 128), outputs=(2, 64, 64), kernel=2, stride=2)
    shape_core(cores[3], inputs=(4, 64, 64), outputs=(6, 64, 64), kernel=7, padding=3)
    shape_core(cores[5], inputs=(6, 64, 64), outputs=(4, 64, 64), kernel=5, padding=2)
    for core, targets in ((7, (3, 3)), (8, (3, 3)), (3, (5,))):
        for number, target in enumerate(targets):
            cores[core].destinations[number].layer = target
            cores[core].destinations[number].enable = 1
    cores[7].destinations[1].feature_shift = 2
    for number, core in enumerate((7, 8)):
        configuration.dvs_layer.destinations[number].layer = core
        configuration.dvs_layer.destinations[number].enable = 1
    configuration.dvs_layer.merge = True

    assert problems(configuration) == ""


geometries = st.fixed_dictionaries(
    {
        "size": st.tuples(st.integers(1, 64), st.integers(1, 64)),
        "features": st.tuples(st.integers(1, 4), st.integers(1, 4)),
        "kernel": st.integers(1, 16),
        "stride": st.sampled_from([1, 2, 4, 8]),
        "padding": st.integers(0, 7),
    }
)


@given(geometries, st.integers(0, 2))
def test_every_convolution_that_fits_is_valid_and_one_pixel_more_is_not(
    geometry: dict[str, Any], index: int
) -> None:
    kernel, stride, padding = geometry["kernel"], geometry["stride"], geometry["padding"]
    x, y = ((size + 2 * padding - kernel) // stride + 1 for size in geometry["size"])
    assume(1 <= x <= 63 and 1 <= y <= 64)
    into, out = geometry["features"]
    messages = []
    for width in (x, x + 1):
        configuration = new_2f()
        shape_core(
            configuration.cnn_layers[index],
            inputs=(into, *geometry["size"]),
            outputs=(out, width, y),
            kernel=kernel,
            stride=stride,
            padding=padding,
        )
        messages.append(problems(configuration))

    fitting, too_wide = messages
    assert fitting == ""
    assert f"Core {index}: dimensions.output_shape.size is x {x + 1}, y {y};" in too_wide
    assert f"makes x {x}, y {y}." in too_wide


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("threshold_high", -1, "threshold_high is -1; it must lie in 0..32767."),
        ("threshold_low", 1, "threshold_low is 1; it must lie in -32768..-1."),
        ("threshold_low", 0, "threshold_low is 0, at which the chips have a known fault (erratum)"),
        ("output_decimator_interval", 8, "output_decimator_interval is 8; it must lie in 0..7."),
        ("dimensions.kernel_size", 0, "dimensions.kernel_size is 0; it must lie in 1..16."),
        ("dimensions.kernel_size", 17, "dimensions.kernel_size is 17; it must lie in 1..16."),
        ("dimensions.padding.y", 8, "dimensions.padding.y is 8; it must lie in 0..7."),
        ("dimensions.stride.x", 3, "dimensions.stride.x is 3; it must be one of 1, 2, 4, 8."),
        ("dimensions.stride.y", 0, "dimensions.stride.y is 0; it must be one of 1, 2, 4, 8."),
        ("dimensions.input_shape.feature_count", 1025, "feature_count is 1025; it must lie in 1"),
        ("dimensions.output_shape.feature_count", 0, "output_shape.feature_count is 0; it must"),
        ("dimensions.input_shape.size.x", 129, "input_shape.size.x is 129; it must lie in 1..128."),
        ("dimensions.output_shape.size.y", 65, "output_shape.size.y is 65; it must lie in 1..64."),
    ],
)
@pytest.mark.parametrize("chip", _CHIPS)
def test_a_value_of_a_core_out_of_range_is_named_with_its_limit(
    chip: Any, path: str, value: int, complaint: str
) -> None:
    configuration = chip.configuration.SpeckConfiguration()
    set_path(configuration.cnn_layers[6], path, value)

    assert problems(configuration, chip).startswith("Core 6: ")
    assert complaint in problems(configuration, chip)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("readout.output_mode_sel", 4, "readout.output_mode_sel is 4; it must lie in 0..3."),
        ("readout.output_neuron_num", 16, "output_neuron_num is 16; it must lie in 0..15."),
        ("readout.readout_configuration_sel", 4, "readout_configuration_sel is 4; it must lie in"),
        ("factory_config.internal_slow_clk_divider", 13, "divider is 13; it must lie in 14..17."),
        ("factory_config.internal_slow_clk_divider", 18, "divider is 18; it must lie in 14..17."),
        ("dvs_filter.filter_size.x", 16, "filter_size.x is 16; it must lie in 0..15."),
        ("dvs_filter.filter_size.y", 255, "filter_size.y is 255; it must lie in 0..15."),
        ("dvs_layer.pooling.x", 3, "dvs_layer.pooling.x is 3; it must be one of 1, 2, 4."),
        ("dvs_layer.pooling.y", 0, "dvs_layer.pooling.y is 0; it must be one of 1, 2, 4."),
        ("dvs_layer.origin.y", 128, "leave nothing of the sensor"),
    ],
)
def test_a_value_of_the_chip_out_of_range_is_named_with_its_limit(
    path: str, value: int, complaint: str
) -> None:
    configuration = new_2f()
    set_path(configuration, path, value)

    assert complaint in problems(configuration)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("threshold_high", 32767),
        ("threshold_low", -32768),
        ("output_decimator_interval", 7),
    ],
)
def test_the_ends_of_a_range_are_in_it(path: str, value: int) -> None:
    configuration = new_2f()
    set_path(configuration.cnn_layers[0], path, value)

    assert problems(configuration) == ""


@pytest.mark.parametrize(
    ("member", "value", "complaint"),
    [
        ("weights", [[[[1, 1]]]], "weights has the shape (1, 1, 1, 2); the dimensions ask for"),
        ("biases", [1, 2], "biases has the shape (2,); the dimensions ask for (1,)."),
        ("biases", [], "biases has the shape (0,); the dimensions ask for (1,)."),
        ("neurons_initial_value", [[[1], [2]]], "neurons_initial_value has the shape (1, 2, 1)"),
    ],
)
def test_tensors_have_to_go_with_the_dimensions(member: str, value: Any, complaint: str) -> None:
    configuration = new_2f()
    setattr(configuration.cnn_layers[4], member, value)

    assert problems(configuration).startswith(f"Core 4: {complaint}")


@pytest.mark.parametrize(
    ("index", "inputs", "outputs", "kernel", "complaint"),
    [
        (0, (1, 64, 64), (17, 64, 64), 1, "69632 words of neuron memory; this core has 65536."),
        (3, (1, 64, 64), (9, 64, 64), 1, "36864 words of neuron memory; this core has 32768."),
        (8, (1, 64, 64), (5, 64, 64), 1, "20480 words of neuron memory; this core has 16384."),
        (8, (1, 48, 33), (5, 48, 33), 1, "20480 words of neuron memory; this core has 16384."),
        (2, (33, 3, 3), (32, 1, 1), 3, "16896 words of kernel memory; this core has 16384."),
        (2, (17, 3, 3), (33, 1, 1), 3, "17408 words of kernel memory; this core has 16384."),
    ],
)
def test_a_layer_has_to_fit_its_cores_memories(
    index: int,
    inputs: tuple[int, int, int],
    outputs: tuple[int, int, int],
    kernel: int,
    complaint: str,
) -> None:
    configuration = new_2f()
    shape_core(configuration.cnn_layers[index], inputs=inputs, outputs=outputs, kernel=kernel)

    assert problems(configuration) == f"Core {index}: needs {complaint}"


@pytest.mark.parametrize(
    ("index", "inputs", "outputs", "kernel"),
    [
        (0, (1, 64, 64), (16, 64, 64), 1),
        (8, (1, 32, 32), (16, 32, 32), 1),
        (2, (32, 3, 3), (32, 1, 1), 3),
        (5, (1, 1, 1), (1024, 1, 1), 1),
    ],
)
def test_a_layer_may_fill_its_cores_memories(
    index: int, inputs: tuple[int, int, int], outputs: tuple[int, int, int], kernel: int
) -> None:
    configuration = new_2f()
    shape_core(configuration.cnn_layers[index], inputs=inputs, outputs=outputs, kernel=kernel)

    assert problems(configuration) == ""


def test_an_enabled_destination_takes_what_is_delivered_after_pooling() -> None:
    configuration = new_2f()
    producer, consumer = configuration.cnn_layers[0], configuration.cnn_layers[1]
    shape_core(producer, inputs=(1, 31, 20), outputs=(1, 31, 20))
    shape_core(consumer, inputs=(3, 15, 10), outputs=(1, 15, 10))
    destination = producer.destinations[1]
    destination.layer, destination.enable, destination.pooling = 1, True, 2
    assert problems(configuration) == "", "an odd row is pooled away"

    destination.pooling = 1
    assert problems(configuration) == (
        "Core 0: destinations[1]: input and target shape do not match: it delivers maps of "
        "x 31, y 20, and core 1 takes maps of x 15, y 10."
    )
    destination.enable = False
    assert problems(configuration) == ""


@pytest.mark.parametrize(
    ("member", "value", "complaint"),
    [
        ("layer", 9, "Core 2: destinations[0].layer is 9; it must be a core, 0..8, or 12, the r"),
        ("layer", 13, "Core 2: destinations[0].layer is 13; it must be a core"),
        ("pooling", 8, "Core 2: destinations[0].pooling is 8; it must be one of 1, 2, 4."),
        ("pooling", 0, "Core 2: destinations[0].pooling is 0; it must be one of 1, 2, 4."),
    ],
)
def test_nonsense_in_a_destination_matters_only_once_it_is_enabled(
    member: str, value: int, complaint: str
) -> None:
    configuration = new_2f()
    destination = configuration.cnn_layers[2].destinations[0]
    setattr(destination, member, value)
    assert problems(configuration) == ""

    destination.enable = True
    assert problems(configuration).startswith(complaint)


def test_a_2e_t_has_no_core_5() -> None:
    configuration: Any = speck2e.configuration.SpeckConfigurationT()
    configuration.dvs_layer.destinations[0].layer = 5
    configuration.dvs_layer.destinations[0].enable = True

    valid, message = speck2e.validate_configuration_t(configuration)

    assert not valid
    assert "layer is 5; it must be a core, 0..4, or 12" in message


def test_rings_doubles_shifts_and_any_readout_are_fine() -> None:
    configuration = new_2f()
    cores = configuration.cnn_layers
    for core, targets in ((2, (4, 4)), (4, (2, 12)), (5, (5, 12))):
        for number, target in enumerate(targets):
            destination = cores[core].destinations[number]
            destination.layer, destination.enable = target, True
            destination.feature_shift = 1023
    cores[3].biases = [-5]

    assert problems(configuration) == ""


def test_the_sensor_enabled_towards_a_core_as_it_comes_is_refused() -> None:
    configuration = new_2f()
    configuration.dvs_layer.destinations[0].enable = True

    message = problems(configuration)

    assert "dvs_layer.destinations[0]: input and target shape do not match" in message
    assert "delivers maps of x 128, y 128, and core 0 takes maps of x 1, y 1." in message


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, (128, 128)),
        ({"cut": {"x": 102, "y": 79}, "origin": {"x": 23, "y": 0}}, (80, 80)),
        ({"pooling": {"x": 2, "y": 4}}, (64, 32)),
        ({"pooling": {"x": 2, "y": 2}, "cut": {"x": 63, "y": 30}}, (64, 31)),
        ({"cut": {"x": 9, "y": 19}}, (10, 20)),
        ({"cut": {"x": 9, "y": 19}, "mirror_diagonal": True}, (20, 10)),
        ({"cut": {"x": 5, "y": 5}, "origin": {"x": 5, "y": 5}}, (1, 1)),
    ],
)
def test_the_sensors_maps_come_from_pooling_then_region_then_mirror(
    settings: dict[str, object], size: tuple[int, int]
) -> None:
    configuration = new_2f()
    for name, value in settings.items():
        setattr(configuration.dvs_layer, name, value)
    destination = configuration.dvs_layer.destinations[1]
    destination.layer, destination.enable = 6, True
    taken = configuration.cnn_layers[6].dimensions.input_shape.size
    taken.x, taken.y = size
    assert "do not match" not in problems(configuration)

    taken.x = size[0] % 128 + 1
    assert f"delivers maps of x {size[0]}, y {size[1]}" in problems(configuration)


@pytest.mark.parametrize(
    ("settings", "delivered"),
    [
        ({}, (2,)),
        ({"merge": True}, (1,)),
        ({"merge": True, "on_channel": False}, (1,)),
        ({"on_channel": False}, (1, 2)),
        ({"off_channel": False}, (1, 2)),
    ],
)
def test_a_core_behind_the_sensor_takes_the_polarities_that_come(
    settings: dict[str, bool], delivered: tuple[int, ...]
) -> None:
    for features in (1, 2, 3):
        configuration = new_2f()
        for name, value in settings.items():
            setattr(configuration.dvs_layer, name, value)
        configuration.dvs_layer.cut = {"x": 0, "y": 0}
        destination = configuration.dvs_layer.destinations[0]
        destination.layer, destination.enable = 1, True
        shape_core(configuration.cnn_layers[1], inputs=(features, 1, 1), outputs=(1, 1, 1))
        expected = f"core 1 takes {features} features, and the DVS delivers"
        assert (expected in problems(configuration)) == (features not in delivered)


def test_the_sensor_may_feed_the_readout() -> None:
    configuration = new_2f()
    destination = configuration.dvs_layer.destinations[0]
    destination.layer, destination.enable = 12, True

    assert problems(configuration) == ""


def test_every_problem_gets_its_sentence() -> None:
    configuration, messages = new_2f(), []
    for path, value in (
        ("cnn_layers.1.threshold_low", 0),
        ("cnn_layers.7.biases", [1, 2, 3]),
        ("dvs_layer.pooling.x", 3),
        ("factory_config.internal_slow_clk_divider", 3),
    ):
        alone = new_2f()
        for each in (configuration, alone):
            set_path(each, path, value)
        messages.append(problems(alone))

    assert all(messages)
    assert problems(configuration) == " ".join(messages)


@pytest.mark.parametrize(
    ("monitors", "named"),
    [
        ([], ""),
        (["dvs_layer.monitor_enable"], ""),
        (["cnn_layers.3.monitor_enable"], ""),
        (
            ["dvs_layer.raw_monitor_enable", "dvs_layer.monitor_enable"],
            "dvs_layer.raw_monitor_enable, dvs_layer.monitor_enable;",
        ),
        (
            ["dvs_layer.monitor_enable", "cnn_layers.8.monitor_enable"],
            "dvs_layer.monitor_enable, cnn_layers[8].monitor_enable;",
        ),
        (
            ["cnn_layers.0.monitor_enable", "cnn_layers.1.monitor_enable"],
            "cnn_layers[0].monitor_enable, cnn_layers[1].monitor_enable;",
        ),
    ],
)
def test_fast_output_of_a_2e_leaves_room_for_one_monitor(monitors: list[str], named: str) -> None:
    for chip in _CHIPS:
        configuration = chip.configuration.SpeckConfiguration()
        for monitor in monitors:
            set_path(configuration, monitor, value=True)
        assert problems(configuration, chip) == ""
        configuration.factory_config.fast_output = True
        message = problems(configuration, chip)
        assert bool(message) == (named != "" and chip is speck2e)
        assert not message or named in message


def test_the_vendors_own_configuration_is_read_by_attribute() -> None:
    def vec2(x: int, y: int) -> SimpleNamespace:
        return SimpleNamespace(x=x, y=y)

    def shape() -> SimpleNamespace:
        return SimpleNamespace(feature_count=1, size=vec2(1, 1))

    core = SimpleNamespace(
        dimensions=SimpleNamespace(
            padding=vec2(0, 0),
            stride=vec2(1, 1),
            kernel_size=1,
            input_shape=shape(),
            output_shape=shape(),
        ),
        destinations=[SimpleNamespace(enable=False, layer=0, pooling=1)] * 2,
        threshold_high=40_000,
        threshold_low=-1,
        monitor_enable=False,
        output_decimator_interval=0,
        weights=[[[[0]]]],
        biases=[0],
        neurons_initial_value=[[[0]]],
    )
    configuration: Any = SimpleNamespace(
        cnn_layers=[core] * 9,
        dvs_layer=SimpleNamespace(
            merge=False,
            mirror_diagonal=False,
            on_channel=True,
            off_channel=True,
            pooling=vec2(1, 1),
            origin=vec2(0, 0),
            cut=vec2(127, 127),
            monitor_enable=False,
            raw_monitor_enable=False,
            destinations=[],
        ),
        readout=SimpleNamespace(
            output_mode_sel=0, output_neuron_num=0, readout_configuration_sel=0
        ),
        dvs_filter=SimpleNamespace(filter_size=vec2(1, 1)),
        factory_config=SimpleNamespace(internal_slow_clk_divider=17),
    )

    valid, message = validate_configuration(
        configuration, _MEMORIES, fast_output_limits_monitors=True
    )

    assert not valid
    assert message.count("threshold_high is 40000; it must lie in 0..32767.") == 9
    core.threshold_high = 1
    assert validate_configuration(configuration, _MEMORIES) == (True, "")


@pytest.mark.parametrize("chip", _CHIPS)
def test_only_the_chips_own_configuration_is_taken(chip: ModuleType) -> None:
    (other,) = (module for module in _CHIPS if module is not chip)
    strangers: list[object] = [other.configuration.SpeckConfiguration(), {}, None]
    for stranger in strangers:
        for function in (chip.validate_configuration, chip.configuration_to_flash_binary):
            with pytest.raises(TypeError, match=rf"{function.__name__}\(\) takes a samna.speck2"):
                function(stranger)


@pytest.mark.parametrize("chip", _CHIPS)
def test_the_flash_format_is_refused_and_not_guessed(chip: ModuleType) -> None:
    with pytest.raises(NotEmulatedError, match="format is not published"):
        chip.configuration_to_flash_binary(chip.configuration.SpeckConfiguration())
