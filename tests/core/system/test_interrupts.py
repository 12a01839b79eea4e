"""What a signal handler of the user's raises is the user's, in whichever frame it comes up."""

from __future__ import annotations

import functools
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
import pytest

from speckhal import DeviceFailed
from speckhal.contract.errors import BackendBroken
from speckhal.discovery.entry_points import Offer
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.system.interrupts import is_interrupt
from tracing import traced_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

NUMBER = signal.SIGUSR1
SICK = Offer("sick", "infirmary", "2.5", "sick_module:backend")


class Mine(BaseException):
    """An exception of the user's own."""


@attrs.frozen
class Handler:
    """Handlers in all the forms in which users write them, that end by the same error."""

    error: BaseException

    def __call__(self, _number: int, _frame: FrameType | None) -> NoReturn:
        raise self.error

    def method(self, _number: int, _frame: FrameType | None) -> NoReturn:
        self._deeper()

    def with_more(self, _more: str, *arguments: object) -> NoReturn:
        self(*arguments)  # type: ignore[arg-type]  # they are what Python gives a handler

    def that_takes_itself_out(self, number: int, _frame: FrameType | None) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)
        raise self.error

    def _deeper(self) -> NoReturn:
        raise self.error


FORMS: dict[str, Callable[[Handler], Callable[[int, FrameType | None], object]]] = {
    "callable object": lambda handler: handler,
    "method": lambda handler: handler.method,
    "function of anything": lambda handler: lambda *_: handler._deeper(),
    "partial": lambda handler: functools.partial(handler.with_more, "more"),
    "that takes itself out": lambda handler: handler.that_takes_itself_out,
}
ERRORS = [SystemExit(143), TimeoutError("too late"), Mine("mine"), DeviceFailed("the user's own")]


@pytest.fixture
def handle() -> Iterator[Callable[[Any], object]]:
    """Installs a handler."""
    before = signal.getsignal(NUMBER)
    yield functools.partial(signal.signal, NUMBER)
    signal.signal(NUMBER, before)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("form", FORMS)
def test_what_a_handler_raises_passes_unchanged(
    handle: Callable[[Any], object], form: str, error: BaseException
) -> None:
    handle(FORMS[form](Handler(error)))

    with pytest.raises(type(error)) as caught, blamed_on(SICK, "failed"):
        signal.raise_signal(NUMBER)

    assert caught.value is error


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_what_a_plugin_makes_of_it_is_undone(
    handle: Callable[[Any], object], error: BaseException
) -> None:
    handle(Handler(error))

    def of_plugin() -> None:
        try:
            signal.raise_signal(NUMBER)
        except BaseException:  # noqa: BLE001 - as plugins do
            raise RuntimeError("what a plugin makes of it") from None

    with pytest.raises(type(error)) as caught, blamed_on(SICK, "failed"):
        of_plugin()

    assert caught.value is error
    assert error.__cause__ is error.__context__ is None


def test_a_plugins_own_exit_is_its_fault_whatever_handlers_there_are(
    handle: Callable[[Any], object],
) -> None:
    handle(Handler(SystemExit(143)))

    with (
        pytest.raises(BackendBroken, match=r"'sick' of .* failed: SystemExit: 0"),
        blamed_on(SICK, "failed"),
    ):
        sys.exit(0)


def test_what_was_handled_before_is_no_reason(handle: Callable[[Any], object]) -> None:
    handle(Handler(TimeoutError("too late")))
    with pytest.raises(BackendBroken, match="SystemExit: 0"):
        try:
            signal.raise_signal(NUMBER)
        except TimeoutError:
            with blamed_on(SICK, "failed"):
                sys.exit(0)


def test_an_error_that_is_handled_within_the_handler_is_no_interrupt_elsewhere(
    handle: Callable[[Any], object],
) -> None:
    handle(lambda *_: None)
    signal.raise_signal(NUMBER)
    with pytest.raises(SystemExit) as caught:
        sys.exit(0)
    assert not is_interrupt(caught.value)


def test_leaving_a_debugger_within_a_plugin_is_the_users() -> None:
    class Quit(Exception):
        """What debuggers raise to end what they trace."""

    def traced(_frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line":
            raise Quit
        return traced

    def of_plugin() -> None:
        pass

    with traced_by(sys.gettrace()), pytest.raises(Quit), blamed_on(SICK, "failed"):
        sys.settrace(traced)
        of_plugin()


def test_an_error_that_comes_up_while_a_generator_is_closed_is_the_plugins_fault() -> None:
    def of_plugin() -> Iterator[None]:
        try:
            yield
        finally:
            raise RuntimeError("it does not close")

    running = of_plugin()
    next(running)
    with (
        pytest.raises(BackendBroken, match="failed: RuntimeError: it does not close"),
        blamed_on(SICK, "failed"),
    ):
        running.close()  # type: ignore[attr-defined]  # it is a generator


def test_a_generator_that_is_closed_itself_is_no_fault() -> None:
    def of_user() -> Iterator[None]:
        with blamed_on(SICK, "failed"):
            yield

    running = of_user()
    next(running)
    running.close()  # type: ignore[attr-defined]  # it is a generator


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GeneratorExit()], ids=repr)
def test_what_a_handler_raises_passes_also_from_behind_a_generator_that_is_closed(
    handle: Callable[[Any], object], error: BaseException
) -> None:
    handle(Handler(error))

    def of_plugin() -> Iterator[None]:
        try:
            yield
        finally:
            try:
                signal.raise_signal(NUMBER)
            finally:
                raise RuntimeError("it does not close")

    running = of_plugin()
    next(running)
    with pytest.raises(type(error)) as caught, blamed_on(SICK, "failed"):
        running.close()  # type: ignore[attr-defined]  # it is a generator
    assert caught.value is error
