"""Opening and closing a real board, and its slow clock at either end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import speckhal
from speckhal import ClockDrive, DeviceBusy, DeviceClosed

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from speckhal import Device

    MakeNetwork = Callable[..., nn.Sequential]

pytestmark = pytest.mark.hardware

SHAPE = (1, 2, 2)
START = np.full(SHAPE, 127)


def _deploy(device: Device, make_network: MakeNetwork, rate_hz: int = 100) -> None:
    device.deploy(
        make_network(START),
        input_shape=SHAPE,
        leak=device.leak_config(rate_hz=rate_hz),
        biases={0: [-1]},
    )


def test_a_board_opens_says_what_it_is_and_closes(board: str) -> None:
    """Needs one board that no other program uses."""
    with speckhal.open_device(board) as device:
        assert not device.info.emulated
        assert board.startswith(device.info.backend)
        assert device.info.chip.name in {"speck2e", "speck2f"}
        with pytest.raises(DeviceBusy):
            speckhal.open_device(board)
    device.close()

    with pytest.raises(DeviceClosed):
        device.reset_states()
    with speckhal.open_device(board) as again:
        assert again.info == device.info


def test_a_serial_number_opens_its_board(device: Device) -> None:
    """Needs one board that gives a serial number; it is skipped on one that gives none."""
    number, board = device.info.serial_number, device.info.board
    if not number or any(map(str.isspace, number)):
        pytest.skip(f"the {board} gives no serial number that can be typed: {number!r}")
    backend = device.info.backend
    device.close()

    with speckhal.open_device(f"{backend}:serial={number}") as same:
        assert (same.info.serial_number, same.info.board) == (number, board)


def test_the_slow_clock_is_off_when_a_board_opens(
    device: Device, make_network: MakeNetwork
) -> None:
    """Needs one board, in whatever state the last program left it."""
    _deploy(device, make_network)
    device.clock.sleep_s(1)

    assert (device.probe().read().v_mem == START).all()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_slow_clock_is_off_after_whatever_ended_a_block(
    board: str, make_network: MakeNetwork, error: type[BaseException]
) -> None:
    """Needs one board."""
    with pytest.raises(error), speckhal.open_device(board) as device:
        _deploy(device, make_network)
        device.start_slow_clock()
        device.clock.sleep_s(0.5)
        assert (device.probe().read().v_mem < START).all()
        raise error

    with speckhal.open_device(board) as again:
        _deploy(again, make_network)
        again.clock.sleep_s(1)
        assert (again.probe().read().v_mem == START).all()


def test_a_stopped_clock_leaves_the_potentials_alone(
    device: Device, make_network: MakeNetwork
) -> None:
    """Needs one board."""
    _deploy(device, make_network)
    device.start_slow_clock()
    device.clock.sleep_s(0.5)
    device.stop_slow_clock()
    probe = device.probe()
    frozen = probe.read().v_mem
    device.clock.sleep_s(1)

    assert (probe.read().v_mem == frozen).all()
    assert (frozen < START).all()


def test_two_boards_do_not_disturb_each_other(boards: list[str], make_network: MakeNetwork) -> None:
    """Needs two boards, and `--board` given twice; it is skipped with one."""
    if len(boards) < 2:
        pytest.skip("needs --board twice")
    with speckhal.open_device(boards[0]) as one, speckhal.open_device(boards[1]) as other:
        for device in (one, other):
            leak = device.leak_config(drive=ClockDrive.STEPPED)
            device.deploy(make_network(START), input_shape=SHAPE, leak=leak, biases={0: [-1]})
        probes = one.probe(), other.probe()
        for made in range(1, 11):
            one.tick(2)
            other.tick(3)
            readings = [probe.read().v_mem for probe in probes]
            assert (readings[0] == 127 - 2 * made).all()
            assert (readings[1] == 127 - 3 * made).all()
        one.close()
        other.tick()
        assert (probes[1].read().v_mem == 127 - 31).all()
