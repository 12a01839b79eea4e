"""`speckhal verify`: what the readings of a record show of the board, point by point."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.completing_files import complete_record
from speckhal.cli.exit_codes import exit_code_of
from speckhal.cli.terminal.standard_streams import json_apart
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("verify")
@click.argument("file", metavar="FILE", type=UserPath(), shell_complete=complete_record)
@click.option(
    "--jitter-ms",
    "jitter_text",
    metavar="MS",
    default="5",
    show_default=True,
    help="How far the moment of a request may be from the one noted.",
)
@click.option(
    "--points",
    "points_text",
    metavar="NAMES",
    help="What the answer waits for, such as step,lost-ticks.  [default: whatever shows a fault]",
)
@click.option("--json", "as_data", is_flag=True, help="Print the findings as JSON, nothing else.")
def command(*, file: Path, jitter_text: str, points_text: str | None, as_data: bool) -> None:
    """Verify a record: step, clock rate, lost ticks, phase, clamp, outliers and aliasing.

    Each point has one of three answers. What was measured is compared with what was deployed, and
    with the plan where the record has one. The exit code is 0 if the board agrees, 1 if it does
    not, and 2 if the readings do not show it: what would is printed. With --points the answer waits
    for these alone, and disagrees all the same if another one does.
    """
    from speckhal.cli.views.verification_view import show_verification
    from speckhal.leak.verification.verification import verify
    from speckhal.runs.open_run import open_run

    jitter_s = _jitter_s(jitter_text)
    points = None
    if points_text is not None:
        points = [one.strip().replace("-", " ") for one in points_text.split(",") if one.strip()]
    with json_apart(as_data) as json_to:
        run = open_run(file)
        verification = verify(run, jitter_s=jitter_s, points=points)
        if json_to is None:
            show_verification(run, verification, jitter_s=jitter_s)
        else:
            about = {
                "file": str(file),
                "is_partial": run.is_partial,
                "problem": run.problem,
                "jitter_s": jitter_s,
            }
            click.echo(json.dumps({**about, **verification.as_json()}), file=json_to)
    exit_code = exit_code_of([verification.answer.value])
    if exit_code:
        raise SystemExit(exit_code)


def _jitter_s(text: str) -> float:
    try:
        jitter_s = float(text) / 1000
    except ValueError:
        jitter_s = math.nan
    if not 0 <= jitter_s < math.inf:
        raise InputError(
            f"Asked to allow a jitter of {text!r} ms, which is not a time.",
            hint="Write --jitter-ms 5, or 0 for times that are exact, as those of the mock are.",
        )
    return jitter_s
