"""`speckhal report`: a run that was kept, as one page of HTML."""

from __future__ import annotations

import os
from pathlib import Path

import click

from speckhal.cli.arguments import UserPath
from speckhal.contract.errors import InputError

_RECORDS = (".h5", ".hdf5", ".nc", ".npz")


@click.command("report")
@click.argument("file", metavar="FILE", type=UserPath())
@click.option(
    "-o",
    "--output",
    "output",
    type=UserPath(),
    metavar="FILE.html",
    help="The page. Default: the name of the record, with .html, beside it.",
)
def command(*, file: Path, output: Path | None) -> None:
    """Write a record as one page of HTML: verdict, findings, pictures, plan, layers, chip.

    The page needs nothing else, in light and dark, and the same record gives the same page. FILE
    is what `speckhal show` takes. A page of the default name is never replaced, one of -o is.
    """
    from speckhal.cli.terminal.console import PlainConsole
    from speckhal.runs.report.report import check_place, report

    page = _beside(file) if output is None else output
    check_place(page)
    report(file, page)
    PlainConsole(stderr=True).note(f"wrote {page}")


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
            hint=f"Replace it: -o {page}",
        )
    return page
