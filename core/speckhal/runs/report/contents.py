"""What a report says, in its order; the page itself is `page.html.jinja`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.runs.late_readings import said_of_late_readings
from speckhal.runs.pictures.trajectories import in_ranges
from speckhal.runs.report.about import about_run
from speckhal.runs.report.deployed import deployed_layers
from speckhal.runs.report.drawn import MOST_PICTURES, pictures_of
from speckhal.runs.report.found import HEADLINE, LOOK, said_of_layers, verification_of
from speckhal.runs.report.planned import plan_of

if TYPE_CHECKING:
    from speckhal.runs.run import Run


def contents_of(run: Run, *, kept_as: str = "") -> dict[str, object]:
    """Everything that the page shows, by the names that its template uses.

    Args:
        run: that is reported.
        kept_as: name of the file that has it; empty where nobody knows.
    """
    info = run.info
    read = [trace.layer for trace in run.traces]
    what = f"layer{'s' * (len(read) != 1)} {in_ranges(sorted(read))}" if read else "no layer"
    return {
        "heading": f"Leak of {what} on {info.board}",
        "look": LOOK[run.answer],
        "answer": run.answer.value,
        "headline": HEADLINE[run.answer],
        "warning": run.warning,
        "layers": said_of_layers(run),
        "verification": verification_of(run),
        "late": said_of_late_readings(run.traces, run.provenance.sampling),
        "pictures": pictures_of(run),
        "not_drawn": _not_drawn(run),
        "plan": plan_of(run),
        "deployed": deployed_layers(run),
        **about_run(run, kept_as=kept_as),
    }


def _not_drawn(run: Run) -> str:
    """Which layers have no picture, as a sentence; empty where all have one."""
    left = [
        trace.layer
        for number, trace in enumerate(run.traces)
        if number >= MOST_PICTURES or not len(trace)
    ]
    return f"Not drawn: layer{'s' * (len(left) > 1)} {in_ranges(sorted(left))}." if left else ""
