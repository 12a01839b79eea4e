"""A device over its whole life, on the emulated boards of both chips."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import speckhal
from placed_once import placed_once
from python_process import run_python
from speckhal import ClockDrive, ConfigurationError, DeviceBusy, DeviceClosed, LayerNotFound
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from speckhal import Device

    MakeNetwork = Callable[..., nn.Module]

SHAPE = (1, 2, 2)
TARGETS = ["mock", "mock:speck2e", "mock:speck2fdevkit", "mock:speck2etestboard", "mock:speck2f:1"]


def _leak(device: Device, network: object, *, rate_hz: int = 1) -> None:
    device.deploy(network, input_shape=SHAPE, leak=device.leak_config(rate_hz=rate_hz))


def _step(device: Device, network: object) -> None:
    leak = device.leak_config(drive=ClockDrive.STEPPED)
    with placed_once():  # who steps asks what ticks do
        device.deploy(network, input_shape=SHAPE, leak=leak)


def _v_mem(device: Device) -> int:
    (value,) = set(device.probe().read().v_mem.ravel().tolist())
    return int(value)


def _clock_is_running(device: Any) -> bool:
    return any(
        board.slow_clock_running for board in current_bus().boards if board.clock is device.clock
    )


@pytest.mark.parametrize("target", TARGETS)
def test_the_leak_experiment_is_the_same_on_every_board(
    target: str, make_network: MakeNetwork
) -> None:
    with speckhal.open_device(target) as device:
        _leak(device, make_network())
        trace = speckhal.measure_leak(device, every_s=0.5, for_s=3)

    assert trace.v_mem[:, 0, 0, 0].tolist() == [127, 127, 114, 114, 101, 101, 88]
    assert (trace.v_mem == trace.v_mem[:, :1, :1, :1]).all()


def test_rate_first_starts_at_127_and_not_at_101(mock: Device, make_network: MakeNetwork) -> None:
    _leak(mock, make_network())
    mock.start_slow_clock()

    assert _v_mem(mock) == 127


def test_leak_stops_exactly_at_the_lower_threshold(mock: Device, make_network: MakeNetwork) -> None:
    _step(mock, make_network())

    mock.tick(19)
    assert _v_mem(mock) == -120
    mock.tick()
    assert _v_mem(mock) == -127
    mock.tick()
    assert _v_mem(mock) == -127


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)
@given(first=st.integers(0, 30), second=st.integers(0, 30))
def test_ticks_add_up(mock: Device, make_network: MakeNetwork, first: int, second: int) -> None:
    network = make_network()
    _step(mock, network)
    mock.tick(first)
    mock.tick(second)
    apart = _v_mem(mock)

    _step(mock, network)
    mock.tick(first + second)

    assert _v_mem(mock) == apart


@pytest.mark.parametrize(
    ("weight", "bias", "threshold", "step"),
    [
        (0.05, -0.01, 2540, -25),
        (0.01, -0.005, 12700, -64),
        (0.5, -0.1, 254, -25),
        (1.0, -2.0, 64, -127),
    ],
)
def test_all_laws_hold_at_other_scales_than_127(
    mock: Device,
    make_network: MakeNetwork,
    *,
    weight: float,
    bias: float,
    threshold: int,
    step: int,
) -> None:
    network = make_network(weight=weight, bias=(bias,))
    leak = mock.leak_config(drive=ClockDrive.STEPPED)
    layer = mock.deploy(network, input_shape=SHAPE, leak=leak).layer(0)

    assert (layer.threshold_high, layer.threshold_low) == (threshold, -threshold)
    assert layer.biases.tolist() == [step]
    assert layer.leak_per_tick == pytest.approx([-step / threshold])
    assert layer.rounding_error == pytest.approx([step / (bias * threshold) - 1], abs=1e-6)
    trace = speckhal.measure_leak(mock, ticks=5)
    assert trace.v_mem[:, 0, 0, 0].tolist() == [
        max(threshold + made * step, -threshold) for made in range(6)
    ]
    assert speckhal.judge(trace, layer).agrees
    mock.tick(2 * threshold // -step)
    assert _v_mem(mock) == -threshold


def test_with_the_clock_off_nothing_ever_changes(mock: Device, make_network: MakeNetwork) -> None:
    _leak(mock, make_network())

    mock.clock.sleep_s(1e6)

    assert _v_mem(mock) == 127


def test_a_stopped_clock_freezes_the_leak(mock: Device, make_network: MakeNetwork) -> None:
    _leak(mock, make_network())
    mock.start_slow_clock()
    mock.clock.sleep_s(3)
    mock.stop_slow_clock()
    frozen = _v_mem(mock)

    mock.clock.sleep_s(100)

    assert _v_mem(mock) == frozen == 127 - 3 * 13


def test_deploying_again_starts_again_with_the_clock_off(
    mock: Device, make_network: MakeNetwork
) -> None:
    _leak(mock, make_network())
    mock.start_slow_clock()
    mock.clock.sleep_s(5)

    _leak(mock, make_network())
    mock.clock.sleep_s(5)

    assert _v_mem(mock) == 127


def test_ticks_are_counted_until_the_clock_runs_by_itself(
    mock: Device, make_network: MakeNetwork
) -> None:
    _leak(mock, make_network())
    mock.tick(3)
    assert mock.probe().read().ticks == 3

    mock.start_slow_clock()
    assert mock.probe().read().ticks is None


def test_channels_leak_each_by_its_own_bias(mock: Device, make_network: MakeNetwork) -> None:
    network = make_network(bias=(-0.1, -0.5, 0.0), v_mem=0.9)
    deployed = mock.deploy(
        network, input_shape=SHAPE, leak=mock.leak_config(drive=ClockDrive.STEPPED)
    )

    mock.tick(2)

    v_mem = mock.probe().read().v_mem
    assert deployed.layer(0).biases.tolist() == [-13, -64, 0]
    assert v_mem[:, 0, 0].tolist() == [114 - 26, 114 - 128, 114]


def test_a_positive_bias_fires_and_resets(mock: Device, make_network: MakeNetwork) -> None:
    network = make_network(bias=(0.5,), v_mem=0.0)
    _step(mock, network)
    seen = []
    for _ in range(4):
        mock.tick()
        seen.append(_v_mem(mock))

    assert seen == [64, 1, 65, 2]  # 128 and 129 pass the threshold of 127, which is subtracted


@pytest.mark.parametrize("count", [-1, 1.5, True])
def test_only_a_whole_number_of_ticks_can_be_made(
    mock: Device, make_network: MakeNetwork, count: int
) -> None:
    _step(mock, make_network())
    with pytest.raises(ConfigurationError, match="whole number of ticks"):
        mock.tick(count)


def test_single_ticks_are_refused_while_the_clock_runs(
    mock: Device, make_network: MakeNetwork
) -> None:
    _leak(mock, make_network())
    mock.start_slow_clock()
    with pytest.raises(ConfigurationError, match="while the slow clock is running"):
        mock.tick()


def test_a_clock_without_a_rate_is_not_started(mock: Device, make_network: MakeNetwork) -> None:
    _step(mock, make_network())
    with pytest.raises(ConfigurationError, match="without one that runs by itself"):
        mock.start_slow_clock()
    assert not _clock_is_running(mock)


def test_nothing_can_be_read_before_deploying(mock: Device) -> None:
    with pytest.raises(LayerNotFound, match="no network is deployed"):
        mock.probe()


def test_a_layer_that_does_not_exist_is_refused(mock: Device, make_network: MakeNetwork) -> None:
    _leak(mock, make_network())
    with pytest.raises(LayerNotFound, match="Asked for layer 3") as refusal:
        mock.probe(3)
    assert "Its layers are: 0." in str(refusal.value)


def test_an_open_board_cannot_be_opened_again_until_it_is_closed(mock: Device) -> None:
    for name in ("mock", "mock:speck2f", "mock:speck2fmodule:0"):
        with pytest.raises(DeviceBusy, match="it is open already"):
            speckhal.open_device(name)

    mock.close()
    with speckhal.open_device("mock") as again:
        assert again.info.board == "Speck2fModuleDevKit"


def test_a_failed_second_open_leaves_the_first_one_alone(
    mock: Device, make_network: MakeNetwork
) -> None:
    _leak(mock, make_network())
    with pytest.raises(DeviceBusy):
        speckhal.open_device("mock")

    assert _v_mem(mock) == 127


def test_several_boards_are_open_side_by_side(make_network: MakeNetwork) -> None:
    names = ("mock:speck2f:0", "mock:speck2f:2", "mock:speck2e")
    devices = [speckhal.open_device(name) for name in names]
    for device in devices:
        _step(device, make_network())
    devices[1].tick(2)

    assert [_v_mem(device) for device in devices] == [127, 101, 127]
    for device in devices:
        device.close()
    assert not [board for board in current_bus().boards if current_bus().is_open(board)]


def test_everything_is_refused_after_close_except_closing(
    mock: Device, make_network: MakeNetwork
) -> None:
    _leak(mock, make_network())
    read = mock.probe().read
    mock.close()
    mock.close()

    for use in (mock.start_slow_clock, mock.stop_slow_clock, mock.tick, mock.probe, read):
        with pytest.raises(DeviceClosed, match="it is closed"):
            use()
    with pytest.raises(DeviceClosed):
        _leak(mock, make_network())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_a_block_the_clock_is_off_and_the_board_closed(
    make_network: MakeNetwork, error: type[BaseException]
) -> None:
    boards = []
    with pytest.raises(error), speckhal.open_device("mock") as device:
        boards += [board for board in current_bus().boards if board.clock is device.clock]
        _leak(device, make_network())
        device.start_slow_clock()
        assert boards[0].slow_clock_running
        raise error

    assert not boards[0].slow_clock_running
    assert boards[0] not in current_bus().boards
    with speckhal.open_device("mock"):
        pass


def test_a_forgotten_device_is_closed_when_nothing_refers_to_it(make_network: MakeNetwork) -> None:
    device = speckhal.open_device("mock")
    _leak(device, make_network())
    device.start_slow_clock()
    del device
    gc.collect()

    with speckhal.open_device("mock"):
        pass


def test_a_device_left_open_at_the_end_of_a_script_is_closed() -> None:
    script = (
        "import speckhal\n"
        "from speckhal_mock.emulation.board import EmulatedBoard\n"
        "close = EmulatedBoard.close\n"
        "EmulatedBoard.close = lambda board: (print('closed'), close(board))[1]\n"
        "device = speckhal.open_device('mock')\n"
    )
    done = run_python("-c", script)
    assert (done.stdout, done.stderr) == ("closed\n", "")


def test_an_unknown_board_is_refused_with_the_known_ones() -> None:
    with pytest.raises(speckhal.DeviceNotFound, match="Asked for board 'speck3'") as refusal:
        speckhal.open_device("mock:speck3")
    assert "speck2edevkit" in str(refusal.value)


def test_the_device_says_that_it_is_emulated(mock: Device) -> None:
    assert mock.info.emulated
    assert (mock.info.backend, mock.info.chip.name) == ("mock", "speck2f")
    assert mock.clock.is_virtual


def test_a_neuron_at_threshold_does_not_fire_by_itself(
    mock: Device, make_network: MakeNetwork
) -> None:
    _leak(mock, make_network())
    assert (mock.probe().read().v_mem == np.int16(127)).all()
