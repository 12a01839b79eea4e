"""A request to stop arrives, whoever swallows it, and a second one ends the command in any case."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import warnings
import weakref
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner

from speckhal.cli import main
from speckhal.cli.stopping import stop_watchdog
from speckhal.cli.stopping.stop_signals import Stopped, leave_signals_alone, stoppable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIGNALS: Final = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


@pytest.fixture(autouse=True)
def _usual_handlers() -> Iterator[None]:
    """The tests may themselves be run by nohup."""
    usual = dict.fromkeys(SIGNALS, signal.SIG_DFL) | {signal.SIGINT: signal.default_int_handler}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    assert {number: signal.getsignal(number) for number in SIGNALS} == usual
    for number, handler in before.items():
        signal.signal(number, handler)


def wait() -> None:
    """Until something is raised."""
    threading.Event().wait(20)
    raise AssertionError("nothing was raised")


@contextlib.contextmanager
def stopped() -> Iterator[pytest.ExceptionInfo[Stopped]]:
    """What the body raises must be the request itself, and not stand for another error."""
    with pytest.raises(Stopped) as caught, stoppable():
        yield caught
    assert caught.value.__cause__ is None


class Swallowed:
    """Asks for the end where Python drops what is raised."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


def in_a_finaliser(number: int) -> None:
    Swallowed(number)


def in_a_callback(number: int) -> None:
    thing = threading.Event()
    reference = weakref.ref(thing, lambda _: signal.raise_signal(number))
    del thing
    assert reference() is None


def in_an_except_clause(number: int) -> None:
    with contextlib.suppress(BaseException):
        signal.raise_signal(number)


LOSERS: Final = [in_a_finaliser, in_a_callback, in_an_except_clause]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("lose", LOSERS)
def test_a_request_that_was_lost_is_raised_again(
    capfd: pytest.CaptureFixture[str], lose: Callable[[int], None], number: int
) -> None:
    with stopped() as caught:
        lose(number)
        wait()
    assert caught.value.exit_code == 128 + number
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "snn = None"])
def test_a_network_file_may_swallow_it(tmp_path: Path, code: str) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        "import contextlib, signal\n"
        "with contextlib.suppress(BaseException):\n"
        f"    signal.raise_signal({int(signal.SIGTERM)})\n{code}\n"
    )
    done = CliRunner().invoke(main, ["leak", "--network", f"{file}:snn", "--input-shape", "1,2,2"])
    assert (done.exit_code, done.stderr) == (128 + signal.SIGTERM, "Terminated.\n")


def test_it_is_raised_again_as_often_as_it_is_lost() -> None:
    with stopped():
        for _ in range(3):
            in_an_except_clause(signal.SIGTERM)
            with contextlib.suppress(Stopped):
                wait()
        wait()


async def take_the_pipe() -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)


def test_it_is_raised_again_where_asyncio_had_the_pipe_of_signals() -> None:
    with stopped():
        asyncio.run(take_the_pipe())
        in_an_except_clause(signal.SIGTERM)
        wait()


def test_it_is_raised_again_where_asyncio_has_the_pipe_of_signals() -> None:
    async def work() -> None:
        await take_the_pipe()
        in_an_except_clause(signal.SIGTERM)
        wait()

    with stopped():
        asyncio.run(work())


