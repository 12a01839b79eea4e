"""Our plugin for pytest: `pytest --speckhal-backend mychip` makes each case of the suite an item.

It offers the fixtures of `speckhal.conformance.pytest_fixtures` to the tests of users, too.

pytest loads this module in every run of every project on the machine, so it imports nothing but
pytest until the option is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speckhal.conformance.pytest_fixtures import (
    add_device_option,
    check_device_option,
    open_speckhal,  # noqa: F401 - pytest finds fixtures here
    speckhal_device,  # noqa: F401 - pytest finds fixtures here
    speckhal_selection,  # noqa: F401 - pytest finds fixtures here
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.conformance.backend_under_test import Subject
    from speckhal.conformance.case import Case
    from speckhal.conformance.report import CaseResult
    from speckhal.contract.errors import SpeckhalError

OPTION = "--speckhal-backend"
REMARK = "speckhal remark"
"""Name of the property of a test that holds a remark."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options that select a backend and the static half."""
    group = parser.getgroup("speckhal", "conformance of a speckhal backend")
    group.addoption(
        OPTION,
        metavar="BACKEND[:TARGET]",
        help="Put that backend to the test; without files on the command line, only that.",
    )
    group.addoption(
        "--speckhal-static",
        action="store_true",
        help="Only the half of the suite that needs no board.",
    )
    add_device_option(parser.getgroup("speckhal"))


def pytest_configure(config: pytest.Config) -> None:
    """Leave the project's own tests out, unless they were asked for.

    Raises:
        UsageError: the options select nothing, so that nothing would be put to the test; or a
            selection is malformed.
    """
    check_device_option(config)
    selection = _selection(config)
    if selection is None:
        if config.getoption("--speckhal-static"):
            raise pytest.UsageError(f"--speckhal-static is of no use without {OPTION}.")
        return
    from speckhal.contract.errors import SpeckhalError
    from speckhal.discovery.selection import parse_selection

    try:
        parse_selection(selection)
    except SpeckhalError as error:
        raise pytest.UsageError(f"{OPTION}: {error}") from None
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = []


# before options such as -k choose among the items
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the cases of the selected backend to what was collected."""
    selection = _selection(session.config)
    if selection is not None:
        suite: ConformanceSuite = ConformanceSuite.from_parent(
            session, name=f"speckhal[{selection}]", nodeid=f"speckhal[{selection}]"
        )
        session.config.stash[_SUITE] = suite
        items.extend(suite.collect())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cases were refused as declared, or left out: pytest has a word for neither.

    And print the remarks, on the option's cases and on those of classes.
    """
    suite = terminalreporter.config.stash.get(_SUITE, None)
    if suite is not None and suite.results:
        from speckhal.conformance.report import Report

        report = Report(suite.name, tuple(suite.results), suite.subject, suite.left_out)
        terminalreporter.write_line(f"speckhal conformance: {report.summary}")
    for reports in terminalreporter.stats.values():
        for each in reports:
            if getattr(each, "when", None) == "call":
                for name, remark in each.user_properties:
                    if name == REMARK:
                        terminalreporter.write_line(f"speckhal remark: {remark}")


def note_remarks(item: pytest.Item, result: CaseResult) -> None:
    """Let the remarks on a case be printed at the end, and stand in reports for machines."""
    item.user_properties.extend((REMARK, f"{result.case.name}: {one}") for one in result.remarks)


def _selection(config: pytest.Config) -> str | None:
    selection: str | None = config.getoption(OPTION, None)
    return selection


class ConformanceSuite(pytest.Collector):
    """All cases for the backend that the option names.

    Attributes:
        subject: the backend; None where it could not be loaded.
        results: of the cases that were run.
        left_out: cases that are not for hardware, where it is that.
    """

    subject: Subject | None = None
    results: list[CaseResult]
    left_out: tuple[Case, ...] = ()

    def collect(self) -> Iterator[pytest.Item]:
        """The cases as items; where the backend does not load, the one that says so."""
        from speckhal.conformance.backend_under_test import find_subject
        from speckhal.conformance.case import Half
        from speckhal.conformance.cases.loading import the_backend_loads
        from speckhal.conformance.suite import cases_for
        from speckhal.contract.errors import DeviceNotFound, SpeckhalError

        self.results = []
        cases: tuple[Case, ...] = (the_backend_loads,)
        failure: SpeckhalError | None = None
        try:
            self.subject = find_subject(str(_selection(self.config)))
        except DeviceNotFound as error:
            raise pytest.UsageError(f"{OPTION}: {error}") from None
        except SpeckhalError as error:
            failure = error
        else:
            static_only: bool = self.config.getoption("--speckhal-static")
            halves = {Half.STATIC} if static_only else set(Half)
            cases, self.left_out = cases_for(self.subject, halves=halves)
        for case in cases:
            item: CaseItem = CaseItem.from_parent(self, name=case.name, case=case, failure=failure)
            yield item


_SUITE: pytest.StashKey[ConformanceSuite] = pytest.StashKey()


class CaseItem(pytest.Item):
    """One case as a test.

    Args:
        case: the case.
        failure: why the backend could not be loaded; None where it could.
    """

    parent: ConformanceSuite

    def __init__(self, *, case: Case, failure: SpeckhalError | None, **node: object) -> None:
        super().__init__(**node)  # type: ignore[arg-type]  # pytest's own arguments, by name
        self._case = case
        self._failure = failure

    def runtest(self) -> None:
        """Run the case, and fail with the reason that it gives."""
        from speckhal.conformance.report import CaseResult, Outcome
        from speckhal.conformance.runner import run
        from speckhal.system.error_text import cause_of
        from speckhal.system.printable import printable

        subject = self.parent.subject
        if subject is not None:
            result = run(self._case, subject)
        else:
            reason = "" if self._failure is None else cause_of(self._failure)
            result = CaseResult(self._case, Outcome.FAILED, reason)
        self.parent.results.append(result)
        note_remarks(self, result)
        if result.outcome is Outcome.FAILED:
            pytest.fail(printable(f"{self._case.claim}\n{result.reason}"), pytrace=False)

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: object = None,  # noqa: ARG002 - pytest's signature
    ) -> str:
        """The claim and the reason; no traceback, which would only show the suite."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[str, None, str]:
        """Where it stands in reports."""
        return self.nodeid, None, self._case.claim
