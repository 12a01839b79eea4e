"""The slow clock runs only while a script wants it to, whatever the script does and what fails."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from speckhal import ClockDrive, DeviceClosed, DeviceFailed, ProbeIncomplete, SpeckhalError
from speckhal_mock import samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call, Fault, Raises, Unplugs, WritesSlowly
from speckhal_mock.testing.faults import cut_off, doubled, dropped, reordered

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Device
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_samna.device import SamnaDevice

ERRORS: Final = (
    RuntimeError("usb"),
    TypeError("incompatible function arguments"),
    samna.SinkError("a node failed", []),
    KeyboardInterrupt(),
)
CALLS: Final = (
    Call.CLOSE_DEVICE,
    Call.SET_SLOW_CLK,
    Call.SET_SLOW_CLK_RATE,
    Call.PULSE_SLOW_CLK,
    Call.APPLY_CONFIGURATION,
    Call.RESET,
    Call.STOP,
    Call.WRITE,
    Call.GET_EVENTS,
    Call.GET_N_EVENTS,
    Call.CLEAR_EVENTS,
)


@st.composite
def failing_calls(draw: st.DrawFn) -> Fault:
    error: BaseException = draw(st.sampled_from(ERRORS))
    return Raises(draw(st.sampled_from(CALLS)), error, done=draw(st.booleans()))


faults: st.SearchStrategy[Fault] = st.one_of(
    failing_calls(),
    st.sampled_from(CALLS).map(Unplugs),
    st.builds(WritesSlowly, st.sampled_from([1.0, 60.0])),
    st.builds(dropped, st.integers(0, 4)),
    st.builds(doubled, st.integers(0, 4)),
    st.builds(cut_off, st.integers(0, 4)),
    st.builds(reordered),
)
# a clock that is asked to stop in vain again and again cannot be stopped, but readings may fail
# as often as they like
failed_readings: st.SearchStrategy[Fault] = st.one_of(
    st.builds(dropped, st.integers(1, 4)),
    st.builds(doubled, st.integers(1, 4)),
    st.builds(
        Raises,
        st.sampled_from((Call.WRITE, Call.GET_EVENTS, Call.GET_N_EVENTS, Call.CLEAR_EVENTS)),
        st.sampled_from(ERRORS[:-1]),
    ),
)
going_wrong: st.SearchStrategy[list[tuple[Fault, int]]] = st.builds(
    lambda readings, other: [*((fault, 1) for fault in readings), *other],
    st.lists(failed_readings, max_size=6),
    st.lists(st.tuples(faults, st.integers(1, 4)), max_size=1),
)


@attrs.define
class Script:
    """A script on one board: what it asked of the clock, and what it must see."""

    desk: Any
    board: EmulatedBoard
    device: SamnaDevice
    wants_ticks: bool = False
    ticks_before: int = 0

    def do(self, operation: str) -> None:
        """Do one operation; only our own errors, and the user's interrupts, come out."""
        self.wants_ticks &= not operation.startswith(("deploy", "stop", "close"))
        with contextlib.suppress(SpeckhalError, KeyboardInterrupt):
            getattr(self, operation)()

    def deploy_external(self) -> None:
        self._deploy(ClockDrive.EXTERNAL)

    def deploy_internal(self) -> None:
        self._deploy(ClockDrive.INTERNAL)

    def deploy_stepped(self) -> None:
        self._deploy(ClockDrive.STEPPED)

    def start(self) -> None:
        self.device.start_slow_clock()
        self.wants_ticks = True

    def stop(self) -> None:
        self.device.stop_slow_clock()

    def tick(self) -> None:
        self.device.tick(2)

    def read(self) -> None:
        reading = self.device.probe().read()
        if reading.ticks is not None:
            assert reading.ticks == self.board.ticks() - self.ticks_before
            assert (reading.v_mem == reading.v_mem[0, 0, 0]).all()

    def write(self) -> None:
        self.device.probe().write(np.full((1, 2, 2), 100, dtype=np.int16))

    def reset(self) -> None:
        self.device.reset_states()

    def close(self) -> None:
        self.device.close()

    def is_ticking(self) -> bool:
        """Whether ticks of either clock come by themselves."""
        internal = self.board.internal_ticks()
        self.desk.clock.sleep_s(1)
        return self.board.slow_clock_running or self.board.internal_ticks() > internal

    def _deploy(self, drive: ClockDrive) -> None:
        self.desk.deploy(self.device, drive)
        self.ticks_before = self.board.ticks()


