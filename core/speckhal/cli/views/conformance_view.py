"""What `speckhal conformance` prints: a group for each topic, a line for each claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from speckhal.cli.terminal.console import PlainConsole
from speckhal.conformance.report import Outcome

if TYPE_CHECKING:
    from speckhal.conformance.backend_under_test import Subject
    from speckhal.conformance.report import CaseResult, Report

_MARGIN = 2
_MARK = 9  # columns of the longest mark and a gap
_MARKS = {
    Outcome.PASSED: ("ok", "green"),
    Outcome.REFUSED_AS_DECLARED: ("refused", "yellow"),
    Outcome.FAILED: ("FAILED", "red"),
}
_MANY = 3
"""From this number of failures with one reason on, the reason is not printed again."""


class ConformanceView:
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
