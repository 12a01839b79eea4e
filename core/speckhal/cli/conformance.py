"""`speckhal conformance`: puts a backend to the test, and says whether it is what it says."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

import click

from speckhal.cli.conformance_view import ConformanceView
from speckhal.conformance.case import Half
from speckhal.conformance.runner import estimate_s, examine
from speckhal.conformance.subject import find_subject
from speckhal.conformance.suite import cases_for
from speckhal.errors import BackendError
from speckhal.paths import working_folder

if TYPE_CHECKING:
    from typing import TextIO

    from speckhal.conformance.report import Report


@click.command("conformance", short_help="Put a backend to the test: is it what it says?")
@click.argument("backend", metavar="BACKEND[:TARGET]")
@click.option("--static", is_flag=True, help="Only the half that needs no board.")
@click.option(
    "--json",
    "report_file",
    type=click.File("w", lazy=False),
    metavar="REPORT.json",
    help="Write the report there as well; - for standard output instead.",
)
def command(*, backend: str, static: bool, report_file: TextIO | None) -> None:
    """Put a backend to the test: is it what it says?

    The static half reads the backend's description; the live half opens a board. What the
    backend declares must work, and what it does not declare must be refused. What is left out on
    hardware, since it takes exact timing, is counted and named. The exit code is 1 if anything
    failed, also where the backend does not load or its board does not open.
    """
    halves = {Half.STATIC} if static else set(Half)
    if Half.LIVE in halves:
        working_folder()
    to_stdout = report_file is not None and report_file.name in {"-", "<stdout>"}
    # with the report on standard output, what people read goes where it does not disturb
    with contextlib.redirect_stdout(sys.stderr if to_stdout else sys.stdout):
        report = _examine(backend, halves)
    if report_file is not None:
        click.echo(json.dumps(report.as_json(), indent=2), file=report_file)
    if not report.passed:
        sys.exit(1)


def _examine(backend: str, halves: set[Half]) -> Report:
    try:
        subject = find_subject(backend)
    except BackendError:
        subject = None  # which the report says, and counts as a failure
    cases, left_out = ((), ()) if subject is None else cases_for(subject, halves=halves)
    view = ConformanceView(max(1, len(cases)))
    view.introduce(subject, backend)
    if subject is not None and Half.LIVE in halves and subject.is_hardware:
        view.warn_of_hardware(estimate_s(cases), len(left_out))
    with view.progress():
        report = examine(backend, halves=halves, on_result=view.result)
    view.conclude(report)
    return report
