"""What monitored layers send outside of stimulations: whose it is, when it was, and all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import speckhal
from placed_once import placed_once
from speckhal import ClockDrive, DeviceClosed, LayerNotFound, ProbeIncomplete
from speckhal.contract.spikes import SENSOR_INPUT, Spikes
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Garbles

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from desk import Desk
    from speckhal_samna.device import SamnaDevice

SHAPE = (1, 2, 3)
KITS = {"speck2e": "Speck2eDevKit", "speck2f": "Speck2fModuleDevKit"}
ROUND_US = 1 << 32


def _deploy(
    device: SamnaDevice,
    make_network: Callable[..., nn.Module],
    biases: tuple[int, ...] = (127, 60),
    monitor: tuple[int, ...] = (0,),
    drive: ClockDrive = ClockDrive.STEPPED,
) -> None:
    """Neurons at 0 that fire at 127: those of a channel every few ticks."""
    network = make_network(bias=(0.1,) * len(biases), shape=SHAPE, v_mem=0.0)
    rate_hz = 10 if drive is ClockDrive.EXTERNAL else None
    leak = device.leak_config(drive=drive, rate_hz=rate_hz)
    with placed_once():
        device.deploy(
            network, input_shape=SHAPE, leak=leak, biases={0: list(biases)}, monitor=monitor
        )


@pytest.mark.parametrize("chip", KITS)
def test_spikes_of_ticks_come_with_their_neurons_and_the_time_since_the_network_was_deployed(
    desk: Desk, make_network: Callable[..., nn.Module], chip: str
) -> None:
    desk.plug(KITS[chip], io_write_s=0.0, poll_s=0.0)
    with desk.open(chip) as device:
        _deploy(device, make_network)
        for _ in range(3):
            device.clock.sleep_s(0.01)
            device.tick()
        spikes = device.recorded_spikes()

        counts = spikes.counts((2, 2, 3))
        assert (counts[0] == 3).all()
        assert (counts[1] == 1).all()
        assert set(spikes.layer.tolist()) == {0}
        assert np.unique(spikes.time_us // 1000).tolist() == [10, 20, 30]
        assert len(device.recorded_spikes()) == 0


def test_no_spike_comes_of_layers_that_nobody_monitors(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> None:
    desk.plug()
    with desk.open() as device:
        _deploy(device, make_network, monitor=())
        device.tick(3)

        assert device.recorded_spikes() == Spikes.concatenate(())


def test_reading_takes_no_spike_and_spikes_take_no_answer(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> None:
    desk.plug()
    with desk.open() as device:
        _deploy(device, make_network)
        device.tick()
        before = device.probe().read()
        device.tick(2)
        after = device.probe().read()

        assert (before.v_mem[1] == 60).all()
        assert (after.v_mem[1] == 180 - 127).all()
        assert device.recorded_spikes().counts((2, 2, 3)).sum() == 6 * 4


def test_a_network_begins_without_the_spikes_of_the_one_before(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> None:
    desk.plug()
    with desk.open() as device:
        _deploy(device, make_network)
        device.tick()
        _deploy(device, make_network, biases=(127,))
        assert len(device.recorded_spikes()) == 0
        device.tick()
        assert len(device.recorded_spikes()) == 6


def test_a_network_without_monitors_begins_without_them_too(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> None:
    desk.plug()
    with desk.open() as device:
        _deploy(device, make_network)
        device.tick()
        _deploy(device, make_network, monitor=())
        assert len(device.recorded_spikes()) == 0
        assert len(device.stimulate(Spikes(time_us=[0, 10], layer=0, channel=0))) == 0


def test_an_emulated_board_knows_how_often_its_stop_watch_has_started_over(
    make_network: Callable[..., nn.Module],
) -> None:
    with speckhal.open_device("mock") as device:
        _deploy(device, make_network, biases=(127,))  # type: ignore[arg-type]  # deploys as one
        for number in (1, 2):
            device.clock.sleep_s(5000)
            device.tick()
            times_us = device.recorded_spikes().time_us
            assert np.unique(times_us // 1_000_000_000).tolist() == [number * 5]


def test_where_nobody_has_looked_for_long_a_kit_warns_once(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> None:
    desk.plug()
    with desk.open() as device:
        _deploy(device, make_network, biases=(127,))
        device.clock.sleep_s(5000)
        device.tick()
        with pytest.warns(UserWarning, match=r"last fetched 83 minutes ago, .* every 53 minutes"):
            device.recorded_spikes()
        device.clock.sleep_s(5000)
        device.tick()
        assert len(device.recorded_spikes()) == 6


def test_times_go_on_where_the_stop_watch_starts_over(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> None:
    desk.plug()
    with desk.open() as device:
        _deploy(device, make_network, biases=(127,))
        times_us: list[int] = []
        for _ in range(5):
            device.clock.sleep_s(50 * 60)
            device.tick()
            times_us += np.unique(device.recorded_spikes().time_us).tolist()

        assert times_us[-1] > 3 * ROUND_US
        assert (np.rint(np.array(times_us) / (50 * 60 * 1e6)) == [1, 2, 3, 4, 5]).all()


def test_layers_that_cannot_be_monitored_are_refused_and_nothing_is_changed(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> None:
    desk.plug()
    with desk.open() as device:
        _deploy(device, make_network)
        with pytest.raises(LayerNotFound, match=r"monitor layer 1, .* no such layer"):
            _deploy(device, make_network, monitor=(1,))
        with pytest.raises(LayerNotFound, match="monitor the sensor's input"):
            _deploy(device, make_network, monitor=(SENSOR_INPUT,))
        device.tick()
        assert len(device.recorded_spikes()) == 6


def test_a_reading_that_failed_is_settled_though_spikes_never_cease(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> None:
    desk.plug()
    with desk.open() as device:
        _deploy(device, make_network, drive=ClockDrive.EXTERNAL)
        device.start_slow_clock()
        current_bus().faults.arm(Garbles(lambda events: events[:-1]))
        with pytest.raises(ProbeIncomplete):
            device.probe().read()

        assert device.probe().read().v_mem.shape == (2, 2, 3)
        assert len(device.recorded_spikes()) > 0


def test_a_closed_board_gives_no_spikes(desk: Desk, make_network: Callable[..., nn.Module]) -> None:
    desk.plug()
    device = desk.open()
    _deploy(device, make_network)
    device.close()

    with pytest.raises(DeviceClosed):
        device.recorded_spikes()
