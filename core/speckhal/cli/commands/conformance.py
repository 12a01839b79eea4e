"""`speckhal conformance`: puts a backend to the test, and says whether it is what it says."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.completion import complete_selection
from speckhal.cli.exit_codes import FOUND_WRONG
from speckhal.cli.outputs import rescue, where_rescued
from speckhal.cli.views.conformance_view import ConformanceView
from speckhal.conformance.backend_under_test import find_subject
from speckhal.conformance.case import Half
from speckhal.conformance.runner import estimate_s, examine
from speckhal.conformance.suite import cases_for
from speckhal.contract.errors import BackendBroken, BackendIncompatible, InputError
from speckhal.system.paths import why, working_folder, writable_place
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    from speckhal.conformance.report import Report

_ASKED = "Asked to write the report"
_STANDARD_OUTPUT = Path("-")


@click.command("conformance")
@click.argument("backend", metavar="BACKEND[:TARGET]", shell_complete=complete_selection)
@click.option("--static", is_flag=True, help="Only the half that needs no board.")
@click.option(
    "--json",
    "place",
    type=UserPath(),
    metavar="REPORT.json",
    help="Write the report there as well, replacing a file of that name; - for standard output "
    "instead.",
)
def command(*, backend: str, static: bool, place: Path | None) -> None:
    """Put a backend to the test: is it what it says?

    The static half reads the backend's description; the live half opens a board. What the
    backend declares must work, and what it does not declare must be refused. What is left out on
    hardware, since it takes exact timing, is counted and named. A remark is not a failure: it says
    what a refusal does not name, or what the chip's facts left nothing to try of.

    The exit code is 1 if anything failed, also where the backend does not load or its board does
    not open, and 2 where there is no such backend or the report cannot be written.
    """
    halves = {Half.STATIC} if static else set(Half)
    if Half.LIVE in halves:
        working_folder()
    to_stdout = place == _STANDARD_OUTPUT
    if place is not None and not to_stdout:
        writable_place(place, _ASKED)
    # with the report on standard output, what people read goes where it does not disturb
    with contextlib.redirect_stdout(sys.stderr if to_stdout else sys.stdout):
        report = _examine(backend, halves)
    text = json.dumps(report.as_json(), indent=2)
    if to_stdout:
        click.echo(text)
    elif place is not None:
        _write(f"{text}\n".encode(), place)
    if not report.passed:
        sys.exit(FOUND_WRONG)


def _write(report: bytes, place: Path) -> None:
    """Write the report there, or else where it can be found, and say so.

    Raises:
        InputError: it could not be written where it should be.
    """
    try:
        _save(report, place)
    except OSError as error:
        kept = rescue("conformance.json", functools.partial(_save, report))
        hint = where_rescued(kept, "The report")
        if kept is None:
            hint += " It is printed above, and `--json -` prints the report."
        raise InputError(f"{_ASKED} {place}, and {why(error)}.", hint=hint) from error


def _save(report: bytes, place: Path) -> None:
    with whole_file(place) as file:
        file.write(report)


def _examine(backend: str, halves: set[Half]) -> Report:
    try:
        subject = find_subject(backend)
    except (BackendBroken, BackendIncompatible):
        subject = None  # which the report says, and counts as a failure
    cases, left_out = ((), ()) if subject is None else cases_for(subject, halves=halves)
    view = ConformanceView(max(1, len(cases)))
    view.introduce(subject, backend)
    if subject is not None and Half.LIVE in halves and subject.is_hardware:
        view.warn_of_hardware(estimate_s(cases), len(left_out))
    with view.progress:
        report = examine(backend, halves=halves, on_result=view.result)
    view.conclude(report)
    return report
