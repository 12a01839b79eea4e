"""A board is given back, its clock off, by whoever forgets it and whatever interrupts that."""

from __future__ import annotations

import contextlib
import dis
import functools
import gc
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import speckhal
import speckhal_samna
from speckhal import ClockDrive, DeviceBusy, NetworkError, measure_leak
from speckhal.discovery import guarded_loading, opening, selection
from speckhal.opened import held_device, open_devices
from speckhal_mock.sdk.bus import current_bus
from tracing import traced_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    from speckhal import Device
    from speckhal_mock.emulation.board import EmulatedBoard

pytestmark = pytest.mark.usefixtures("networks_are_placed_once")

SHAPE = (1, 2, 2)
OURS = (
    str(Path(speckhal_samna.__file__).parent),
    *(
        module.__file__
        for module in (guarded_loading, opening, selection, held_device, open_devices)
        if module.__file__ is not None
    ),
)
"""Where opening and closing is done, as the beginnings of file names."""


@pytest.fixture(autouse=True)
def _no_garbage_collection() -> Iterator[None]:
    """Nothing but the count of references closes a device here."""
    gc.disable()
    yield
    gc.enable()


def _open_boards() -> list[EmulatedBoard]:
    bus = current_bus()
    return [board for board in bus.boards if bus.is_open(board)]


def _leaking(network: Any, drive: ClockDrive = ClockDrive.EXTERNAL) -> Device:
    device = speckhal.open_device("mock", dvs_event_rate_hz=2**14)
    rate_hz = 10 if drive is ClockDrive.EXTERNAL else None
    leak = device.leak_config(drive=drive, rate_hz=rate_hz)
    device.deploy(network, input_shape=SHAPE, leak=leak)
    return device


def used(network: Any) -> None:
    device = _leaking(network)
    device.start_slow_clock()
    device.probe().read()
    device.probe().write_biases([1])


def used_with_the_clock_in_the_chip(network: Any) -> None:
    _leaking(network, ClockDrive.INTERNAL).start_slow_clock()


def measured(network: Any) -> None:
    measure_leak(_leaking(network), ticks=None, every_s=0.5, for_s=1)


def refused(_: Any) -> None:
    device = speckhal.open_device("mock")
    with contextlib.suppress(NetworkError):
        device.deploy("no network", input_shape=SHAPE)


def failed(network: Any) -> None:
    device = _leaking(network)
    with contextlib.suppress(speckhal.InputError):
        device.probe(0, neurons=[[9, 9, 9]])
    with contextlib.suppress(speckhal.SpeckhalError):
        device.probe(7)


@pytest.mark.parametrize("use", [used, used_with_the_clock_in_the_chip, measured, refused, failed])
def test_a_device_that_nothing_refers_to_is_closed_at_once(
    make_network: Callable[..., Any], use: Callable[[Any], None]
) -> None:
    use(make_network())
    assert not _open_boards()


def test_a_probe_keeps_the_board_open_as_long_as_it_may_be_asked(
    make_network: Callable[..., Any],
) -> None:
    probe = _leaking(make_network()).probe(0)
    assert (probe.read().v_mem == np.int16(127)).all()
    assert len(_open_boards()) == 1
    del probe
    assert not _open_boards()


def test_a_device_that_only_a_circle_refers_to_is_no_obstacle() -> None:
    circle: list[object] = [speckhal.open_device("mock")]
    circle.append(circle)
    del circle
    speckhal.open_device("mock").close()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a notebook's cells define."""

    class Notebook:
        pass

    monkeypatch.setitem(sys.modules, "__main__", Notebook())
    return sys.modules["__main__"]


@pytest.mark.parametrize("again", ["mock", "mock:speck2f"])
def test_a_cell_that_is_run_twice_says_what_to_type(notebook: Any, again: str) -> None:
    notebook._, notebook.device = speckhal.open_device("mock"), None
    notebook.device = notebook._

    with pytest.raises(DeviceBusy, match=r"it is open already\. Type device\.close\(\) first\.$"):
        speckhal.open_device(again)

    notebook.device.close()
    notebook.device = speckhal.open_device("mock")
    notebook.device.close()


@pytest.mark.parametrize(
    ("hide", "what"),
    [
        (lambda device: {"Out": {3: device}}, "Out[3]"),
        (lambda device: {"boards": [None, device]}, "boards[1]"),
        (lambda device: {"mine": type("Mine", (), {})(), "_": device}, speckhal.close_devices),
    ],
)
def test_so_does_one_whose_device_has_no_name(notebook: Any, hide: Any, what: Any) -> None:
    vars(notebook).update(hide(speckhal.open_device("mock")))
    typed = f"{what}.close()" if isinstance(what, str) else "speckhal.close_devices()"

    with pytest.raises(DeviceBusy) as busy:
        speckhal.open_device("mock")

    assert typed in (busy.value.hint or "")
    exec(typed, {"speckhal": speckhal, **vars(notebook)})  # noqa: S102  # what it says is what works
    speckhal.open_device("mock").close()


