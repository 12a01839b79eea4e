"""A run as a notebook shows it: a table of its layers, and a picture of each."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from speckhal.runs.html_templates import html_of
from speckhal.runs.late_readings import late_readings
from speckhal.runs.pictures.wording import date_of
from speckhal.runs.plain_about import ExportedRun
from speckhal.runs.plotting import plot_leak
from speckhal.runs.written_start import written_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.leak.verdict import Verdict
    from speckhal.runs.record import LeakRecord

MOST_PICTURES = 4
"""Layers that are drawn; the table has all."""

_COLUMNS = ("layer", "core", "neurons", "readings", "a tick adds", "measured", "answer")


class ShownRun(ExportedRun, Protocol):
    """What is shown of a `speckhal.Run`."""

    @property
    def records(self) -> tuple[LeakRecord, ...]:
        """Each of its layers."""

    @property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """Whether each leaked as deployed."""


def run_as_html(run: ShownRun) -> str:
    """HTML that needs nothing else: colours are the page's own, light or dark."""
    return html_of(
        "run.html.jinja",
        {
            "about": _about(run),
            "columns": _COLUMNS,
            "rows": list(_rows(run)),
            "pictures": dict(_pictures(run)),
        },
    )


def _about(run: ShownRun) -> str:
    info, about = run.info, run.provenance
    serial = f", serial number {info.serial_number}" if info.serial_number else ""
    said = [f"{info.board}{serial} ({info.kind}, {info.chip.name})"]
    if about.started_at:
        said.append(f"started {date_of(about.started_at)}")
    if about.states not in ("", "deployed"):  # nobody knows, or nothing is to be said
        written = written_text(about.written)
        said.append(f"states {about.states}" + (written and f" ({written})"))
    if (late := late_readings(run.traces, about.sampling)) is not None:
        said.append(late.shortly)
    if run.problem is not None:
        said.append(f"ended early by {run.problem.rstrip(': ')}")
    if run.is_partial:
        said.append("the record was never finished")
    return "; ".join(said)


def _rows(run: ShownRun) -> Iterator[list[str]]:
    for trace, layer, verdict in zip(run.traces, run.layers, run.verdicts, strict=True):
        steps = [] if verdict is None else [one.measured_step for one in verdict.channels]
        yield [
            str(layer.index),
            str(layer.core),
            " x ".join(map(str, layer.shape)),
            str(len(trace)),
            _range(layer.biases.tolist()),
            _range(steps),
            "cannot tell" if verdict is None else verdict.answer.value,
        ]


def _range(values: list[int | None]) -> str:
    known = sorted({value for value in values if value is not None})
    if not known:
        return "?"
    return str(known[0]) if len(known) == 1 else f"{known[0]} to {known[-1]}"


def _pictures(run: ShownRun) -> Iterator[tuple[int, str]]:
    """Index and PNG, in base64, of each layer that is drawn.

    Its paper is white, and so it is readable on a dark page as well.
    """
    with tempfile.TemporaryDirectory(prefix="speckhal-") as folder:
        path = Path(folder) / "leak.png"
        for record in run.records[:MOST_PICTURES]:
            if len(record.trace):
                plot_leak(record, path, started_at=run.provenance.started_at)
                yield record.layer.index, base64.b64encode(path.read_bytes()).decode("ascii")
