"""A handler's exception comes out of every operation as it is, and leaves no board ticking."""

from __future__ import annotations

import inspect
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import speckhal
from speckhal import SpeckhalError, measure_leak
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Faults
from tracing import traced_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from speckhal import Device
    from speckhal_mock.sdk.faults import Call

NUMBER = signal.SIGUSR1
SHAPE = (1, 2, 2)


class Mine(Exception):
    """An exception of the user's own."""


class MineAsWell(BaseException):
    """Another, that is no Exception."""


ERRORS = [SystemExit(143), TimeoutError("too late"), Mine(), MineAsWell(), KeyboardInterrupt()]
EVENTS_PER_TICK = 2**14


def closed(device: Device) -> None:
    device.start_slow_clock()
    device.close()


def slept(device: Device) -> None:
    device.start_slow_clock()
    device.clock.sleep_s(1)


OPERATIONS: dict[str, Callable[[Any], object]] = {
    "read": lambda device: device.probe().read(),
    "write": lambda device: device.probe().write([[[1, 2], [3, 4]]]),
    "start": lambda device: device.start_slow_clock(),
    "sleep": slept,
    "stop": lambda device: device.stop_slow_clock(),
    "reset": lambda device: device.reset_states(),
    "close": closed,
}
"""What is asked of a board whose clock is the chip's own, the one that is hardest to stop."""


class Bell:
    """Lets the signal come in the middle of the `at`-th call to the board; counts the calls."""

    def __init__(self) -> None:
        self.at = 0
        self.calls = 0
        self.error: BaseException | None = None

    def ring(self, _number: int, _frame: FrameType | None) -> NoReturn:
        assert self.error is not None
        raise self.error

    def call(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            signal.raise_signal(NUMBER)


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bell]:
    bell, due = Bell(), Faults._due

    def ringing(faults: Faults, call: Call, boards: Any) -> Any:
        bell.call()
        return due(faults, call, boards)

    monkeypatch.setattr(Faults, "_due", ringing)
    before = signal.signal(NUMBER, bell.ring)
    yield bell
    signal.signal(NUMBER, before)


def _raised_by(operation: Callable[[], object]) -> BaseException | None:
    """What comes out of it, without the frames that it came through."""
    try:
        operation()
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is what is looked at
        return error.with_traceback(None)
    return None


def _no_board_is_open_or_ticks() -> bool:
    bus = current_bus()
    return not any(bus.is_open(board) or board.slow_clock_running for board in bus.boards)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_opening_lets_it_pass_wherever_it_comes(bell: Bell, error: BaseException) -> None:
    with speckhal.open_device("mock"):
        calls, bell.error = bell.calls, error
    assert calls > 3
    for bell.at in range(1, calls + 1):
        bell.calls = 0
        with pytest.raises(type(error)) as caught:
            speckhal.open_device("mock")
        assert caught.value is error
        del caught
        error.__traceback__ = None
        assert _no_board_is_open_or_ticks()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_lets_it_pass_wherever_it_comes(
    bell: Bell, operation: str, make_network: Callable[..., Any]
) -> None:
    bell.at, calls = 0, None
    for number in range(1, 100):
        error = bell.error = ERRORS[number % len(ERRORS)]
        with speckhal.open_device("mock", dvs_event_rate_hz=EVENTS_PER_TICK) as device:
            (board,) = (board for board in current_bus().boards if current_bus().is_open(board))
            leak = device.leak_config(
                drive=speckhal.ClockDrive.INTERNAL, events_per_tick=EVENTS_PER_TICK
            )
            device.deploy(make_network(bias=(-0.01,)), input_shape=SHAPE, leak=leak)
            if operation == "stop":
                device.start_slow_clock()
            bell.calls, bell.at = 0, number
            raised = _raised_by(lambda: OPERATIONS[operation](device))  # called here
            if raised is None:
                calls = bell.calls
            else:
                assert raised is error
            bell.at = 0
        before = board.ticks(), board.internal_ticks()
        board.clock.sleep_s(10)
        assert (board.ticks(), board.internal_ticks()) == before
        assert _no_board_is_open_or_ticks()
        if calls is not None:
            break
    assert calls is not None
    assert number == calls + 1
    assert calls > 0


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(after=st.integers(1, 20_000), error=st.sampled_from(ERRORS))
def test_deploying_lets_it_pass_in_the_frames_of_all_libraries(
    bell: Bell, make_network: Callable[..., Any], after: int, error: BaseException
) -> None:
    """torch and sinabs catch what they do not know."""
    network = make_network(bias=(-0.01,))
    bell.error = error
    left, rung = after, False

    def at_each_call(frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal left, rung
        left -= 1
        # Python itself loses what comes up in a generator that is thrown away
        if left <= 0 and not frame.f_code.co_flags & inspect.CO_GENERATOR:
            rung = True
            sys.settrace(None)
            signal.raise_signal(NUMBER)

    with speckhal.open_device("mock") as device:
        leak = device.leak_config(rate_hz=1)

        def deploy() -> None:
            with traced_by(at_each_call):
                device.deploy(network, input_shape=SHAPE, leak=leak)

        raised = _raised_by(deploy)
        assert raised is (error if rung else None)
    assert _no_board_is_open_or_ticks()


def test_measuring_a_leak_lets_it_pass_and_stops_the_clock(
    bell: Bell, make_network: Callable[..., Any]
) -> None:
    error = bell.error = TimeoutError("too late")
    with speckhal.open_device("mock") as device:
        (board,) = (board for board in current_bus().boards if current_bus().is_open(board))
        device.deploy(
            make_network(bias=(-0.01,)), input_shape=SHAPE, leak=device.leak_config(rate_hz=10)
        )
        bell.calls, bell.at = 0, 12
        with pytest.raises(TimeoutError) as caught:
            measure_leak(device, every_s=0.1, for_s=1)
        assert caught.value is error
        assert not board.slow_clock_running


def test_an_error_of_the_vendors_is_still_made_ours(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> NoReturn:
        raise TimeoutError("of the vendor's")

    with speckhal.open_device("mock") as device:
        monkeypatch.setattr(bell, "call", fails)
        with pytest.raises(SpeckhalError, match="TimeoutError: of the vendor's"):
            device.reset_states()
        monkeypatch.undo()