OPERATIONS: Final = (
    "deploy_external",
    "deploy_internal",
    "deploy_stepped",
    "start",
    "stop",
    "tick",
    "read",
    "write",
    "reset",
    "close",
)
DEPLOYED: Final = st.sampled_from(OPERATIONS[:3])
steps = st.tuples(
    st.sampled_from((*OPERATIONS[:-1], "start", "stop", "read")),
    going_wrong,
)


@pytest.mark.filterwarnings("ignore:Writing a configuration took:UserWarning")
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    chip=st.sampled_from(["speck2f", "speck2e"]),
    first=DEPLOYED,
    script=st.lists(steps, max_size=8),
    last=going_wrong,
    survives=st.booleans(),
)
@example(  # unplugged by an answer that arrives while the clock is being started
    chip="speck2f",
    first="deploy_external",
    script=[
        ("read", [(Raises(Call.GET_N_EVENTS, RuntimeError("usb")), 1)]),
        ("start", [(cut_off(0), 1)]),
    ],
    last=[],
    survives=False,
)
def test_the_slow_clock_runs_only_while_the_script_wants_it_to(
    desk: Any,
    *,
    chip: str,
    first: str,
    script: list[tuple[str, list[tuple[Fault, int]]]],
    last: list[tuple[Fault, int]],
    survives: bool,
) -> None:
    bus = current_bus()
    bus.clear()
    board = desk.plug(
        KIT_OF_CHIP[chip],
        dvs_event_rate_hz=10 * 2**14,
        clock_survives_reopen=survives,
        chip_survives_close=survives,
    )
    on = Script(desk, board, desk.open(chip))
    for operation, wrong in [(first, []), *script, ("close", last)]:
        bus.faults.disarm()
        for fault, use in wrong:
            bus.faults.arm(fault, use=use)
        on.do(operation)
        ticking = on.is_ticking()
        assert ticking == (on.wants_ticks and board in bus.boards)
    bus.faults.disarm()
    with pytest.raises(DeviceClosed):
        on.device.stop_slow_clock()


def _used(device: Device) -> None:
    device.start_slow_clock()
    device.clock.sleep_s(1)


@pytest.mark.parametrize("drive", [ClockDrive.EXTERNAL, ClockDrive.INTERNAL])
@pytest.mark.parametrize("call", [Call.SET_SLOW_CLK, Call.GET_N_EVENTS, Call.APPLY_CONFIGURATION])
@pytest.mark.parametrize("error", [RuntimeError("usb"), KeyboardInterrupt()], ids=repr)
def test_a_stop_that_fails_stops_all_the_same_and_can_be_repeated(
    desk: Any, drive: ClockDrive, call: Call, error: BaseException
) -> None:
    board = desk.plug("Speck2eDevKit", dvs_event_rate_hz=10 * 2**14)
    with desk.open("speck2e") as device:
        desk.deploy(device, drive)
        _used(device)
        current_bus().faults.arm(Raises(call, error))
        failed = drive is ClockDrive.INTERNAL or call is Call.SET_SLOW_CLK
        with (
            pytest.raises((SpeckhalError, KeyboardInterrupt))
            if failed
            else contextlib.nullcontext()
        ):
            device.stop_slow_clock()
        current_bus().faults.disarm()

        v_mem, ticks = device.probe().read().v_mem, (board.ticks(), board.internal_ticks())
        device.clock.sleep_s(10)
        device.stop_slow_clock()
        assert (board.ticks(), board.internal_ticks()) == ticks
        assert (device.probe().read().v_mem == v_mem).all()
        _used(device)
        assert (board.ticks(), board.internal_ticks()) > ticks


