"""`speckhal export`: a run that was kept, as a file that other programs open."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.completing_files import complete_record
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speckhal.contract.spikes import Spikes
    from speckhal.runs.run import Run

_ASKED = "Asked to export to"


@click.command("export")
@click.argument("file", metavar="FILE", type=UserPath(), shell_complete=complete_record)
@click.option(
    "-o",
    "--out",
    type=UserPath(),
    required=True,
    metavar="OUT",
    help="What to write: a name that ends in .csv, .npz or .nc; replaces a file of that name.",
)
def command(*, file: Path, out: Path) -> None:
    """Write a run as csv, npz or netCDF, by the ending of OUT, for programs that open these.

    FILE is a record, one that its process did not finish (FILE.partial) too, or arrays of
    `speckhal leak --save`. All layers that were read are in OUT, with times, ticks, units and what
    is known of the run. A file of that name is replaced when the new one is whole. Of a record of
    spikes, OUT has what the layers sent, as csv, npz or npy. Opened again:

    \b
      csv     pandas.read_csv("OUT.csv", comment="#")
      npz     numpy.load("OUT.npz")
      netCDF  xarray.open_datatree("OUT.nc")
    """  # noqa: D301 - click wants the character itself
    from speckhal.cli.terminal.console import PlainConsole
    from speckhal.runs.open_run import open_run
    from speckhal.runs.spiking.spike_record import is_spike_record, open_spike_run
    from speckhal.system.counted import counted
    from speckhal.system.paths import unusable, writable_place

    console = PlainConsole()
    if is_spike_record(file):
        spikes = open_spike_run(file).sent
        _export_spikes(spikes, file, out)
        console.say(f"Wrote {out}: {counted(len(spikes), 'spike')}.")
        return
    write = _writer(out)
    writable_place(out, _ASKED)
    run = open_run(file)
    if out.exists() and file.exists() and out.samefile(file):
        raise InputError(f"Asked to export {file} to itself.", hint="Give another name: -o OUT.")
    try:
        write(run, out)
    except OSError as error:
        raise unusable(out, _ASKED, error) from error
    console.say(f"Wrote {out}: {_said(run)}.")
    if run.warning:
        console.say(run.warning, style="bold yellow")


def _export_spikes(spikes: Spikes, file: Path, out: Path) -> None:
    """Write spikes in columns, as `speckhal run --spikes-out` does."""
    from speckhal.cli.outputs import refuse_ending
    from speckhal.runs.spiking.spike_files import SPIKE_ENDINGS, write_spikes
    from speckhal.system.paths import is_same_file, unusable, writable_place

    refuse_ending("-o", out, SPIKE_ENDINGS)
    if is_same_file(out, file):
        raise InputError(f"Asked to export {file} to itself.", hint="Give another name: -o OUT.")
    writable_place(out, _ASKED)
    try:
        write_spikes(spikes, out)
    except OSError as error:
        raise unusable(out, _ASKED, error) from error


def _writer(out: Path) -> Callable[[Run, Path], None]:
    """What writes the kind of file that the name has the ending of."""
    from speckhal.runs.analysis_exports import to_netcdf
    from speckhal.runs.exports import to_csv, to_npz

    writers: dict[str, Callable[[Run, Path], None]] = {
        ".csv": functools.partial(to_csv, about=True),
        ".npz": to_npz,
        ".nc": to_netcdf,
    }
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise InputError(
            f"{_ASKED} {out}, and that ending is of no kind of file that is written.",
            hint="Give a name that ends in .csv, .npz or .nc: -o run.nc.",
        )
    return writer


def _said(run: Run) -> str:
    layers = [
        f"{len(trace)} reading{'s' * (len(trace) != 1)} of layer {trace.layer}"
        for trace in run.traces
    ]
    return ", ".join(layers) or "no reading"
