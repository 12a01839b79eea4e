"""`speckhal leak`: run the leak experiment and say whether the chip leaks as it should."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, TextIO

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.board_options import board_options, with_profile
from speckhal.cli.completing_files import complete_profile
from speckhal.cli.completion import complete_selection
from speckhal.cli.exit_codes import NOT_DONE, exit_code_of
from speckhal.cli.network_options import network_options
from speckhal.cli.outputs import (
    LeakOutputs,
    keep_elsewhere,
    record_behind,
    refuse_shared,
    where_rescued,
)
from speckhal.cli.sampling_options import sampling_options
from speckhal.cli.terminal.error_messages import Failure
from speckhal.cli.terminal.standard_streams import OutputLost, json_apart
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from speckhal.cli.network_options import NetworkChoice
    from speckhal.cli.sampling_options import SamplingChoice
    from speckhal.cli.views.leak_view import LeakView
    from speckhal.discovery.option_texts import OptionValue
    from speckhal.runs.run import Run

_PATH = UserPath()


@click.command("leak")
@click.option(
    "--backend",
    "selection",
    metavar="BACKEND[:TARGET]",
    shell_complete=complete_selection,
    help="Default: $SPECKHAL_BACKEND, or else mock.",
)
@network_options
@sampling_options(layers="0")
@click.option(
    "--profile",
    type=UserPath(),
    metavar="FILE.toml",
    shell_complete=complete_profile,
    help="Of a measured board, which the mock is to behave like.",
)
@board_options
@click.option(
    "--record",
    type=_PATH,
    metavar="FILE.h5",
    help="Write every reading as it comes, with all else; refused where that file is there.",
)
@click.option("--overwrite", is_flag=True, help="Let the record replace one of that name.")
@click.option(
    "--save",
    "npz",
    type=_PATH,
    metavar="FILE.npz",
    help="Write arrays for numpy; replaces a file of that name.",
)
@click.option(
    "--csv",
    type=_PATH,
    metavar="FILE.csv",
    help="Write a line for each neuron read; replaces a file of that name.",
)
@click.option(
    "--plot", type=_PATH, metavar="FILE.png", help="Draw a picture; replaces a file of that name."
)
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON, nothing else.")
def command(
    *,
    selection: str | None,
    network: NetworkChoice,
    sampling: SamplingChoice,
    profile: Path | None,
    options: dict[str, OptionValue],
    record: Path | None,
    overwrite: bool,
    npz: Path | None,
    csv: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Deploy a network, let its neurons leak, and say whether they leak as they should.

    Prints every reading as it comes and a verdict at the end. The exit code is 0 if all channels
    leak as they should, 1 if one does not, and 2 if the readings do not show it of one, or a file
    could not be written. Ctrl-C keeps what was read. A record keeps it even if the process is
    killed; speckhal show and verify read it, and so does speckhal.open_run.
    """
    from speckhal.cli.views.leak_view import LeakView
    from speckhal.discovery.guarded_loading import blamed_on
    from speckhal.discovery.opening import open_device, select
    from speckhal.discovery.registry import registry
    from speckhal.runs.run_leak import run_leak
    from speckhal.system.paths import working_folder

    outputs = LeakOutputs(npz, csv, plot)
    outputs.check()
    layers = sampling.layers() or [0]
    places = {"--record": record, "--save": npz, "--csv": csv, "--plot": plot}
    refuse_shared(places)
    _check_record(record, overwrite=overwrite)
    working_folder()
    start, settings = sampling.start(), sampling.settings()
    view = LeakView(quiet=as_json)
    with json_apart(as_json) as json_to, contextlib.ExitStack() as stack:
        backend, _ = select(selection)
        replayed = record_behind(selection)
        refuse_shared(places, [] if replayed is None else [replayed])
        offer = registry().offer(backend.name)
        with view.busy("loading the network"):
            wanted = network.load(backend, offer)
        with view.busy(f"opening {backend.name}"):
            device = open_device(selection, **with_profile(options, profile))
        stack.enter_context(blamed_on(offer, "failed while its board was in use"))
        stack.enter_context(device)
        settings = settings.on(device)
        leak = settings.leak(device)
        with view.busy("deploying the network"), network.at_fault():
            deployed = device.deploy(
                wanted.network, input_shape=wanted.input_shape, leak=leak, plan=settings.plan
            )
        read = deployed.layers if layers == "all" else [deployed.layer(one) for one in layers]
        view.introduce(
            device.info,
            read,
            wanted.summary,
            samples=len(settings.sampling()),
            is_stepped=settings.ticks is not None,
        )

        def hand_over(run: Run | None) -> int:
            if run is None or not any(map(len, run.traces)):
                return NOT_DONE
            recorded = [] if record is None or not record.exists() else [record]
            return _hand_over(run, outputs, view, json_to, recorded)

        try:
            with view.progress(virtual=device.clock.is_virtual):
                run = run_leak(
                    device,
                    layers,
                    every_s=settings.every_s,
                    for_s=settings.for_s,
                    ticks=settings.ticks,
                    start=start,
                    record=record,
                    overwrite=overwrite,
                    on_reading=view.reading,
                )
        except BaseException as error:
            # after an error, Ctrl-C or another signal too: what was read so far is kept, and
            # judged; what ended the experiment ends the command, and no interrupt of that
            with contextlib.suppress(KeyboardInterrupt):
                hand_over(getattr(error, "run", None))
            raise
        exit_code = hand_over(run)
    if exit_code:
        raise SystemExit(exit_code)


def _check_record(record: Path | None, *, overwrite: bool) -> None:
    """Refuse a place that no record can take, before anything is measured."""
    from speckhal.runs.record_place import refuse_place

    if record is not None:
        refuse_place(record, overwrite=overwrite)
    elif overwrite:
        raise InputError(
            "Asked for --overwrite without a record.", hint="Give --record FILE.h5 as well."
        )


def _hand_over(
    run: Run,
    outputs: LeakOutputs,
    view: LeakView,
    json_to: TextIO | None,
    recorded: Sequence[Path],
) -> int:
    """Write the files, print the verdict and which files there are, and return the exit code."""
    from speckhal.runs.late_readings import said_of_late_readings

    written = outputs.write(run)
    try:
        if json_to is not None:
            layers = [record.as_json() for record in run.records]
            click.echo(
                json.dumps(layers[0] if len(layers) == 1 else {"layers": layers}), file=json_to
            )
        view.conclude(run.records)
        view.late(said_of_late_readings(run.traces, run.provenance.sampling))
    except OutputLost as lost:
        if lost.exit_code is None:  # else nobody reads it any more
            lost.hint = where_rescued(written.kept or keep_elsewhere(run))
        raise
    finally:
        view.written([*recorded, *written.files])
        for failure in written.failures:
            Failure(failure).show()
    if written.interrupt is not None:
        raise written.interrupt
    return NOT_DONE if written.failures else exit_code_of([run.answer.value])
