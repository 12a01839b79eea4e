"""`speckhal doctor`: what is, what should be, and what to type."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

import click

from speckhal.cli.views.doctor_view import show
from speckhal.contract.errors import InputError
from speckhal.contract.health import Severity
from speckhal.discovery.registry import registry
from speckhal.discovery.selection import parse_selection
from speckhal.doctor.diagnosis import diagnose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.doctor.diagnosis import Diagnosis


@click.command("doctor")
@click.argument("backend", metavar="[BACKEND]", required=False)
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
        diagnoses = show(diagnose(registry(), name))
    if _needs_doing(diagnoses):
        sys.exit(1)


def _name(text: str) -> str:
    """The name of a backend, or of another plugin.

    Raises:
        InputError: it has a target behind it, which would be ignored.
    """
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


def _needs_doing(diagnoses: Iterable[Diagnosis]) -> bool:
    return any(diagnosis.finding.severity is Severity.PROBLEM for diagnosis in diagnoses)


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
