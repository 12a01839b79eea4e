"""Asking for things in an order in which they cannot be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from torch import nn

import speckhal
from speckhal import (
    ClockDrive,
    ConfigurationError,
    DeviceClosed,
    DeviceFailed,
    LayerNotFound,
    NetworkError,
)
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call, Raises

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Device, NeuronProbe

    MakeNetwork = Callable[..., nn.Sequential]

SHAPE = (1, 2, 2)


def _deploy(device: Device, make_network: MakeNetwork) -> None:
    leak = device.leak_config(drive=ClockDrive.STEPPED)
    device.deploy(make_network(), input_shape=SHAPE, leak=leak)


PROBE_USES: dict[str, Callable[[NeuronProbe], object]] = {
    "read": lambda probe: probe.read(),
    "write": lambda probe: probe.write(np.zeros(SHAPE, dtype=np.int16)),
    "read biases": lambda probe: probe.read_biases(),
    "write biases": lambda probe: probe.write_biases([1]),
}


@pytest.mark.parametrize("use", PROBE_USES)
def test_a_probe_is_good_for_one_deployment_only(
    mock: Device, make_network: MakeNetwork, use: str
) -> None:
    _deploy(mock, make_network)
    old = mock.probe()
    PROBE_USES[use](old)
    _deploy(mock, make_network)

    with pytest.raises(LayerNotFound, match="Another network was deployed since") as refusal:
        PROBE_USES[use](old)

    assert "device.probe(0)" in str(refusal.value)
    assert (mock.probe().read().v_mem == 127).all()
    assert mock.probe().read_biases().tolist() == [-13]


@pytest.mark.parametrize("use", PROBE_USES)
def test_a_probe_is_good_for_nothing_after_a_deployment_that_failed(
    mock: Device, make_network: MakeNetwork, use: str
) -> None:
    _deploy(mock, make_network)
    old = mock.probe()
    current_bus().faults.arm(Raises(Call.APPLY_CONFIGURATION, RuntimeError("usb")))
    with pytest.raises(DeviceFailed):
        _deploy(mock, make_network)

    with pytest.raises(LayerNotFound, match="no longer deployed"):
        PROBE_USES[use](old)


def test_a_deployment_that_is_refused_leaves_the_one_before_as_it_is(
    mock: Device, make_network: MakeNetwork
) -> None:
    _deploy(mock, make_network)
    old = mock.probe()
    with pytest.raises(NetworkError):
        mock.deploy("snn", input_shape=SHAPE)

    assert (old.read().v_mem == 127).all()


@pytest.mark.parametrize("use", PROBE_USES)
def test_a_probe_of_a_closed_device_says_that_it_is_closed(
    mock: Device, make_network: MakeNetwork, use: str
) -> None:
    _deploy(mock, make_network)
    probe = mock.probe()
    mock.close()

    with pytest.raises(DeviceClosed, match="it is closed"):
        PROBE_USES[use](probe)


DEVICE_USES: dict[str, Callable[[Device, MakeNetwork], object]] = {
    "with": lambda device, _: device.__enter__(),
    "deploy": _deploy,
    "deploy nonsense": lambda device, _: device.deploy("snn", input_shape=SHAPE),
    "probe": lambda device, _: device.probe(),
    "start": lambda device, _: device.start_slow_clock(),
    "stop": lambda device, _: device.stop_slow_clock(),
    "tick": lambda device, _: device.tick(),
    "reset": lambda device, _: device.reset_states(),
}


@pytest.mark.parametrize("deployed", [True, False])
@pytest.mark.parametrize("use", DEVICE_USES)
def test_a_closed_device_says_that_it_is_closed_and_what_would_work(
    mock: Device, make_network: MakeNetwork, use: str, *, deployed: bool
) -> None:
    if deployed:
        _deploy(mock, make_network)
    mock.close()

    with pytest.raises(DeviceClosed, match="it is closed") as refusal:
        DEVICE_USES[use](mock, make_network)

    assert refusal.value.hint == "Open it again."
    mock.close()


def test_a_closed_device_cannot_be_entered_with_with() -> None:
    device = speckhal.open_device("mock")
    device.close()

    with pytest.raises(DeviceClosed), device:
        pytest.fail("the block must not be entered")


@pytest.mark.parametrize("use", ["start", "tick"])
def test_without_a_network_nothing_can_tick(
    mock: Device, make_network: MakeNetwork, use: str
) -> None:
    with pytest.raises(ConfigurationError, match="no network is deployed") as refusal:
        DEVICE_USES[use](mock, make_network)
    assert "deploy()" in str(refusal.value)


@pytest.mark.parametrize("use", ["start", "tick"])
def test_after_a_deployment_that_failed_nothing_can_tick(
    mock: Device, make_network: MakeNetwork, use: str
) -> None:
    leak = mock.leak_config(rate_hz=10)
    mock.deploy(make_network(), input_shape=SHAPE, leak=leak)
    current_bus().faults.arm(Raises(Call.APPLY_CONFIGURATION, RuntimeError("usb")))
    with pytest.raises(DeviceFailed):
        mock.deploy(make_network(), input_shape=SHAPE, leak=leak)

    with pytest.raises(ConfigurationError, match="no network is deployed"):
        DEVICE_USES[use](mock, make_network)


def test_states_can_be_reset_and_the_clock_stopped_at_any_time(mock: Device) -> None:
    mock.reset_states()
    mock.stop_slow_clock()


@pytest.mark.parametrize("leak", [5, 1.5, "external", True, ClockDrive.EXTERNAL])
def test_what_is_no_leak_configuration_is_refused(
    mock: Device, make_network: MakeNetwork, leak: Any
) -> None:
    with pytest.raises(ConfigurationError, match="no leak configuration") as refusal:
        mock.deploy(make_network(), input_shape=SHAPE, leak=leak)
    assert "leak_config(rate_hz=" in str(refusal.value)


def test_a_leak_configuration_of_another_chip_is_refused(
    mock: Device, make_network: MakeNetwork
) -> None:
    with speckhal.open_device("mock:speck2e") as other:
        leak = other.leak_config(rate_hz=1)

    with pytest.raises(ConfigurationError, match=r"chip='speck2e'.* no leak configuration of a sp"):
        mock.deploy(make_network(), input_shape=SHAPE, leak=leak)


def test_a_network_without_spiking_layers_is_refused(mock: Device) -> None:
    for network in (nn.Sequential(nn.Conv2d(1, 1, 1)), nn.Sequential(nn.Flatten())):
        with pytest.raises(NetworkError, match="no spiking layer") as refusal:
            mock.deploy(network, input_shape=SHAPE)
        assert "IAFSqueeze" in str(refusal.value)


def test_more_ticks_than_a_board_makes_in_an_hour_are_refused(
    mock: Device, make_network: Callable[..., nn.Module]
) -> None:
    leak = mock.leak_config(drive=ClockDrive.STEPPED)
    mock.deploy(make_network(), input_shape=(1, 2, 2), leak=leak)
    for count in (1_000_001, 10**30):
        with pytest.raises(ConfigurationError, match="at most 1,000,000 are made at once"):
            mock.tick(count)
