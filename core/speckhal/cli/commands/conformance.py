"""`speckhal conformance`: puts a backend to the test, and says whether it is what it says."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from speckhal.cli.arguments import UserPath
from speckhal.cli.outputs import rescue, where_rescued
from speckhal.cli.terminal.console import PlainConsole
from speckhal.conformance.backend_under_test import find_subject
from speckhal.conformance.case import Half
from speckhal.conformance.report import Outcome
from speckhal.conformance.runner import estimate_s, examine
from speckhal.conformance.suite import cases_for
from speckhal.contract.errors import BackendBroken, BackendIncompatible, InputError
from speckhal.system.paths import why, working_folder, writable_place
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    from speckhal.conformance.backend_under_test import Subject
    from speckhal.conformance.report import CaseResult, Report

_ASKED = "Asked to write the report"
_STANDARD_OUTPUT = Path("-")

_MARGIN = 2
_MARK = 9  # columns of the longest mark and a gap
_MARKS = {
    Outcome.PASSED: ("ok", "green"),
    Outcome.REFUSED_AS_DECLARED: ("refused", "yellow"),
    Outcome.FAILED: ("FAILED", "red"),
}
_MANY = 3
"""From this number of failures with one reason on, the reason is not printed again."""


@click.command("conformance")
@click.argument("backend", metavar="BACKEND[:TARGET]")
@click.option("--static", is_flag=True, help="Only the half that needs no board.")
@click.option(
    "--json",
    "place",
    type=UserPath(),
    metavar="REPORT.json",
    help="Write the report there as well; - for standard output instead.",
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
        sys.exit(1)


def _write(report: bytes, place: Path) -> None:
    """Write the report there, or else where it can be found, and say so."""
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
    view = _ConformanceView(max(1, len(cases)))
    view.introduce(subject, backend)
    if subject is not None and Half.LIVE in halves and subject.is_hardware:
        view.warn_of_hardware(estimate_s(cases), len(left_out))
    with view.progress:
        report = examine(backend, halves=halves, on_result=view.result)
    view.conclude(report)
    return report


class _ConformanceView:
    """Shows results as they come, and what they come to.

    Args:
        total: how many cases will be run.

    Attributes:
        progress: shows on a terminal how many cases were run, in a `with` statement.
    """

    def __init__(self, total: int) -> None:
        self._console = PlainConsole()
        self._topic = ""
        self._times_printed: dict[str, int] = {}
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self.progress.add_task("", total=total)

    def introduce(self, subject: Subject | None, selection: str) -> None:
        """Print which backend is put to the test, and what it declares."""
        if subject is None:
            self._console.say(selection, style="bold")
            return
        kind = "hardware" if subject.is_hardware else "an emulation"
        declared = ", ".join(sorted(capability.value for capability in subject.declared)) or "none"
        about = {
            "backend": f"{subject.label}: {subject.backend.summary}",
            "kind": kind,
            "declares": declared,
        }
        for label, text in about.items():
            self._console.labelled(label, text, indent=_MARGIN + _MARK)
        self._console.say("")

    def warn_of_hardware(self, duration_s: float, left_out: int) -> None:
        """Say how long it will take on a board, before it is touched."""
        minutes = max(1, round(duration_s / 60))
        self._console.say(
            f"This opens and closes a board many times; it takes roughly {minutes} "
            f"minute{'' if minutes == 1 else 's'}, and the slow clock runs for some of that. Left "
            f"out, since no computer keeps to the timing: {left_out} "
            f"case{'' if left_out == 1 else 's'}."
        )
        self._console.say("")

    def result(self, result: CaseResult) -> None:
        """Print the outcome of a case, and the reason where it failed."""
        case = result.case
        if case.topic != self._topic:
            self._topic = case.topic
            self._console.say(case.topic.replace("_", " "), style="bold")
        mark, colour = _MARKS[result.outcome]
        self._labelled(mark, colour, case.claim)
        if result.outcome is Outcome.FAILED:
            times = self._times_printed.get(result.reason, 0) + 1
            self._times_printed[result.reason] = times
            if times < _MANY:
                self._labelled("", "", f"{case.name}: {result.reason}")
            elif times == _MANY:
                self._labelled("", "", f"{case.name}: for the same reason, as is what follows.")
        for remark in result.remarks:
            self._labelled("remark", "cyan", f"{case.name}: {remark}")
        self.progress.update(self._task, advance=1, description=case.topic)

    def conclude(self, report: Report) -> None:
        """Print the counts, and whether the backend is what it says."""
        self._console.say("")
        self._console.say(report.summary)
        if report.passed:
            limit = ", as far as the cases go that were not left out" if report.left_out else ""
            self._console.say(f"{report.selection} is what it says{limit}.", style="green")
            return
        failed = report.counts[Outcome.FAILED]
        reasons = {result.reason for result in report.results if result.outcome is Outcome.FAILED}
        if failed > 1 and len(reasons) == 1:
            self._console.say(
                f"{report.selection} could not be put to the test: {failed} claims failed for one "
                "reason, printed above. The static half needs no board: --static.",
                style="red",
            )
            return
        self._console.say(
            f"{report.selection} is not what it says: {failed} "
            f"claim{'' if failed == 1 else 's'} did not hold.",
            style="red",
        )

    def _labelled(self, label: str, style: str, text: str) -> None:
        self._console.labelled(label, text, indent=_MARGIN + _MARK, margin=_MARGIN, style=style)
