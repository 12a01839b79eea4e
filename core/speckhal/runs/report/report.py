"""Writes a run as one HTML page, for whoever has neither the record nor speckhal."""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path
from typing import Final

from speckhal.contract.errors import InputError
from speckhal.runs.given_run import given_run
from speckhal.runs.html_templates import html_of
from speckhal.runs.report.contents import contents_of
from speckhal.runs.report.spikes import spike_contents
from speckhal.runs.run import Run
from speckhal.runs.spiking.spike_record import is_spike_record, open_spike_run
from speckhal.runs.spiking.spike_run import SpikeRun
from speckhal.system.paths import is_path, unusable, writable_place
from speckhal.system.whole_file import whole_file

ENDINGS: Final = (".html", ".htm")
_ASKED: Final = "Asked to write the report"


def report(run: Run | SpikeRun | str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Write a run as one HTML page: what was found, pictures, layers, chip, provenance.

    Of a leak it has the verdict and the plan; of spikes their counts, what cores had to do, and
    what other orders gave.

    The page needs no other file, no network and no script, follows the reader's choice of a light
    or a dark screen, and prints. The same run gives the same page, so that pages can be compared.

    Args:
        run: a run of a leak or of spikes, or the path of its record; with a path the page says how
            to open that again.
        path: of the page, which ends in .html; it is written whole, and replaces a file.

    Raises:
        InputError: `path` has another ending, or cannot be written; or there is no run in `run`.
    """
    check_place(path)
    kept_as = Path(run).name if isinstance(run, str | os.PathLike) else ""
    opened = (
        open_spike_run(run)
        if isinstance(run, str | os.PathLike) and is_spike_record(run)
        else given_run(run, asked="report", instead="run = run_leak(device); report(run, path)")
    )
    if not isinstance(opened, Run | SpikeRun):
        raise InputError(
            f"Asked to report a {type(opened).__name__}.",
            hint="run_leak(device) gives a run, as run_spikes does; or give the path of one.",
        )
    write_report(opened, path, kept_as=kept_as)


def write_report(run: Run | SpikeRun, path: str | os.PathLike[str], *, kept_as: str) -> None:
    """Write the page of a run to a place that `check_place` has passed.

    Raises:
        InputError: it cannot be written after all.
    """
    page = page_of(run, kept_as=kept_as)
    try:
        with whole_file(path) as file:
            file.write(page.encode("utf-8"))
    except OSError as error:
        raise unusable(path, _ASKED, error) from error


def check_place(path: str | os.PathLike[str]) -> None:
    """Refuse a place where no page can be written, before one is made.

    Raises:
        InputError: it is no path, its name has another ending, or nothing can be written there.
    """
    if not is_path(path):
        raise InputError(
            f"Asked for a report in {path!r}, which is no path.",
            hint="Give it a name that ends in .html.",
        )
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        given = "''" if path == Path() else path
        raise InputError(
            f"Asked for a report in {given}, and a report is a page of HTML.",
            hint="Give it a name that ends in .html.",
        )
    writable_place(path, _ASKED)


def page_of(run: Run | SpikeRun, *, kept_as: str = "") -> str:
    """The page as text.

    Args:
        run: that is reported.
        kept_as: name of the file that has it; empty where nobody knows.
    """
    version = importlib.metadata.version("speckhal")
    if isinstance(run, SpikeRun):
        contents, template = spike_contents(run, kept_as=kept_as), "report/spikes.html.jinja"
    else:
        contents, template = contents_of(run, kept_as=kept_as), "report/page.html.jinja"
    return html_of(template, {**contents, "speckhal_version": version})