def test_of_two_boards_only_the_one_that_is_in_the_way_is_named(notebook: Any) -> None:
    notebook.first = speckhal.open_device("mock:speck2f:0")
    notebook.second = speckhal.open_device("mock:speck2f:1")
    with pytest.raises(DeviceBusy, match=r"Type second\.close\(\) first"):
        speckhal.open_device("mock:speck2f:1")
    with pytest.raises(DeviceBusy, match=r"Type first\.close\(\) or second\.close\(\) first"):
        speckhal.open_device("mock:speck2fmodule:0")
    speckhal.close_devices()
    assert not _open_boards()


def test_a_board_that_another_process_holds_has_no_name_here(notebook: Any) -> None:
    notebook.other = speckhal.open_device("mock:speck2f:1")
    (board,) = (board for board in current_bus().boards if not current_bus().is_open(board))
    with current_bus().held_elsewhere(board), pytest.raises(DeviceBusy) as busy:
        from speckhal_mock import samna
        from speckhal_samna.board.find import find_board
        from speckhal_speck2f.chip import CHIP

        find_board(samna, CHIP.kits, 0)
    assert busy.value.in_this_process is False
    notebook.other.close()


ASKING = ("CALL", "RESUME", "JUMP_BACKWARD", "JUMP_ABSOLUTE")
"""What instructions begin with, after which Python looks whether a signal has come."""


def _interrupting(after: int, begin: str) -> Callable[..., Any]:
    """A trace function that interrupts our own code, `after` opcodes after a function begins.

    It waits for the next place at which a signal could: elsewhere, as where the block of a `with`
    has ended and its lock is not given back yet, no program is interrupted.
    """
    left, has_begun = after, False

    def at_each_opcode(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal left
        left -= event == "opcode"
        if left <= 0 and event == "opcode" and _may_be_interrupted(frame):
            sys.settrace(None)
            raise KeyboardInterrupt
        return at_each_opcode

    def at_each_call(frame: FrameType, _event: str, _argument: object) -> Any:
        nonlocal has_begun
        has_begun |= frame.f_code.co_name == begin
        if has_begun and frame.f_code.co_filename.startswith(OURS):
            frame.f_trace_opcodes = True
            return at_each_opcode
        return None

    return at_each_call


def _may_be_interrupted(frame: FrameType) -> bool:
    """Whether the instruction that is next follows one after which Python looks for signals."""
    before = [each.opname for each in _instructions(frame.f_code) if each.offset < frame.f_lasti]
    return bool(before) and before[-1].startswith(ASKING)


@functools.cache
def _instructions(code: CodeType) -> list[dis.Instruction]:
    return [each for each in dis.get_instructions(code) if each.opname != "CACHE"]


@pytest.mark.parametrize("after", [*range(1, 12), *range(12, 360, 12)])
def test_an_interrupt_on_the_way_out_of_a_block_leaves_no_board_open(after: int) -> None:
    def block() -> None:
        with traced_by(sys.gettrace()), speckhal.open_device("mock") as device:
            device.raw._board.set_slow_clock(running=True)  # type: ignore[attr-defined]
            sys.settrace(_interrupting(after, "__exit__"))

    (before,) = [current_bus().boards]
    with contextlib.suppress(KeyboardInterrupt):
        block()
    assert current_bus().boards == before


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2_600))
def test_an_interrupt_while_a_board_is_opened_leaves_none_open(after: int) -> None:
    def open_and_close() -> None:
        with traced_by(_interrupting(after, "open_device")):
            device = speckhal.open_device("mock")
        device.close()

    with contextlib.suppress(KeyboardInterrupt):
        open_and_close()
    assert not _open_boards()


def test_a_handler_that_closes_while_the_board_is_being_closed_does_no_harm() -> None:
    device = speckhal.open_device("mock")
    closing = device.raw._board._closing  # type: ignore[attr-defined]
    before = signal.signal(signal.SIGUSR1, lambda *_: device.close())
    signals = [signal.SIGUSR1]

    def interrupted_once() -> None:
        while signals:
            signal.raise_signal(signals.pop())

    closing.add(interrupted_once)
    device.close()
    signal.signal(signal.SIGUSR1, before)
    assert not _open_boards()
    assert not device.is_open
