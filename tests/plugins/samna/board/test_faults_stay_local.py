"""What fails on a board is one of our errors, leaves it closed, and disturbs no other board."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from desk import KIT_OF_CHIP, empty_desk
from speckhal import ClockDrive, DeviceBusy, DeviceFailed, ProbeIncomplete, SpeckhalError
from speckhal_mock import samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call, OpensNothing, Raises, Unplugs, WritesSlowly
from speckhal_mock.testing.faults import cut_off, doubled, dropped, firmware_too_old

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import nn

    from desk import Desk
    from speckhal import Device
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.sdk.faults import Fault


@pytest.fixture(scope="module")
def desk(make_network: Callable[..., nn.Sequential]) -> Iterator[Desk]:
    """One desk for all tests, so that its bystanders are set up once."""
    with empty_desk(make_network) as desk:
        yield desk


@pytest.fixture(scope="module")
def bystanders(desk: Desk) -> Iterator[list[tuple[Device, EmulatedBoard]]]:
    """A board of each chip, with neurons of bias -1."""
    with contextlib.ExitStack() as opened:
        boards: list[tuple[Device, EmulatedBoard]] = []
        for address, (chip, kit) in enumerate(KIT_OF_CHIP.items(), 6):
            board = desk.plug(kit, address)
            device = opened.enter_context(desk.open(chip))
            desk.deploy(device)
            boards.append((device, board))
        yield boards


@pytest.fixture(autouse=True)
def _bystanders_leak(bystanders: list[tuple[Device, EmulatedBoard]]) -> Iterator[None]:
    """They leak at 10 Hz while a test runs; afterwards they have, and nothing else happened."""
    begun = []
    for device, board in bystanders:
        device.stop_slow_clock()
        device.probe().write(np.full((1, 2, 2), 127, dtype=np.int16))
        begun.append(board.ticks())
        device.start_slow_clock()
    yield
    for (device, board), before in zip(bystanders, begun, strict=True):
        left = 127 - (board.ticks() - before)
        assert device.probe().read().v_mem.tolist() == [[[left] * 2] * 2]
        assert board.slow_clock_running


@pytest.fixture(params=["speck2f", "speck2e"])
def chip(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def board(desk: Desk, chip: str) -> EmulatedBoard:
    """The board on which things go wrong; of those with its chip, the first in USB order."""
    return desk.plug(KIT_OF_CHIP[chip], address=5, dvs_event_rate_hz=10 * 2**14)


def _arm(fault: Fault, board: EmulatedBoard, use: int = 1) -> None:
    current_bus().faults.arm(fault, board=board, use=use)


def _assert_given_back(desk: Desk, chip: str, board: EmulatedBoard) -> None:
    """The fault has struck, nothing ticks, and the board can be used as if nothing had been."""
    bus = current_bus()
    assert bus.faults.armed == ()
    assert not board.slow_clock_running
    assert not bus.is_open(board)
    if board not in bus.boards:
        bus.plug(board)
    with desk.open(chip) as device:
        assert device.info.serial_number == board.serial_number
        desk.deploy(device)
        assert (device.probe().read().v_mem == 127).all()
        device.start_slow_clock()
        device.clock.sleep_s(0.55)
        assert (device.probe().read().v_mem == 122).all()
    ticks = board.internal_ticks()
    desk.clock.sleep_s(10)
    assert not board.slow_clock_running
    assert board.internal_ticks() == ticks


def _errors() -> list[Exception]:
    return [
        RuntimeError("usb: LIBUSB_ERROR_IO"),
        TypeError("incompatible function arguments"),
        samna.SinkError("a node failed", []),
    ]


OPENING = [
    Call.GET_ALL_DEVICES,
    Call.GET_UNOPENED_DEVICES,
    Call.OPEN_DEVICE,
    Call.SET_SLOW_CLK,
    Call.GET_BOARD_SERIAL_NUMBER,
    Call.START,
]


@pytest.mark.parametrize("call", OPENING, ids=lambda call: call.value)
@pytest.mark.parametrize("error", _errors(), ids=lambda error: type(error).__name__)
def test_a_call_that_raises_while_opening_leaves_the_board_closed(
    desk: Desk, chip: str, board: EmulatedBoard, call: Call, error: Exception
) -> None:
    current_bus().faults.arm(Raises(call, error))

    with pytest.raises(DeviceFailed, match=type(error).__name__) as failure:
        desk.open(chip)

    assert failure.value.__cause__ is error
    assert "Check the cable and the power" in str(failure.value.hint)
    _assert_given_back(desk, chip, board)


@pytest.mark.parametrize(
    ("fault", "use"),
    [
        (Raises(Call.SET_SLOW_CLK, RuntimeError("late"), done=True), 1),
        (Raises(Call.GET_BOARD_SERIAL_NUMBER, RuntimeError("late"), done=True), 1),
        (Raises(Call.START, RuntimeError("late"), done=True), 1),
        (Raises(Call.START, RuntimeError("second graph")), 2),
        (Raises(Call.START, RuntimeError("late"), done=True), 2),
        (Raises(Call.OPEN_DEVICE, RuntimeError("late"), done=True), 1),
        (Unplugs(Call.OPEN_DEVICE), 1),
        (Unplugs(Call.SET_SLOW_CLK), 1),
        (Unplugs(Call.GET_BOARD_SERIAL_NUMBER), 1),
    ],
)
def test_an_opening_that_fails_half_way_is_undone(
    desk: Desk, chip: str, board: EmulatedBoard, fault: Fault, use: int
) -> None:
    _arm(fault, board, use)

    with pytest.raises(DeviceFailed) as failure:
        desk.open(chip)

    assert isinstance(failure.value.__cause__, RuntimeError)
    _assert_given_back(desk, chip, board)


def test_ctrl_c_while_samna_opens_a_board_leaves_it_closed(
    desk: Desk, chip: str, board: EmulatedBoard
) -> None:
    # samna's own code is not interrupted: the exception comes when it has opened the board
    _arm(Raises(Call.OPEN_DEVICE, KeyboardInterrupt(), done=True), board)

    with pytest.raises(KeyboardInterrupt):
        desk.open(chip)

    _assert_given_back(desk, chip, board)


def test_a_board_is_given_back_at_the_second_try(
    desk: Desk, chip: str, board: EmulatedBoard
) -> None:
    device = desk.open(chip)
    _arm(Raises(Call.CLOSE_DEVICE, RuntimeError("usb")), board)

    with pytest.raises(DeviceFailed, match="failed to close: RuntimeError: usb"):
        device.close()

    _assert_given_back(desk, chip, board)


def test_a_board_that_samna_gives_as_none_is_an_error(
    desk: Desk, chip: str, board: EmulatedBoard
) -> None:
    _arm(OpensNothing(), board)

    with pytest.raises(DeviceFailed, match="samna gave no board back"):
        desk.open(chip)

    _assert_given_back(desk, chip, board)


def test_firmware_that_is_too_old_is_told_in_samnas_words(
    desk: Desk, chip: str, board: EmulatedBoard
) -> None:
    _arm(firmware_too_old(), board)

    with pytest.raises(DeviceFailed, match="Unsupported firmware version") as failure:
        desk.open(chip)

    assert isinstance(failure.value.__cause__, RuntimeError)
    assert "update the board's firmware" in str(failure.value.hint)
    assert "cable" not in str(failure.value.hint)
    _assert_given_back(desk, chip, board)


def test_a_board_that_another_process_has_is_busy(
    desk: Desk, chip: str, board: EmulatedBoard
) -> None:
    with (
        current_bus().held_elsewhere(board),
        pytest.raises(DeviceBusy, match="here or in the other process"),
    ):
        desk.open(chip)

    _assert_given_back(desk, chip, board)


def test_a_board_that_another_process_takes_at_the_last_moment_is_an_error(
    desk: Desk, chip: str, board: EmulatedBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with current_bus().held_elsewhere(board):
        monkeypatch.setattr(samna.device, "get_unopened_devices", samna.device.get_all_devices)
        with pytest.raises(DeviceFailed, match="open in another process") as failure:
            desk.open(chip)
        monkeypatch.undo()

    assert isinstance(failure.value.__cause__, RuntimeError)
    _assert_given_back(desk, chip, board)


@attrs.frozen
class Operation:
    """Something a script does, and a fault in the middle of it."""

    do: Callable[[Device], None]
    fault: Fault
    use: int = 1
    error: type[SpeckhalError] = DeviceFailed
    drive: ClockDrive = ClockDrive.EXTERNAL

    def __str__(self) -> str:
        return f"{self.do.__name__}-{type(self.fault).__name__}-{self.fault.at.value}-{self.use}"


def _read(device: Device) -> None:
    device.probe().read()


def _write(device: Device) -> None:
    device.probe().write(np.zeros((1, 2, 2), dtype=np.int16))


def _write_biases(device: Device) -> None:
    device.probe().write_biases([-2])


def _read_while_it_leaks(device: Device) -> None:
    device.start_slow_clock()
    device.probe().read()


def _start(device: Device) -> None:
    device.start_slow_clock()


def _start_and_stop(device: Device) -> None:
    device.start_slow_clock()
    device.stop_slow_clock()


def _tick(device: Device) -> None:
    device.tick(3)


def _reset(device: Device) -> None:
    device.reset_states()


def _raises(
    do: Callable[[Device], None], call: Call, use: int = 1, **options: Any
) -> list[Operation]:
    # whatever is raised is answered in one place, so that each call needs some of it only
    return [
        Operation(do, Raises(call, next(ERRORS), done=done), use, **options)
        for done in (False, True)
    ]


ERRORS = itertools.cycle(_errors())
INTERNAL = ClockDrive.INTERNAL


OPERATIONS = [
    *_raises(_start, Call.SET_SLOW_CLK),
    *_raises(_start_and_stop, Call.SET_SLOW_CLK, use=2),
    *_raises(_tick, Call.PULSE_SLOW_CLK, use=2),
    *_raises(_reset, Call.RESET),
    *_raises(_read, Call.CLEAR_EVENTS),
    *_raises(_read, Call.WRITE),
    *_raises(_read, Call.GET_N_EVENTS),
    *_raises(_read, Call.GET_EVENTS),
    *_raises(_read_while_it_leaks, Call.GET_N_EVENTS),
    *_raises(_write, Call.WRITE),
    *_raises(_write, Call.GET_N_EVENTS),
    *_raises(_write_biases, Call.WRITE),
    *_raises(_start, Call.GET_N_EVENTS, use=2, drive=INTERNAL),
    *_raises(_start, Call.APPLY_CONFIGURATION, drive=INTERNAL),
    *_raises(_start_and_stop, Call.GET_N_EVENTS, use=4, drive=INTERNAL),
    *_raises(_start_and_stop, Call.APPLY_CONFIGURATION, use=2, drive=INTERNAL),
    Operation(_read, dropped(1), error=ProbeIncomplete),
    Operation(_read, doubled(1), error=ProbeIncomplete),
    Operation(_read_while_it_leaks, dropped(3), error=ProbeIncomplete),
    Operation(_start, dropped(1), error=ProbeIncomplete, drive=INTERNAL),
    Operation(_start_and_stop, dropped(1), 3, error=ProbeIncomplete, drive=INTERNAL),
    Operation(_read, cut_off(after=0), error=ProbeIncomplete),
    Operation(_read, cut_off(after=2), error=ProbeIncomplete),
    Operation(_read_while_it_leaks, cut_off(after=2), error=ProbeIncomplete),
    Operation(_read, Unplugs(Call.CLEAR_EVENTS)),
    Operation(_read, Unplugs(Call.WRITE)),
    Operation(_read, Unplugs(Call.GET_N_EVENTS), error=ProbeIncomplete),
    Operation(_tick, Unplugs(Call.PULSE_SLOW_CLK), 2),
    Operation(_start, Unplugs(Call.SET_SLOW_CLK)),
    Operation(_start_and_stop, Unplugs(Call.SET_SLOW_CLK), 2),
    Operation(_start, Unplugs(Call.APPLY_CONFIGURATION), drive=INTERNAL),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_operation_that_fails_ends_a_block_with_one_of_our_errors_and_the_board_closed(
    desk: Desk, chip: str, board: EmulatedBoard, operation: Operation
) -> None:
    with pytest.raises(operation.error) as failure, desk.open(chip) as device:
        desk.deploy(device, operation.drive)
        _arm(operation.fault, board, operation.use)
        operation.do(device)

    assert type(failure.value) is operation.error
    if isinstance(operation.fault, Raises):
        assert failure.value.__cause__ is operation.fault.error
    elif operation.error is DeviceFailed:
        assert isinstance(failure.value.__cause__, RuntimeError)
    _assert_given_back(desk, chip, board)


@pytest.mark.parametrize("chip", ["speck2f"], indirect=True)
def test_a_configuration_write_that_takes_too_long_is_ended_by_the_speck2fs_timeout(
    desk: Desk, chip: str, board: EmulatedBoard
) -> None:
    with desk.open(chip) as device:
        desk.deploy(device)
        _arm(WritesSlowly(extra_s=60), board)
        before_s = desk.clock.now_s()

        with pytest.raises(DeviceFailed, match="the timeout is 10 s") as failure:
            desk.deploy(device)

        assert isinstance(failure.value.__cause__, RuntimeError)
        assert str(failure.value.hint).startswith("Deploy again")
        assert "Check the cable" not in str(failure.value.hint)
        assert desk.clock.now_s() - before_s == pytest.approx(10, abs=0.1)
        assert not board.slow_clock_running
        desk.deploy(device)
        assert (device.probe().read().v_mem == 127).all()


@pytest.mark.parametrize("drive", [ClockDrive.EXTERNAL, ClockDrive.INTERNAL])
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(("call", "use"), [(Call.SET_SLOW_CLK, 1), (Call.STOP, 1), (Call.STOP, 2)])
def test_closing_goes_on_to_its_end_whatever_fails_on_the_way(
    desk: Desk,
    chip: str,
    board: EmulatedBoard,
    *,
    drive: ClockDrive,
    done: bool,
    call: Call,
    use: int,
) -> None:
    device = desk.open(chip)
    desk.deploy(device, drive)
    device.start_slow_clock()
    error = RuntimeError("usb")
    _arm(Raises(call, error, done=done), board, use)

    with pytest.raises(DeviceFailed) as failure:
        device.close()
    device.close()

    assert failure.value.__cause__ is error
    _assert_given_back(desk, chip, board)


def test_the_error_that_ends_a_block_is_not_hidden_by_that_of_closing(
    desk: Desk, chip: str, board: EmulatedBoard
) -> None:
    with pytest.raises(ZeroDivisionError), desk.open(chip):
        _arm(Raises(Call.STOP, RuntimeError("usb")), board)
        raise ZeroDivisionError

    _assert_given_back(desk, chip, board)