def _left_running(board: EmulatedBoard) -> None:
    """Do as a program that ends without stopping the clock of its board."""
    (info,) = samna.device.get_unopened_devices()
    handle: Any = samna.device.open_device(info)
    handle.get_io_module().set_slow_clk(True)
    samna.device.close_device(handle)
    assert board.slow_clock_running


KIT_OF_CHIP: Final = {"speck2f": "Speck2fDevKit", "speck2e": "Speck2eDevKit"}


@pytest.mark.parametrize("chip", KIT_OF_CHIP)
def test_a_clock_that_somebody_left_running_is_stopped_by_opening(desk: Any, chip: str) -> None:
    board = desk.plug(KIT_OF_CHIP[chip], clock_survives_reopen=True)
    _left_running(board)

    with desk.open(chip) as device:
        assert not board.slow_clock_running
        desk.deploy(device)
        desk.clock.sleep_s(10)
        assert (device.probe().read().v_mem == 127).all()
    assert not board.slow_clock_running


@pytest.mark.parametrize("call", [Call.GET_BOARD_SERIAL_NUMBER, Call.START, Call.OPEN_DEVICE])
def test_an_opening_that_fails_leaves_no_clock_running_once_the_board_was_there(
    desk: Any, call: Call
) -> None:
    board = desk.plug("Speck2fDevKit", clock_survives_reopen=True)
    _left_running(board)
    current_bus().faults.arm(Raises(call, RuntimeError("usb")))

    with pytest.raises(SpeckhalError):
        desk.open("speck2f")

    # a board that could not even be opened cannot be asked for anything either
    assert board.slow_clock_running == (call is Call.OPEN_DEVICE)


def _close(device: Device) -> None:
    device.close()


def _fail_in_a_block(device: Device) -> None:
    with pytest.raises(ZeroDivisionError), device:
        raise ZeroDivisionError


def _interrupt_a_block(device: Device) -> None:
    with pytest.raises(KeyboardInterrupt), device:
        raise KeyboardInterrupt


def _close_twice(device: Device) -> None:
    device.close()
    device.close()


def _lasting(desk: Any, chip: str) -> EmulatedBoard:
    """A board on which nothing stops by itself, before a scene that makes ten ticks per second."""
    board: EmulatedBoard = desk.plug(
        KIT_OF_CHIP[chip],
        dvs_event_rate_hz=10 * 2**14,
        clock_survives_reopen=True,
        chip_survives_close=True,
    )
    return board


@pytest.mark.parametrize("chip", KIT_OF_CHIP)
@pytest.mark.parametrize("end", [_close, _close_twice, _fail_in_a_block, _interrupt_a_block])
@pytest.mark.parametrize("drive", [ClockDrive.EXTERNAL, ClockDrive.INTERNAL])
def test_a_clock_that_would_survive_closing_is_off_after_every_way_out(
    desk: Any, chip: str, end: Callable[[Device], None], drive: ClockDrive
) -> None:
    board = _lasting(desk, chip)
    device = desk.open(chip)
    desk.deploy(device, drive)
    _used(device)

    end(device)

    before = board.ticks(), board.internal_ticks()
    desk.clock.sleep_s(10)
    assert not board.slow_clock_running
    assert (board.ticks(), board.internal_ticks()) == before


