from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.deployment import DeployedLayer, Deployment
from speckhal.contract.errors import LayerNotFound

int16 = st.integers(-32768, 32767)


def layer(
    biases: list[int],
    *,
    wanted: list[float] | None = None,
    index: int = 0,
    scale: float = 127.0,
    threshold_high: int = 127,
    rate_hz: int | None = None,
) -> DeployedLayer:
    return DeployedLayer(
        index=index,
        core=5,
        shape=(len(biases), 2, 3),
        scale=scale,
        biases=np.array(biases, np.int16),
        wanted_biases=np.array(biases if wanted is None else wanted, np.float64),
        threshold_high=threshold_high,
        threshold_low=-threshold_high,
        leak_enable=True,
        rate_hz=rate_hz,
    )


@given(st.lists(int16, min_size=1), st.integers(1, 32767))
def test_a_leak_is_what_the_biases_take_away_in_thresholds(
    biases: list[int], threshold_high: int
) -> None:
    leak = layer(biases, threshold_high=threshold_high).leak_per_tick
    assert leak.tolist() == [-bias / threshold_high for bias in biases]


@given(st.lists(int16, min_size=1), st.integers(1, 100_000))
def test_a_second_takes_as_many_ticks_as_the_clock_has(biases: list[int], rate_hz: int) -> None:
    ticking = layer(biases, rate_hz=rate_hz)
    assert ticking.leak_per_s is not None
    np.testing.assert_allclose(ticking.leak_per_s, ticking.leak_per_tick * rate_hz)


def test_a_clock_without_a_rate_has_no_leak_per_second() -> None:
    assert layer([-13]).leak_per_s is None


def test_the_leak_tutorials_layer_leaks_a_little_more_than_asked() -> None:
    tutorial = layer([-13], wanted=[-0.1], rate_hz=1)
    assert tutorial.rounding_error.tolist() == pytest.approx([13 / 12.7 - 1])
    assert tutorial.leak_per_s is not None
    assert tutorial.leak_per_s.tolist() == pytest.approx([13 / 127])


@given(st.lists(int16.filter(bool), min_size=1), st.sampled_from([0.5, 1.0, 2.0, 128.0]))
def test_biases_that_fit_have_no_rounding_error(biases: list[int], scale: float) -> None:
    wanted = [bias / scale for bias in biases]
    assert not layer(biases, wanted=wanted, scale=scale).rounding_error.any()


def test_a_leak_that_rounds_away_is_wholly_lost_and_none_asked_is_none_lost() -> None:
    assert layer([0, 0], wanted=[-0.003, 0.0]).rounding_error.tolist() == [-1.0, 0.0]


def test_a_leak_that_needs_no_rounding_has_no_minus_before_its_zero() -> None:
    errors = layer([-1, 1, 0], wanted=[-1.0, 1.0, 0.0], scale=1).rounding_error
    assert [f"{error:.1%}" for error in errors] == ["0.0%", "0.0%", "0.0%"]


def test_a_layer_is_found_by_its_index_in_the_network() -> None:
    first, second = layer([1], index=0), layer([2], index=3)
    deployment = Deployment((first, second))
    assert deployment.layer(3) is second
    assert deployment.layer(0) is first


def test_a_truth_value_names_no_layer() -> None:
    deployment = Deployment((layer([1], index=0), layer([2], index=1)))
    for index in (True, False, np.True_):
        with pytest.raises(LayerNotFound, match=f"Asked for layer {index!r}"):
            deployment.layer(index)  # type: ignore[arg-type]  # a bool of numpy's


def test_a_layer_that_is_not_there_is_answered_with_those_that_are() -> None:
    deployment = Deployment((layer([1], index=0), layer([2], index=3)))
    with pytest.raises(LayerNotFound, match="Asked for layer 1") as caught:
        deployment.layer(1)
    assert caught.value.hint == "Its layers are: 0, 3."
