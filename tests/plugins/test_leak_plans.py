"""Leak plans on the mock: what was promised is what is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import speckhal
from speckhal import (
    Answer,
    Capability,
    CapabilityUnsupported,
    ConfigurationError,
    InputError,
    LayerSpec,
    LeakPlan,
    OpenDevice,
    WantedLeak,
    open_device,
    plan_leak,
    select,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal import ExampleNetwork

WISH = "5% per 10 ms"


@pytest.fixture(scope="module")
def device() -> Iterator[OpenDevice]:
    with open_device("mock") as opened:
        yield opened


def network(*layers: LayerSpec) -> ExampleNetwork:
    return select("mock")[0].example(layers)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[list[LayerSpec], dict[int, WantedLeak]]:
    """One or two layers, and a leak for each channel; some fall, some rise, some do neither."""
    specs, leaks = [], {}
    for index in range(draw(st.integers(1, 2))):
        channels = draw(st.integers(1, 3))
        high, low = draw(st.integers(20, 2000)), -draw(st.integers(1, 2000))
        specs.append(LayerSpec((channels, 2, 2), threshold_high=high, threshold_low=low))
        leak = st.one_of(st.floats(0.5, 50), st.floats(-50, -0.5), st.just(0.0))
        leaks[index] = WantedLeak.thresholds(
            draw(st.lists(leak, min_size=channels, max_size=channels))
        )
    return specs, leaks


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wishes())
def test_the_leak_that_ticks_make_is_within_the_promised_error(
    device: OpenDevice, wish: tuple[list[LayerSpec], dict[int, WantedLeak]]
) -> None:
    specs, leaks = wish
    made = network(*specs)
    try:
        plan = plan_leak(made.network, leaks, input_shape=made.input_shape, on=device)
    except ConfigurationError:
        reject()
    deployment = device.deploy(made.network, input_shape=made.input_shape, plan=plan)
    for layer in deployment.layers:
        wanted = leaks[layer.index].per_s
        ends = [layer.threshold_high, layer.threshold_low]
        start = np.select([wanted > 0, wanted < 0], ends)[:, None, None]
        device.probe(layer.index).write(np.broadcast_to(start, layer.shape).astype(np.int16))
    before = [device.probe(layer.index).read().v_mem.astype(int) for layer in deployment.layers]
    device.tick(1)
    for layer, start in zip(deployment.layers, before, strict=True):
        fell = start - device.probe(layer.index).read().v_mem.astype(int)
        measured = fell[:, 0, 0] * plan.rate_hz / layer.threshold_high
        wanted = leaks[layer.index].per_s
        assert (fell == fell[:, :1, :1]).all()
        assert (np.abs(measured - wanted) <= plan.error * np.abs(wanted) + 1e-9).all()


@pytest.mark.parametrize("wish", [WISH, "tau 200 ms half-life", "0.4 units per s"])
def test_the_leak_under_the_running_clock_is_within_the_promised_error(
    device: OpenDevice, wish: str
) -> None:
    made = network(LayerSpec((2, 2, 2), (-1, -1), initial=120, threshold_low=-5000))
    plan = plan_leak(made.network, wish, input_shape=made.input_shape, on=device)
    deployment = device.deploy(made.network, input_shape=made.input_shape, plan=plan)
    for_s = 1.0
    trace = speckhal.measure_leak(device, every_s=0.1, for_s=for_s)
    assert speckhal.judge(trace, deployment.layer(0)).answer is Answer.AGREES
    fell = (trace.v_mem[0].astype(int) - trace.v_mem[-1])[:, 0, 0]
    wanted = plan.layer(0).wanted_per_s * 127 * (trace.time_s[-1] - trace.time_s[0])
    step = np.abs(plan.biases[0].astype(int))
    assert (np.abs(fell - wanted) <= plan.error * wanted + step).all()


def test_a_plan_needs_no_board_and_is_the_same_with_one(device: OpenDevice) -> None:
    made = network(LayerSpec((2, 3, 3)), LayerSpec((1, 3, 3), threshold_high=500))
    shape = made.input_shape
    without = plan_leak(made.network, WISH, input_shape=shape, on="mock")
    there = plan_leak(made.network, WISH, input_shape=shape, on=device)
    deployed = device.deploy(made.network, input_shape=shape)
    known = plan_leak(deployed, WISH, on=device)
    listed = plan_leak(list(deployed.layers), WISH, on="mock")
    assert without.as_json() == there.as_json() == known.as_json() == listed.as_json()


def test_a_deployment_holds_the_plan_as_it_was_applied(device: OpenDevice) -> None:
    made = network(LayerSpec((2, 2, 2)))
    plan = plan_leak(made.network, WISH, input_shape=made.input_shape, on=device)
    deployment = device.deploy(made.network, input_shape=made.input_shape, plan=plan)
    applied = deployment.plan
    assert isinstance(applied, LeakPlan)
    assert applied.is_applied
    assert not plan.is_applied
    assert attrs.evolve(applied, is_applied=False).as_json() == plan.as_json()
    assert deployment.layer(0).rate_hz == plan.rate_hz
    assert deployment.layer(0).biases.tolist() == plan.biases[0].tolist()
    assert device.deploy(made.network, input_shape=made.input_shape).plan is None


def test_a_plan_of_another_network_is_refused_and_changes_nothing(device: OpenDevice) -> None:
    small, other = network(LayerSpec((1, 2, 2), initial=77)), network(LayerSpec((2, 2, 2)))
    plan = plan_leak(other.network, WISH, input_shape=other.input_shape, on=device)
    device.deploy(small.network, input_shape=small.input_shape)
    with pytest.raises(speckhal.SpeckhalError):
        device.deploy(small.network, input_shape=small.input_shape, plan=plan)
    higher = network(LayerSpec((2, 2, 2), threshold_high=300))
    with pytest.raises(ConfigurationError, match=r"threshold 300 on the chip.*made for one of 127"):
        device.deploy(higher.network, input_shape=higher.input_shape, plan=plan)
    assert device.probe().read().v_mem.tolist() == [[[77, 77], [77, 77]]]


def test_a_plan_of_another_chip_is_refused(device: OpenDevice) -> None:
    made = network(LayerSpec((1, 2, 2)))
    plan = plan_leak(made.network, WISH, input_shape=made.input_shape, on="mock:speck2e")
    with pytest.raises(ConfigurationError, match="made for a speck2e"):
        device.deploy(made.network, input_shape=made.input_shape, plan=plan)


@pytest.mark.parametrize("besides", ["leak", "biases"])
def test_a_plan_comes_without_a_leak_or_biases(device: OpenDevice, besides: str) -> None:
    made = network(LayerSpec((1, 2, 2)))
    plan = plan_leak(made.network, WISH, input_shape=made.input_shape, on=device)
    leak = device.leak_config(rate_hz=10) if besides == "leak" else None
    biases = {0: [-1]} if besides == "biases" else None
    with pytest.raises(ConfigurationError, match="brings its own rate and biases"):
        device.deploy(
            made.network, input_shape=made.input_shape, plan=plan, leak=leak, biases=biases
        )


def test_a_plan_without_a_board_needs_a_backend_that_previews(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend, _ = select("mock")
    fewer = backend.capabilities - {Capability.PREVIEW}
    monkeypatch.setattr(type(backend), "capabilities", fewer)
    made = network(LayerSpec((1, 2, 2)))
    with pytest.raises(CapabilityUnsupported, match="without a board") as refused:
        plan_leak(made.network, WISH, input_shape=made.input_shape, on="mock")
    assert "open_device('mock')" in str(refused.value.hint)


def test_what_is_no_device_and_a_missing_shape_get_a_sentence() -> None:
    one = LayerSpec((1, 2, 2))
    made = network(one)
    with pytest.raises(InputError, match="without the shape"):
        plan_leak(made.network, WISH, on="mock")
    assert plan_leak(made, WISH, on="mock").error == plan_leak([one], WISH, on="mock").error
    with pytest.raises(InputError, match="neither an open device nor"):
        plan_leak(made.network, WISH, input_shape=(1, 2, 2), on=3)  # type: ignore[arg-type]
