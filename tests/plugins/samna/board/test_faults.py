"""Whatever fails on a board is one of our errors, and leaves nothing ticking or half read."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import speckhal
from desk import KIT_OF_CHIP
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
from speckhal_mock.sdk.faults import AnswersLate, Call, OpensNothing, Raises, WritesSlowly
from speckhal_mock.testing.faults import cut_off, doubled, dropped, firmware_too_old, reordered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.sdk.faults import Fault

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


def _arm(fault: Fault, board: EmulatedBoard, use: int = 1) -> None:
    current_bus().faults.arm(fault, board=board, use=use)


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


def test_a_board_that_is_absent_is_not_found(desk: Any, chip: str) -> None:
    desk.plug(KIT_OF_CHIP[OTHER_CHIP[chip]])

    with pytest.raises(DeviceNotFound, match="there are 0") as refusal:
        desk.open(chip)

    assert KIT_OF_CHIP[OTHER_CHIP[chip]] in str(refusal.value)


def test_a_board_with_another_chip_than_its_name_says_is_given_back(desk: Any, chip: str) -> None:
    name = KIT_OF_CHIP[chip]
    wrong = desk.plug(EmulatedKit(name, OTHER_CHIP[chip]))

    with pytest.raises(DeviceFailed, match="failed to open") as failure:
        desk.open(chip)

    assert isinstance(failure.value.__cause__, RuntimeError)
    assert not current_bus().is_open(wrong)


def test_a_speck2e_t_is_refused_with_a_sentence(desk: Any) -> None:
    desk.plug(EmulatedKit("Speck2etTestBoard", "speck2et"))

    with pytest.raises(DeviceNotFound, match=r"carries a Speck2e-t.*does not support") as refusal:
        desk.open("speck2e")
    assert "Speck2etTestBoard" in refusal.value.message

    desk.plug("Speck2eDevKit", address=2)
    with desk.open("speck2e") as device:
        assert device.info.board == "Speck2eDevKit"


def test_a_speck2e_t_is_no_matter_of_the_speck2f(desk: Any) -> None:
    desk.plug(EmulatedKit("Speck2etTestBoard", "speck2et"))

    with pytest.raises(DeviceNotFound) as refusal:
        desk.open("speck2f")
    assert "Speck2e-t" not in str(refusal.value)


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
    event = slow._board.classes.event.WriteBiasValue()
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
