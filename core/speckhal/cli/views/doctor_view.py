"""What `speckhal doctor` prints for people: a group for each plugin, a line for what is ok."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

import click

from speckhal.cli.terminal.layout import after_label, styled, wrap
from speckhal.contract.health import Severity
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.contract.health import Finding
    from speckhal.doctor.diagnosis import Diagnosis

_MARGIN = 2
_COLOURS = {Severity.OK: "green", Severity.WARNING: "yellow", Severity.PROBLEM: "red"}
_MARK = 9  # columns of the longest severity and a gap
_LABEL = 8  # columns of the longest label and a gap


def show(diagnoses: Iterable[Diagnosis]) -> list[Diagnosis]:
    """Print each finding as soon as it is made, and a summary; returns them all."""
    shown: list[Diagnosis] = []
    for diagnosis in diagnoses:
        if not shown or shown[-1].plugin != diagnosis.plugin:
            if shown:
                click.echo()
            click.echo(styled(printable(diagnosis.plugin), bold=True))
        _finding(diagnosis)
        shown.append(diagnosis)
    click.echo(f"\n{_summary(shown)}")
    if any(_matters_to_some(diagnosis.finding) for diagnosis in shown):
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


def _matters_to_some(finding: Finding) -> bool:
    return finding.severity is Severity.WARNING and finding.problem_if_asked


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
