"""A warning names the line of the user's program that led to it."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import pytest

from speckhal.contract.warn import warn_user

WARNS = (
    "def call(*between):\n    between[0](*between[1:]) if between else warn_user('x', Warning)\n"
)


def caller_in(module: str) -> Any:
    """A function of that module that calls its first argument with the others, or warns."""
    namespace: dict[str, Any] = {"__name__": module, "warn_user": warn_user}
    exec(compile(WARNS, f"/{module}.py", "exec"), namespace)  # noqa: S102  # a module of our own
    return namespace["call"]


@pytest.mark.parametrize(
    "between",
    [
        (),
        ("speckhal.opened",),
        ("sinabs.backend.dynapcnn.io", "speckhal_mock.sdk.model", "contextlib"),
        ("speckhal_samna.device", "torch.nn.modules.module", "pluggy._callers", "speckhal_x.y"),
    ],
)
def test_our_own_lines_and_those_of_libraries_are_passed_over(between: tuple[str, ...]) -> None:
    calls = [caller_in(module) for module in between]
    with pytest.warns(Warning, match="x") as caught:
        caller_in("laboratory.script")(*calls, caller_in("speckhal"))

    assert (caught[0].filename, caught[0].lineno) == ("/laboratory.script.py", 2)


@pytest.mark.parametrize("module", ["__main__", "speckhalf", "sinabs_experiment", "test_warn"])
def test_a_program_may_have_any_name_that_is_not_taken(module: str) -> None:
    with pytest.warns(Warning, match="x") as caught:
        caller_in(module)(caller_in("speckhal"))

    assert caught[0].filename == f"/{module}.py"


def test_the_innermost_line_of_the_program_counts() -> None:
    with pytest.warns(Warning, match="x") as caught:
        caller_in("outer")(caller_in("sinabs"), caller_in("inner"), caller_in("speckhal"))

    assert caught[0].filename == "/inner.py"


def test_one_line_warns_once_and_another_again() -> None:
    first, second = caller_in("first"), caller_in("second")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for program in (first, first, second):
            program(caller_in("speckhal"))

    assert [warning.filename for warning in caught] == ["/first.py", "/second.py"]


def test_where_nothing_but_libraries_called_there_is_still_a_warning() -> None:
    thread = threading.Thread(target=caller_in("speckhal"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread.start()
        thread.join()

    assert len(caught) == 1