@pytest.mark.parametrize("drive", [ClockDrive.EXTERNAL, ClockDrive.INTERNAL])
@pytest.mark.parametrize("chip", KIT_OF_CHIP)
def test_a_clock_that_would_survive_closing_is_off_when_a_device_is_forgotten(
    desk: Any, chip: str, drive: ClockDrive
) -> None:
    board = _lasting(desk, chip)
    device = desk.open(chip)
    desk.deploy(device, drive)
    _used(device)
    assert device._board._unless_closed.atexit  # an interpreter that exits does the same

    del device
    gc.collect()

    before = board.ticks(), board.internal_ticks()
    desk.clock.sleep_s(10)
    assert (board.ticks(), board.internal_ticks()) == before
    assert not current_bus().is_open(board)


def _forget(devices: list[SamnaDevice]) -> None:
    devices.clear()
    gc.collect()


def test_a_forgotten_device_that_cannot_be_closed_is_warned_of(desk: Any) -> None:
    board = desk.plug("Speck2fDevKit")
    devices = [desk.open()]
    current_bus().unplug(board)

    with pytest.warns(RuntimeWarning, match="Speck2fDevKit was left open, and closing it now fai"):
        _forget(devices)


@pytest.mark.parametrize("drive", [ClockDrive.EXTERNAL, ClockDrive.INTERNAL])
@pytest.mark.parametrize("call", [Call.SET_SLOW_CLK, Call.APPLY_CONFIGURATION])
def test_a_clock_that_could_not_be_stopped_at_once_is_off_after_closing(
    desk: Any, call: Call, drive: ClockDrive
) -> None:
    board = _lasting(desk, "speck2f")
    device = desk.open("speck2f")
    desk.deploy(device, drive)
    _used(device)
    current_bus().faults.arm(Raises(call, RuntimeError("usb")))

    with contextlib.suppress(SpeckhalError):
        device.close()

    before = board.ticks(), board.internal_ticks()
    desk.clock.sleep_s(10)
    assert (board.ticks(), board.internal_ticks()) == before


def test_closing_writes_nothing_to_a_chip_that_does_not_tick_by_itself(desk: Any) -> None:
    board = _lasting(desk, "speck2f")
    with desk.open("speck2f") as device:
        desk.deploy(device, ClockDrive.INTERNAL)
        _used(device)
        device.stop_slow_clock()
        again = Raises(Call.APPLY_CONFIGURATION, RuntimeError("a configuration too many"))
        current_bus().faults.arm(again)

    assert current_bus().faults.armed == (again,)
    assert not current_bus().is_open(board)


def test_a_clock_in_the_chip_is_off_even_if_no_state_can_be_read_any_more(desk: Any) -> None:
    board = _lasting(desk, "speck2e")
    with desk.open("speck2e") as device:
        desk.deploy(device, ClockDrive.INTERNAL)
        _used(device)
        for _ in range(20):
            current_bus().faults.arm(dropped(1))

        with pytest.raises(DeviceFailed, match=r"is stopped.*those of when it was started") as lost:
            device.stop_slow_clock()

        assert isinstance(lost.value.__cause__, ProbeIncomplete)
        before = board.internal_ticks()
        device.clock.sleep_s(10)
        assert board.internal_ticks() == before
        current_bus().faults.disarm()
        device.stop_slow_clock()
        assert (device.probe().read().v_mem == 127).all()
        desk.deploy(device, ClockDrive.STEPPED)


def test_states_are_kept_if_only_the_first_reading_fails(desk: Any) -> None:
    desk.plug("Speck2eDevKit", dvs_event_rate_hz=2**14)
    with desk.open("speck2e") as device:
        desk.deploy(device, ClockDrive.INTERNAL)
        _used(device)
        current_bus().faults.arm(dropped(1))

        with pytest.raises(ProbeIncomplete):
            device.stop_slow_clock()

        assert (device.probe().read().v_mem < 126).all()


def test_a_board_that_is_unplugged_loses_what_would_survive_closing(desk: Any) -> None:
    board = _lasting(desk, "speck2f")
    device = desk.open("speck2f")
    desk.deploy(device)
    device.start_slow_clock()
    current_bus().unplug(board)

    assert not board.slow_clock_running
    with pytest.raises(DeviceFailed):
        device.close()
