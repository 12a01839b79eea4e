"""What a health check of `speckhal doctor` is, and what it finds.

How bad a finding is follows one rule:

* What is there and cannot work is a *problem*: a plugin that does not load, a board on a USB 2
  port, an SDK that is too old.
* What works, but may surprise, is a *warning*: a version that nobody has tried.
* What is not there, and only its own backend needs, is a warning too: without the vendor's SDK
  or a board the mock works, and nobody may have wanted more. For a user who asks for that
  backend by name it is a problem. Such a finding is made by `Finding.lacking`.

Only a problem makes `speckhal doctor` fail.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Severity(enum.Enum):
    """How bad a finding is; the rule is at the top of this module."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@attrs.frozen
class Finding:
    """What is, what should be, and what to do about the difference.

    Attributes:
        severity: how bad it is.
        is_: what is true now, as a sentence or the name of what was found.
        should: what should be true; empty for what is ok.
        do: what to type, or to do where typing does not help; empty for what is ok.
        problem_if_asked: whether a user who asked for the backend by name has a problem here.
    """

    severity: Severity
    is_: str = attrs.field()
    should: str = attrs.field(default="", kw_only=True)
    do: str = attrs.field(default="", kw_only=True)
    problem_if_asked: bool = attrs.field(default=False, kw_only=True)

    @is_.validator
    def _says_something(self, _attribute: attrs.Attribute[str], is_: str) -> None:
        if not is_.strip():
            raise ValueError("A finding must say what is.")

    @should.validator
    @do.validator
    def _helps_unless_ok(self, attribute: attrs.Attribute[str], text: str) -> None:
        if bool(text.strip()) == (self.severity is Severity.OK):
            raise ValueError(
                f"`{attribute.name}` of a finding that is {self.severity.value} "
                f"must{' not' if text.strip() else ''} be given: {self.is_}"
            )

    @classmethod
    def ok(cls, is_: str) -> Finding:
        """Something is as it should be."""
        return cls(Severity.OK, is_)

    @classmethod
    def warning(cls, is_: str, *, should: str, do: str) -> Finding:
        """Something works, but may surprise."""
        return cls(Severity.WARNING, is_, should=should, do=do)

    @classmethod
    def problem(cls, is_: str, *, should: str, do: str) -> Finding:
        """Something is there and cannot work as it is."""
        return cls(Severity.PROBLEM, is_, should=should, do=do)

    @classmethod
    def lacking(cls, is_: str, *, should: str, do: str) -> Finding:
        """Something is not there that only users of this backend need."""
        return cls(Severity.WARNING, is_, should=should, do=do, problem_if_asked=True)

    def as_asked(self) -> Finding:
        """The finding as it concerns a user who asked for the backend by name."""
        return attrs.evolve(self, severity=Severity.PROBLEM) if self.problem_if_asked else self


@attrs.frozen
class HealthCheck:
    """One thing that `speckhal doctor` looks at.

    Plugins that share a check offer equal ones, and it is run once for all of them.

    Attributes:
        name: what is looked at, in one to three words.
        run: looks; it may find several things, or nothing worth a line. It changes nothing and
            disturbs nobody's board. A crash is reported and costs no other check.
    """

    name: str
    run: Callable[[], Iterable[Finding]]