def test_a_command_that_ends_before_that_ends_as_it_was_asked_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stop_watchdog, "SOON_S", 60.0)
    with pytest.raises(Stopped), stoppable():
        in_an_except_clause(signal.SIGTERM)
    with pytest.raises(Stopped) as caught, stoppable():
        in_an_except_clause(signal.SIGTERM)
        raise ValueError("of something else")
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_command_says_what_ended_it(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def installed(_group: str) -> list[object]:
        in_an_except_clause(number)
        return []

    monkeypatch.setattr("speckhal.cli.commands.list_backends.installed", installed)
    done = CliRunner().invoke(main, ["list"])
    said = {signal.SIGTERM: "Terminated.", signal.SIGHUP: "Hung up.", signal.SIGINT: "Interrupted."}
    assert (done.exit_code, done.stderr) == (128 + number, f"{said[signal.Signals(number)]}\n")


def test_tidying_is_not_taken_for_a_loss() -> None:
    tidied = False
    with stopped():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            threading.Event().wait(5 * stop_watchdog.SOON_S)
            signal.raise_signal(signal.SIGTERM)
            tidied = True
    assert tidied


def test_tidying_that_does_not_end_is_interrupted_after_a_second_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stop_watchdog, "TIDYING_S", 0.01)
    monkeypatch.setattr(stop_watchdog, "CLOSING_S", 60.0)
    closed = False
    with stopped():
        try:
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                signal.raise_signal(signal.SIGTERM)
                wait()
        finally:
            closed = True
    assert closed


PROGRAM: Final = """
import hashlib, os, signal, threading, time
from speckhal.cli.stopping import stop_watchdog
from speckhal.cli.stopping.stop_signals import stoppable

def kill():
    os.kill(os.getpid(), {number})

def swallow(act):
    while True:
        try:
            act()
        except BaseException:
            pass

stop_watchdog.TIDYING_S = stop_watchdog.CLOSING_S = 0.05
stop_watchdog.MOST_LOSSES = 3
with stoppable():
    {body}
"""

HELD_UP: Final = {
    "who swallows one signal always": "swallow(lambda: (kill(), time.sleep(60)))",
    "who never ends tidying after the second": """
    try:
        kill()
    finally:
        kill()
        swallow(lambda: time.sleep(60))
""",
    "a call into C that takes no signals": """
    begun = threading.Event()
    killer = lambda: (begun.wait(), swallow(lambda: (kill(), time.sleep(0.05))))
    threading.Thread(target=killer, daemon=True).start()
    swallow(lambda: (begun.set(), hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)))
""",
}


@pytest.mark.parametrize("body", HELD_UP.values(), ids=HELD_UP)
def test_nothing_holds_the_end_up_for_ever(body: str) -> None:
    program = PROGRAM.format(number=int(signal.SIGTERM), body=body)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    assert done.stderr == (
        "Ended without tidying up: the slow clock of a board may still be running.\n"
    )


LEAVING: Final = """
import signal, time
from speckhal.cli.stopping.stop_signals import Stopped, stoppable

install = signal.signal

def installed_slowly(number, handler):
    before = install(number, handler)
    if number == signal.SIGTERM:
        time.sleep(0.5)  # far longer than until the request is raised again
    return before

try:
    with stoppable():
        signal.signal = installed_slowly
        try:
            signal.raise_signal(signal.SIGTERM)
        except Stopped:
            time.sleep(0.1)  # so that the watchdog has seen the signal; it is lost after this
except Stopped:
    print("stopped", signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
"""


def test_a_request_is_not_raised_again_once_the_signal_does_again_what_it_did() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEAVING], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped True\n", "")


def test_a_handler_that_the_user_installs_meanwhile_is_left_to_its_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stop_watchdog, "TIDYING_S", 0.0)
    monkeypatch.setattr(stop_watchdog, "CLOSING_S", 0.0)
    came: list[int] = []
    with stoppable():
        signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
    assert came == [signal.SIGTERM] * 3
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_a_forked_child_dies_of_a_signal_as_any_process_does() -> None:
    with stoppable(), warnings.catch_warnings():
        # what Python says of forks beside threads; users may do it nevertheless
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if not child:
            signal.raise_signal(signal.SIGTERM)
            os._exit(0)
        _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGTERM


def test_signals_can_be_left_alone_before_the_end() -> None:
    usual = [signal.getsignal(number) for number in SIGNALS]
    threads = threading.active_count()
    with stoppable():
        assert [signal.getsignal(number) for number in SIGNALS] != usual
        leave_signals_alone()
        assert [signal.getsignal(number) for number in SIGNALS] == usual
        assert threading.active_count() == threads
