from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock import samna
from speckhal_mock.emulation.core import Destination
from speckhal_mock.sdk.core_configs import core_configs

if TYPE_CHECKING:
    from speckhal_mock.sdk.configurations import SpeckConfiguration

SIZES = st.integers(1, 4)


def shape(channels: int, height: int, width: int) -> SimpleNamespace:
    return SimpleNamespace(feature_count=channels, size=SimpleNamespace(x=width, y=height))


def dimensions(inputs: tuple[int, int, int], out: tuple[int, int, int]) -> SimpleNamespace:
    one, none = SimpleNamespace(x=1, y=1), SimpleNamespace(x=0, y=0)
    return SimpleNamespace(
        input_shape=shape(*inputs), output_shape=shape(*out), stride=one, padding=none
    )


def foreign(**members: object) -> SpeckConfiguration:
    """A configuration of one core that is none of the emulation's classes."""
    core = SimpleNamespace(
        dimensions=dimensions((1, 1, 1), (1, 1, 1)),
        destinations=[],
        biases=[],
        weights=[],
        neurons_initial_value=[],
        threshold_high=0,
        threshold_low=-1,
        return_to_zero=False,
        leak_enable=False,
        leak_internal_slow_clk_enable=False,
        monitor_enable=False,
    )
    vars(core).update(members)
    return cast("SpeckConfiguration", SimpleNamespace(cnn_layers=[core]))


@given(SIZES, SIZES, SIZES, SIZES, SIZES, SIZES)
def test_x_comes_before_y_in_the_vendors_tensors(
    inputs: int, channels: int, height: int, width: int, kernel_height: int, kernel_width: int
) -> None:
    v_mem = np.arange(channels * height * width).reshape(channels, height, width)
    words = np.arange(channels * inputs * kernel_height * kernel_width) % 128
    weights = words.reshape(channels, inputs, kernel_height, kernel_width)

    (core,) = core_configs(
        foreign(
            dimensions=dimensions((inputs, height, width), (channels, height, width)),
            biases=list(range(channels)),
            neurons_initial_value=[
                [[v_mem[c, y, x] for y in range(height)] for x in range(width)]
                for c in range(channels)
            ],
            weights=np.transpose(weights, (0, 1, 3, 2)).tolist(),
        )
    )

    assert core.shape == (channels, height, width)
    np.testing.assert_array_equal(core.initial_v_mem, v_mem)
    np.testing.assert_array_equal(core.weights, weights)
    np.testing.assert_array_equal(core.biases, range(channels))


def test_what_nobody_wrote_is_zero() -> None:
    (core,) = core_configs(foreign(dimensions=dimensions((2, 1, 1), (3, 4, 5))))

    assert core.shape == core.initial_v_mem.shape == (3, 4, 5)
    assert core.weights.shape == (3, 2, 1, 1)
    assert core.biases.tolist() == [0, 0, 0]
    assert not core.initial_v_mem.any()


def test_only_enabled_destinations_count() -> None:
    (core,) = core_configs(
        foreign(
            destinations=[
                SimpleNamespace(enable=False, layer=3, pooling=1, feature_shift=0),
                SimpleNamespace(enable=True, layer=12, pooling=2, feature_shift=5),
            ]
        )
    )

    assert core.destinations == (Destination(12, pooling=2, feature_shift=5),)


def test_geometry_arrives_with_y_before_x() -> None:
    given = dimensions((2, 8, 9), (3, 4, 5))
    given.stride, given.padding = SimpleNamespace(x=2, y=4), SimpleNamespace(x=1, y=3)
    (core,) = core_configs(foreign(dimensions=given))

    assert (core.input_shape, core.stride, core.padding) == ((2, 8, 9), (4, 2), (3, 1))


@pytest.mark.parametrize(
    ("code", "table", "prose"),
    [
        *((code, one_of, one_of) for code, one_of in enumerate((2, 4, 8, 16, 32))),
        *((5, 128, 64), (6, 256, 128), (7, 512, 256)),
    ],
)
def test_the_decimators_code_is_that_of_the_vendors_table_or_of_its_prose(
    code: int, table: int, prose: int
) -> None:
    (off,) = core_configs(foreign(output_decimator_interval=code))
    given = foreign(output_decimator_interval=code, output_decimator_enable=True)
    (by_default,) = core_configs(given)
    (by_prose,) = core_configs(given, "prose")

    assert off.passes_one_spike_of == 1
    assert (by_default.passes_one_spike_of, by_prose.passes_one_spike_of) == (table, prose)


@pytest.mark.parametrize(
    ("member", "value", "field"),
    [
        ("threshold_high", 99, "threshold_high"),
        ("threshold_low", -99, "threshold_low"),
        ("return_to_zero", True, "return_to_zero"),
        ("leak_enable", True, "leak_enable"),
        ("leak_internal_slow_clk_enable", True, "leak_internal"),
        ("monitor_enable", True, "monitor_enable"),
        ("input_congestion_balancer_enable", True, "drops_when_congested"),
    ],
)
def test_each_setting_arrives_where_it_belongs(member: str, value: object, field: str) -> None:
    (plain,) = core_configs(foreign())
    (core,) = core_configs(foreign(**{member: value}))

    assert getattr(core, field) == value
    assert getattr(plain, field) != value


def test_a_core_nobody_wrote_to_is_one_silent_neuron() -> None:
    cores = core_configs(samna.speck2f.configuration.SpeckConfiguration())

    assert len(cores) == 9
    assert {core.shape for core in cores} == {(1, 1, 1)}
    assert not any(core.leak_enable or core.monitor_enable or core.destinations for core in cores)


def test_arrays_are_copies() -> None:
    configuration = samna.speck2f.configuration.SpeckConfiguration()
    (core, *_) = core_configs(configuration)
    core.biases[0] = 5

    assert configuration.cnn_layers[0].biases == [0]
