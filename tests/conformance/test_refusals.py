"""What passes as a refusal of what lies beyond a limit of the chip that is only assumed."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from speckhal import FactWarning, InputError
from speckhal.conformance.case import Violation
from speckhal.conformance.expectations import refusal
from speckhal.contract.errors import ConfigurationError, DeviceFailed
from speckhal.contract.facts import Certainty, Fact, Range
from speckhal.contract.limits import Limit

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

ASSUMED = Limit("speck9", "bias_range", Fact(Range(-9, 9), "a guess", Certainty.ASSUMED))


def _refused() -> AbstractContextManager[None]:
    def lacking(sentence: str) -> None:
        raise Violation(sentence)

    names = {"the limit": 9, "the value": 10}
    return refusal(InputError, "A bias of 10", lacking=lacking, names=names, limit=ASSUMED)


def _warn(category: type[Warning], text: str) -> None:
    warnings.warn(text, category, stacklevel=1)


def _fail(error: Exception) -> None:
    raise error


def test_a_refusal_passes_and_so_does_a_warning_that_names_the_limit() -> None:
    with _refused():
        _fail(InputError("A bias of 10, and it takes up to 9.", hint="Stay within it."))
    with _refused():
        ASSUMED.check(10, 10, "Asked for a bias of 10", InputError)


@pytest.mark.parametrize(
    ("category", "text"),
    [(UserWarning, "Beyond bias_range."), (FactWarning, "Not typical.")],
)
def test_another_warning_does_not_pass_and_is_reported(category: type[Warning], text: str) -> None:
    with pytest.raises(Violation) as violation, _refused():
        _warn(category, text)

    assert str(violation.value) == (
        "A bias of 10 must be refused with InputError, and was taken. bias_range is only assumed, "
        "so a FactWarning that names it would do, and what it warned of was "
        f"{category.__name__}: {text}"
    )


def test_no_warning_does_not_pass() -> None:
    with pytest.raises(Violation, match=r"names it would do\.$"), _refused():
        ASSUMED.check(9, 9, "Asked for a bias of 9", InputError)


def test_what_was_warned_of_may_fail_on_the_board() -> None:
    with _refused():
        ASSUMED.check(10, 10, "Asked for a bias of 10", InputError)
        _fail(DeviceFailed("The board refused it.", hint="Open it anew."))
    with pytest.raises(Violation, match="and raised DeviceFailed"), _refused():
        _fail(DeviceFailed("The board refused it.", hint="Open it anew."))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InputError("A bias of 10, and it takes up to 9."), "without a hint"),
        (InputError("No.", hint="Stay."), "without naming 9"),
        (ConfigurationError("Not 10 but 9.", hint="Stay."), "and raised ConfigurationError"),
        (ValueError("10"), "and raised ValueError"),
    ],
)
def test_no_warning_makes_up_for_a_refusal_that_is_wrong(error: Exception, said: str) -> None:
    with pytest.raises(Violation, match=said), _refused():
        ASSUMED.check(10, 10, "Asked for a bias of 10", InputError)
        _fail(error)
