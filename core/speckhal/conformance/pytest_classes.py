"""Classes for a plugin's own tests: subclass one, and give it a fixture `speckhal_backend`."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from speckhal.conformance.backend_under_test import find_subject, subject_of
from speckhal.conformance.case import Case, Half
from speckhal.conformance.pytest_plugin import note_remarks
from speckhal.conformance.report import Outcome
from speckhal.conformance.runner import run
from speckhal.conformance.suite import CASES, cases_for
from speckhal.contract.errors import SpeckhalError
from speckhal.system.error_text import cause_of

if TYPE_CHECKING:
    from speckhal.contract.backend import Backend


class _Conformance:
    """What the two classes below have in common."""

    @pytest.fixture
    def speckhal_backend(self) -> Backend | str:
        """The backend, or `backend[:target]` for one that is installed. Override this."""
        raise NotImplementedError(
            f"{type(self).__name__} has no fixture `speckhal_backend`: give it one that returns "
            "the backend."
        )

    @pytest.fixture
    def speckhal_target(self) -> str | None:
        """Which board of the backend; None for its first. Override this for another."""
        return None

    # no argument of `test_conforms`: who overrides that calls it with the three that it has
    @pytest.fixture(autouse=True)
    def _speckhal_item(self, request: pytest.FixtureRequest) -> None:
        self._speckhal_node: pytest.Item = request.node


def _prove(case: Case, backend: Backend | str, target: str | None, item: pytest.Item) -> None:
    """Run a case, and fail or skip the test that it is."""
    __tracebackhide__ = True
    try:
        subject = find_subject(backend) if isinstance(backend, str) else subject_of(backend, target)
    except SpeckhalError as error:
        pytest.fail(cause_of(error), pytrace=False)
    if case in cases_for(subject)[1]:
        pytest.skip(f"Left out on hardware, so nothing is said of this: {case.claim}")
    result = run(case, subject)
    note_remarks(item, result)
    if result.outcome is Outcome.FAILED:
        pytest.fail(f"{case.claim}\n{result.reason}", pytrace=False)


_STATIC = tuple(case for case in CASES if case.half is Half.STATIC)


class StaticConformance(_Conformance):
    """The half of the suite that needs no board, for a backend that opens real ones."""

    @pytest.mark.parametrize("case", _STATIC, ids=attrgetter("name"))
    def test_conforms(
        self, case: Case, speckhal_backend: Backend | str, speckhal_target: str | None
    ) -> None:
        """The backend keeps one claim."""
        _prove(case, speckhal_backend, speckhal_target, self._speckhal_node)


class DeviceConformance(_Conformance):
    """The whole suite; it opens a board."""

    @pytest.mark.parametrize("case", CASES, ids=attrgetter("name"))
    def test_conforms(
        self, case: Case, speckhal_backend: Backend | str, speckhal_target: str | None
    ) -> None:
        """The backend keeps one claim."""
        _prove(case, speckhal_backend, speckhal_target, self._speckhal_node)
