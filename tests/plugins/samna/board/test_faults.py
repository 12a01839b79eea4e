"""Whatever fails on a board is one of our errors, and leaves nothing open, ticking or disturbed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

import speckhal
from speckhal import (
    ClockDrive,
    DeviceBusy,
    DeviceFailed,
    DeviceNotFound,
    ProbeIncomplete,
    SpeckhalError,
)
from speckhal_mock import samna
from speckhal_mock.emulation.kits import EmulatedKit
from speckhal_mock.scripts.virtual_time import virtual_time
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import AnswersLate, Call, OpensNothing, Raises, Unplugs, WritesSlowly
from speckhal_mock.testing.faults import cut_off, doubled, dropped, firmware_too_old, reordered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal import Device
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.sdk.faults import Fault

KIT_OF_CHIP = {"speck2e": "Speck2eDevKit", "speck2f": "Speck2fModuleDevKit"}
OTHER_CHIP = {"speck2e": "speck2f", "speck2f": "speck2e"}


@pytest.fixture(params=["speck2f", "speck2e"])
def chip(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def board(desk: Any, chip: str) -> EmulatedBoard:
    """The board on which things go wrong."""
    plugged: EmulatedBoard = desk.plug(KIT_OF_CHIP[chip], address=5, dvs_event_rate_hz=10 * 2**14)
    return plugged


@pytest.fixture
def bystanders(desk: Any, chip: str, board: EmulatedBoard) -> Iterator[None]:
    """Boards of both chips that leak at 10 Hz; afterwards they have, and nothing else happened."""
    others = []
    for name, address in ((chip, 6), (OTHER_CHIP[chip], 7)):
        ours: EmulatedBoard = desk.plug(KIT_OF_CHIP[name], address)
        # in USB order, the board of the test comes first
        device = desk.open(name, index=1 if name == chip else 0)
        desk.deploy(device)
        device.start_slow_clock()
        others.append((device, ours))
    yield
    for device, ours in others:
        assert device.probe().read().v_mem.tolist() == [[[127 - ours.ticks()] * 2] * 2]
        assert ours.slow_clock_running
        device.close()


def _arm(fault: Fault, board: EmulatedBoard, use: int = 1) -> None:
    current_bus().faults.arm(fault, board=board, use=use)


def _assert_given_back(desk: Any, chip: str, board: EmulatedBoard) -> None:
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
@pytest.mark.usefixtures("bystanders")
def test_a_call_that_raises_while_opening_leaves_the_board_closed(
    desk: Any, chip: str, board: EmulatedBoard, call: Call, error: Exception
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
@pytest.mark.usefixtures("bystanders")
def test_an_opening_that_fails_half_way_is_undone(
    desk: Any, chip: str, board: EmulatedBoard, fault: Fault, use: int
) -> None:
    _arm(fault, board, use)

    with pytest.raises(DeviceFailed) as failure:
        desk.open(chip)

    assert isinstance(failure.value.__cause__, RuntimeError)
    _assert_given_back(desk, chip, board)


@pytest.mark.usefixtures("bystanders")
def test_ctrl_c_while_samna_opens_a_board_leaves_it_closed(
    desk: Any, chip: str, board: EmulatedBoard
) -> None:
    # samna's own code is not interrupted: the exception comes when it has opened the board
    _arm(Raises(Call.OPEN_DEVICE, KeyboardInterrupt(), done=True), board)

    with pytest.raises(KeyboardInterrupt):
        desk.open(chip)

    _assert_given_back(desk, chip, board)


@pytest.mark.parametrize(("fault", "pointed_at"), [(cut_off(0), True), (dropped(1), False)])
def test_a_reading_without_any_answer_points_at_the_cable(
    desk: Any, chip: str, board: EmulatedBoard, fault: Fault, *, pointed_at: bool
) -> None:
    device = desk.open(chip)
    desk.deploy(device)
    _arm(fault, board)
    with pytest.raises(ProbeIncomplete) as failure:
        device.probe().read()
    with contextlib.suppress(DeviceFailed):  # unplugged, the first time
        device.close()
    assert ("cable" in str(failure.value.hint)) == pointed_at


@pytest.mark.usefixtures("bystanders")
def test_a_board_is_given_back_at_the_second_try(
    desk: Any, chip: str, board: EmulatedBoard
) -> None:
    device = desk.open(chip)
    _arm(Raises(Call.CLOSE_DEVICE, RuntimeError("usb")), board)

    with pytest.raises(DeviceFailed, match="failed to close: RuntimeError: usb"):
        device.close()

    _assert_given_back(desk, chip, board)


@pytest.mark.usefixtures("bystanders")
def test_a_board_that_samna_gives_as_none_is_an_error(
    desk: Any, chip: str, board: EmulatedBoard
) -> None:
    _arm(OpensNothing(), board)

    with pytest.raises(DeviceFailed, match="samna gave no board back"):
        desk.open(chip)

    _assert_given_back(desk, chip, board)


@pytest.mark.usefixtures("bystanders")
def test_firmware_that_is_too_old_is_told_in_samnas_words(
    desk: Any, chip: str, board: EmulatedBoard
) -> None:
    _arm(firmware_too_old(), board)

    with pytest.raises(DeviceFailed, match="Unsupported firmware version") as failure:
        desk.open(chip)

    assert isinstance(failure.value.__cause__, RuntimeError)
    assert "update the board's firmware" in str(failure.value.hint)
    assert "cable" not in str(failure.value.hint)
    _assert_given_back(desk, chip, board)


@pytest.mark.usefixtures("bystanders")
def test_a_board_that_another_process_has_is_busy(
    desk: Any, chip: str, board: EmulatedBoard
) -> None:
    with (
        current_bus().held_elsewhere(board),
        pytest.raises(DeviceBusy, match="here or in the other process"),
    ):
        desk.open(chip)

    _assert_given_back(desk, chip, board)


@pytest.mark.usefixtures("bystanders")
def test_a_board_that_another_process_takes_at_the_last_moment_is_an_error(
    desk: Any, chip: str, board: EmulatedBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with current_bus().held_elsewhere(board):
        monkeypatch.setattr(samna.device, "get_unopened_devices", samna.device.get_all_devices)
        with pytest.raises(DeviceFailed, match="open in another process") as failure:
            desk.open(chip)
        monkeypatch.undo()

    assert isinstance(failure.value.__cause__, RuntimeError)
    _assert_given_back(desk, chip, board)


def test_a_board_that_is_absent_is_not_found(desk: Any, chip: str) -> None:
    desk.plug(KIT_OF_CHIP[OTHER_CHIP[chip]])

    with pytest.raises(DeviceNotFound, match="there are 0") as refusal:
        desk.open(chip)

    assert KIT_OF_CHIP[OTHER_CHIP[chip]] in str(refusal.value)


def test_a_board_with_another_chip_than_its_name_says_is_given_back(desk: Any, chip: str) -> None:
    name = KIT_OF_CHIP[chip]
    wrong = desk.plug(EmulatedKit(name, OTHER_CHIP[chip], 0x337D, 0x5BC9))

    with pytest.raises(DeviceFailed, match="failed to open") as failure:
        desk.open(chip)

    assert isinstance(failure.value.__cause__, RuntimeError)
    assert not current_bus().is_open(wrong)


def test_a_speck2e_t_is_refused_with_a_sentence(desk: Any) -> None:
    desk.plug(EmulatedKit("Speck2etTestBoard", "speck2et", 0x04B4, 0x5BC7))

    with pytest.raises(DeviceNotFound, match=r"carries a Speck2e-t.*does not support") as refusal:
        desk.open("speck2e")
    assert "Speck2etTestBoard" in refusal.value.message

    desk.plug("Speck2eDevKit", address=2)
    with desk.open("speck2e") as device:
        assert device.info.board == "Speck2eDevKit"


def test_a_speck2e_t_is_no_matter_of_the_speck2f(desk: Any) -> None:
    desk.plug(EmulatedKit("Speck2etTestBoard", "speck2et", 0x04B4, 0x5BC7))

    with pytest.raises(DeviceNotFound) as refusal:
        desk.open("speck2f")
    assert "Speck2e-t" not in str(refusal.value)


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
    return [
        Operation(do, Raises(call, error, done=done), use, **options)
        for error in _errors()
        for done in (False, True)
    ]


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
@pytest.mark.usefixtures("bystanders")
def test_an_operation_that_fails_ends_a_block_with_one_of_our_errors_and_the_board_closed(
    desk: Any, chip: str, board: EmulatedBoard, operation: Operation
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


@pytest.mark.parametrize("drive", [ClockDrive.EXTERNAL, ClockDrive.INTERNAL])
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(
    "call", [Call.SET_SLOW_CLK, Call.SET_SLOW_CLK_RATE, Call.APPLY_CONFIGURATION]
)
@pytest.mark.parametrize("error", [RuntimeError("usb"), KeyboardInterrupt()], ids=repr)
def test_a_deployment_that_fails_leaves_the_clock_off(
    desk: Any,
    chip: str,
    board: EmulatedBoard,
    *,
    drive: ClockDrive,
    done: bool,
    call: Call,
    error: BaseException,
) -> None:
    with desk.open(chip) as device:
        desk.deploy(device, drive)
        device.start_slow_clock()
        _arm(Raises(call, error, done=done), board)

        with pytest.raises((DeviceFailed, KeyboardInterrupt)):
            desk.deploy(device)

        ticks = board.internal_ticks()
        desk.clock.sleep_s(1)
        assert not board.slow_clock_running
        assert board.internal_ticks() == ticks
        desk.deploy(device)  # and the next one works
        assert (device.probe().read().v_mem == 127).all()


def test_answers_in_another_order_are_no_fault(desk: Any, chip: str, board: EmulatedBoard) -> None:
    with desk.open(chip) as device:
        desk.deploy(device)
        device.probe().write([[[1, 2], [3, 4]]])
        _arm(reordered(seed=3), board)

        assert device.probe().read().v_mem.tolist() == [[[1, 2], [3, 4]]]

    assert current_bus().faults.armed == ()


def test_a_reading_after_a_failed_one_is_whole(desk: Any, chip: str, board: EmulatedBoard) -> None:
    with desk.open(chip) as device:
        desk.deploy(device)
        for fault in (dropped(2), doubled(2), Raises(Call.GET_N_EVENTS, samna.SinkError("", []))):
            _arm(fault, board)
            with pytest.raises(SpeckhalError):
                device.probe().read()
            assert (device.probe().read().v_mem == 127).all()


@pytest.mark.parametrize("error", [RuntimeError("usb"), KeyboardInterrupt()], ids=repr)
def test_answers_that_a_failed_reading_left_on_their_way_are_not_taken_for_later_ones(
    desk: Any, error: BaseException
) -> None:
    board = desk.plug("Speck2fDevKit", read_latency_s=0.5)
    with desk.open("speck2f") as device:
        desk.deploy(device, ClockDrive.STEPPED)
        _arm(Raises(Call.GET_N_EVENTS, error), board)
        with pytest.raises((DeviceFailed, KeyboardInterrupt)):
            device.probe().read()

        device.tick()  # before the chip has answered

        assert (device.probe().read().v_mem == 126).all()


@pytest.fixture
def slow(desk: Any) -> Iterator[Any]:
    """A board of bias -1 that answers after 0.5 s, a deployed network on it, and its device."""
    board = desk.plug("Speck2fDevKit", read_latency_s=0.5)
    with desk.open("speck2f") as device:
        desk.deploy(device, ClockDrive.STEPPED)
        # the driver waits 2 s, so this comes 0.4 s after it gave up, before any later answer
        _arm(AnswersLate(extra_s=1.9), board)
        yield device


def test_late_answers_of_a_failed_reading_are_not_taken_for_what_was_written(slow: Any) -> None:
    with pytest.raises(ProbeIncomplete, match="4 never answered"):
        slow.probe().read()

    slow.probe().write([[[1, 2], [3, 4]]])

    assert slow.probe().read().v_mem.tolist() == [[[1, 2], [3, 4]]]


def test_late_answers_of_a_failed_reading_of_biases_are_not_taken_for_later_ones(slow: Any) -> None:
    with pytest.raises(ProbeIncomplete, match="1 never answered"):
        slow.probe().read_biases()
    # written past the driver, which would read them back itself
    event = slow._classes.event.WriteBiasValue()
    event.layer, event.address, event.bias = slow._deployed.layer(0).core, 0, -7
    slow._board.source.write([event])

    assert slow.probe().read_biases().tolist() == [-7]


def test_late_answers_of_a_failed_reading_of_biases_are_not_taken_for_what_was_written(
    slow: Any,
) -> None:
    with pytest.raises(ProbeIncomplete):
        slow.probe().read_biases()

    assert slow.probe().write_biases([-7]).tolist() == [-7]


def test_a_tick_that_may_have_been_made_ends_the_count_of_ticks(
    desk: Any, chip: str, board: EmulatedBoard
) -> None:
    with desk.open(chip) as device:
        desk.deploy(device, ClockDrive.STEPPED)
        device.tick(2)
        assert device.probe().read().ticks == 2
        _arm(Raises(Call.PULSE_SLOW_CLK, RuntimeError("late"), done=True), board)
        with pytest.raises(DeviceFailed):
            device.tick()

        reading = device.probe().read()

    assert (reading.v_mem == 127 - 3).all()
    assert reading.ticks is None


@pytest.mark.parametrize("chip", ["speck2f"], indirect=True)
@pytest.mark.usefixtures("bystanders")
def test_a_configuration_write_that_takes_too_long_is_ended_by_the_speck2fs_timeout(
    desk: Any, chip: str, board: EmulatedBoard
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


def test_a_speck2e_knows_no_timeout_and_is_waited_for(desk: Any) -> None:
    board = desk.plug("Speck2eDevKit")
    with desk.open("speck2e") as device:
        _arm(WritesSlowly(extra_s=60), board)
        with pytest.warns(UserWarning, match=r"took Speck2eDevKit 60\.2 s") as warned:
            desk.deploy(device)

        assert [Path(warning.filename).name for warning in warned] == ["desk.py"]
        assert desk.clock.now_s() > 60
        assert (device.probe().read().v_mem == 127).all()


@pytest.mark.parametrize("drive", [ClockDrive.EXTERNAL, ClockDrive.INTERNAL])
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize(("call", "use"), [(Call.SET_SLOW_CLK, 1), (Call.STOP, 1), (Call.STOP, 2)])
@pytest.mark.usefixtures("bystanders")
def test_closing_goes_on_to_its_end_whatever_fails_on_the_way(
    desk: Any,
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


@pytest.mark.parametrize("drive", [ClockDrive.EXTERNAL, ClockDrive.INTERNAL])
def test_nothing_ticks_even_if_samna_does_not_take_the_board_back(
    desk: Any, chip: str, board: EmulatedBoard, drive: ClockDrive
) -> None:
    device = desk.open(chip)
    desk.deploy(device, drive)
    device.start_slow_clock()
    _arm(Raises(Call.CLOSE_DEVICE, RuntimeError("usb")), board)
    with pytest.raises(DeviceFailed):
        device.close()

    ticks = board.internal_ticks()
    desk.clock.sleep_s(10)
    assert not board.slow_clock_running
    assert board.internal_ticks() == ticks


def test_the_error_that_ends_a_block_is_not_hidden_by_that_of_closing(
    desk: Any, chip: str, board: EmulatedBoard
) -> None:
    with pytest.raises(ZeroDivisionError), desk.open(chip):
        _arm(Raises(Call.STOP, RuntimeError("usb")), board)
        raise ZeroDivisionError

    _assert_given_back(desk, chip, board)


def test_a_block_that_ends_well_tells_of_an_error_in_closing(
    desk: Any, chip: str, board: EmulatedBoard
) -> None:
    with pytest.raises(DeviceFailed, match="failed to close"), desk.open(chip):
        _arm(Raises(Call.STOP, RuntimeError("usb")), board)


@pytest.mark.parametrize("selection", ["speck2f", "speck2e"])
def test_the_leak_experiment_runs_through_the_hardware_backends(desk: Any, selection: str) -> None:
    board = desk.plug(KIT_OF_CHIP[selection])
    with virtual_time(desk.clock), speckhal.open_device(selection) as device:
        assert (device.info.backend, device.info.emulated) == (selection, False)
        desk.deploy(device)
        trace = speckhal.measure_leak(device, every_s=0.25, for_s=1)
        assert board.slow_clock_rate_hz == 10

    assert trace.v_mem[:, 0, 0, 0].tolist() == [127, 125, 122, 120, 117]
    assert not current_bus().is_open(board)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OpensNothing(), "samna gave no board back"),
        (firmware_too_old(), "Unsupported firmware"),
        (Raises(Call.SET_SLOW_CLK, RuntimeError("usb")), "failed to open: RuntimeError: usb"),
    ],
    ids=["none", "firmware", "usb"],
)
def test_users_of_the_hardware_backends_see_the_same_errors(
    desk: Any, chip: str, board: EmulatedBoard, fault: Fault, said: str
) -> None:
    _arm(fault, board)
    with pytest.raises(DeviceFailed, match=said):
        speckhal.open_device(chip)
    with speckhal.open_device(f"{chip}:0"):
        with pytest.raises(DeviceBusy):
            speckhal.open_device(chip)
        with pytest.raises(DeviceNotFound, match="there are 1"):
            speckhal.open_device(f"{chip}:1")

    assert not current_bus().is_open(board)
