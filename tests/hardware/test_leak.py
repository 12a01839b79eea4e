"""The laws of leak on a real board: what a tick does, and how often ticks come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import speckhal
from speckhal import ClockDrive
from speckhal.discovery.opening import select

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from speckhal import Device

    MakeNetwork = Callable[..., nn.Sequential]

pytestmark = pytest.mark.hardware

TOLERANCE = 0.01
"""Of a rate: wide for a crystal, narrow enough to show a wrong divider."""


def test_a_tick_adds_the_bias_down_to_the_lower_threshold(
    device: Device, make_network: MakeNetwork
) -> None:
    """Needs one board; steps its clock, so no timing matters."""
    shape = (2, 2, 2)
    start = np.arange(8).reshape(shape) * 10
    layer = device.deploy(
        make_network(start),
        input_shape=(1, 2, 2),
        leak=device.leak_config(drive=ClockDrive.STEPPED),
        biases={0: [-13, -40]},
    ).layer(0)
    probe = device.probe()

    for made in range(18):
        reading = probe.read()
        expected = np.maximum(
            start + made * np.array([-13, -40])[:, None, None], layer.threshold_low
        )
        assert reading.ticks == made
        assert (reading.v_mem == expected).all()
        device.tick()


def test_ticks_add_up(device: Device, make_network: MakeNetwork) -> None:
    """Needs one board."""
    device.deploy(
        make_network(np.full((1, 1, 1), 127)),
        input_shape=(1, 1, 1),
        leak=device.leak_config(drive=ClockDrive.STEPPED),
        biases={0: [-1]},
    )
    device.tick(100)
    device.tick(50)

    assert device.probe().read().v_mem.item() == 127 - 150


@pytest.mark.parametrize("rate_hz", [10, 100, 1000])
def test_an_external_clock_ticks_at_its_rate(
    device: Device, make_network: MakeNetwork, rate_hz: int
) -> None:
    """Needs one board; takes five seconds a rate."""
    start = 12_700
    device.deploy(
        make_network(np.full((1, 1, 1), 127), weight=0.01),
        input_shape=(1, 1, 1),
        leak=device.leak_config(rate_hz=rate_hz),
        biases={0: [-1]},
    )
    probe = device.probe()
    assert probe.read().v_mem.item() == start

    before_s = device.clock.now_s()
    device.start_slow_clock()
    started_s = device.clock.now_s()
    device.clock.sleep_s(5)
    stopping_s = device.clock.now_s()
    device.stop_slow_clock()
    after_s = device.clock.now_s()

    ticks = start - probe.read().v_mem.item()
    # the first tick may come at once or after a period
    assert ticks >= (stopping_s - started_s) * rate_hz * (1 - TOLERANCE) - 1
    assert ticks <= (after_s - before_s) * rate_hz * (1 + TOLERANCE) + 1


def test_the_published_experiment_agrees_with_what_was_asked(device: Device) -> None:
    """Needs one board; takes ten seconds."""
    backend, _ = select(device.info.backend)
    example = backend.example()
    layer = device.deploy(
        example.network, input_shape=example.input_shape, leak=device.leak_config(rate_hz=1)
    ).layer(0)
    trace = speckhal.measure_leak(device, every_s=0.5, for_s=10)

    assert (trace.v_mem[0] == 127).all()
    assert speckhal.judge(trace, layer).agrees
