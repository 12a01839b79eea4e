"""`speckhal report`: a run that was kept, as one page of HTML."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.completing_files import complete_record
from speckhal.contract.errors import InputError

_RECORDS = (".h5", ".hdf5", ".nc", ".npz")


@click.command("report")
@click.argument("file", metavar="FILE", type=UserPath(), shell_complete=complete_record)
@click.option(
    "-o",
    "--out",
    type=UserPath(),
    metavar="PAGE.html",
    help="The page; replaces a file of that name. Default: the name of the record, with .html, "
    "beside it, where no file is.",
)
def command(*, file: Path, out: Path | None) -> None:
    """Write a run as one page of HTML: what was found, pictures, layers, chip, errata.

    FILE is a record of a leak or of spikes, one that its process did not finish (FILE.partial) too,
    or arrays of `speckhal leak --save`. The page needs nothing else and no network, is light or
    dark as the reader's screen is, and is the same whenever it is made. A page that -o names is
    replaced when the new one is whole; one of the default name is not.
    """
    from speckhal.cli.terminal.console import PlainConsole
    from speckhal.runs.open_run import open_run
    from speckhal.runs.report.report import check_place, write_report
    from speckhal.runs.spiking.spike_record import is_spike_record, open_spike_run
    from speckhal.runs.spiking.spike_run import SpikeRun
    from speckhal.runs.spiking.spike_words import said_of_end

    page = _beside(file) if out is None else out
    check_place(page)
    run = open_spike_run(file) if is_spike_record(file) else open_run(file)
    if page.exists() and file.exists() and page.samefile(file):
        raise InputError(f"Asked to report {file} to itself.", hint="Give another name: -o PAGE.")
    write_report(run, page, kept_as=file.name)
    console = PlainConsole()
    if isinstance(run, SpikeRun):
        said, warning = f"{len(run.given):,} spikes in, {len(run.sent):,} out", said_of_end(run)
    else:
        said, warning = run.answer.value, (run.warning,) if run.warning else ()
    console.say(f"Wrote {page}: {said}.")
    for each in warning:
        console.say(each, style="bold yellow")


def _beside(file: Path) -> Path:
    """The page's place where none is asked for.

    Raises:
        InputError: something has that name, which nobody has said to replace.
    """
    from speckhal.runs.record_place import PARTIAL

    record = Path(file.name.removesuffix(PARTIAL) or file.name)
    name = record.stem if record.suffix.lower() in _RECORDS else record.name
    page = file.parent / f"{name}.html"
    if os.path.lexists(page):
        raise InputError(
            f"Asked for a report of {file} without -o, and {page} is there already.",
            hint=f"Replace it: -o {shlex.quote(str(page))}",
        )
    return page
