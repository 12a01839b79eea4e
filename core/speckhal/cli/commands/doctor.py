"""`speckhal doctor`: what is, what should be, and what to type."""

from __future__ import annotations

import collections
import contextlib
import json
import sys
from typing import TYPE_CHECKING

import click

from speckhal.cli.completion import complete_plugin
from speckhal.cli.exit_codes import FOUND_WRONG
from speckhal.cli.terminal.layout import after_label, styled, wrap
from speckhal.contract.errors import InputError
from speckhal.contract.health import Severity
from speckhal.discovery.registry import registry
from speckhal.discovery.selection import parse_selection
from speckhal.doctor.diagnosis import diagnose
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.doctor.diagnosis import Diagnosis

_MARGIN = 2
_COLOURS = {Severity.OK: "green", Severity.WARNING: "yellow", Severity.PROBLEM: "red"}
_MARK = 9  # columns of the longest severity and a gap
_LABEL = 8  # columns of the longest label and a gap


@click.command("doctor")
@click.argument("backend", metavar="[BACKEND]", required=False, shell_complete=complete_plugin)
@click.option("--json", "as_data", is_flag=True, help="Print a JSON list, one object a finding.")
def command(*, backend: str | None, as_data: bool) -> None:
    """Check the installation and the boards, and say what to do.

    Each finding that is not ok says what is, what should be, and what to type. The exit code is
    1 if there is a problem. With BACKEND, only that backend and what all need is examined, and
    what it lacks, such as a board, is a problem rather than a warning. A plugin that offers no
    backend can be named as well.

    Boards that nobody uses are opened for a moment to learn their firmware; boards in use are
    left alone.
    """
    name = None if backend is None else _name(backend)
    if as_data:
        # what a plugin prints must not end up in the middle of the JSON
        with contextlib.redirect_stdout(sys.stderr):
            diagnoses = list(diagnose(registry(), name))
        click.echo(json.dumps([_as_json(diagnosis) for diagnosis in diagnoses], indent=2))
    else:
        diagnoses = _show(diagnose(registry(), name))
    if any(diagnosis.finding.severity is Severity.PROBLEM for diagnosis in diagnoses):
        sys.exit(FOUND_WRONG)


def _name(text: str) -> str:
    """The name of a backend, or of another plugin; a target behind it is refused."""
    # a plugin without a backend may have any name
    if any(offer.name == text for offer in registry().plugins()):
        return text
    selection = parse_selection(text)
    if selection.target is not None:
        raise InputError(
            f"Asked to examine {text!r}, and the doctor examines a backend with all its boards.",
            hint=f"Type: speckhal doctor {selection.backend}",
        )
    return selection.backend


def _as_json(diagnosis: Diagnosis) -> dict[str, str]:
    finding = diagnosis.finding
    return {
        "check": diagnosis.check,
        "plugin": diagnosis.plugin,
        "severity": finding.severity.value,
        "is": finding.is_,
        "should": finding.should,
        "do": finding.do,
    }


def _show(diagnoses: Iterable[Diagnosis]) -> list[Diagnosis]:
    """Print each finding as soon as it is made, and a summary; returns them all."""
    shown: list[Diagnosis] = []
    for diagnosis in diagnoses:
        if not shown or shown[-1].plugin != diagnosis.plugin:
            if shown:
                click.echo()
            for line in wrap(diagnosis.plugin):
                click.echo(styled(line, bold=True))
        _finding(diagnosis)
        shown.append(diagnosis)
    click.echo(f"\n{_summary(shown)}")
    findings = [diagnosis.finding for diagnosis in shown]
    if any(one.severity is Severity.WARNING and one.problem_if_asked for one in findings):
        click.echo("\n".join(wrap("Warnings about a backend that you do not use need no action.")))
    return shown


def _finding(diagnosis: Diagnosis) -> None:
    """One line for what is ok; else a line for the check and one each for what to know."""
    finding = diagnosis.finding
    word = finding.severity.value.ljust(_MARK)
    mark = " " * _MARGIN + styled(word, fg=_COLOURS[finding.severity])
    if finding.severity is Severity.OK:
        indent = _MARGIN + _MARK
        click.echo(mark + after_label(f"{diagnosis.check}: {finding.is_}", indent=indent))
        return
    click.echo(mark + printable(diagnosis.check))
    indent = _MARGIN + _MARK + _LABEL
    for label, text in (("is", finding.is_), ("should", finding.should), ("do", finding.do)):
        bold = styled(label.ljust(_LABEL), bold=True)
        click.echo(" " * (_MARGIN + _MARK) + bold + after_label(text, indent=indent))


def _summary(diagnoses: Iterable[Diagnosis]) -> str:
    """How many of each, such as "1 problem, 2 warnings, 9 ok."."""
    counts = collections.Counter(diagnosis.finding.severity for diagnosis in diagnoses)
    problems, warnings = counts[Severity.PROBLEM], counts[Severity.WARNING]
    counted = [
        f"{problems or 'no'} problem{'' if problems == 1 else 's'}",
        f"{warnings or 'no'} warning{'' if warnings == 1 else 's'}",
        f"{counts[Severity.OK]} ok",
    ]
    return ", ".join(counted).capitalize() + "."
