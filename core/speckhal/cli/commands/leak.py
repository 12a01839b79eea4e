"""`speckhal leak`: run the leak experiment and say whether the chip leaks as it should."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, TextIO

import click

from speckhal.cli.arguments import UserPath, parse_rate_hz
from speckhal.cli.completion import complete_selection
from speckhal.cli.network_options import network_options
from speckhal.cli.outputs import LeakOutputs, keep_elsewhere, where_rescued
from speckhal.cli.terminal.error_messages import Failure
from speckhal.cli.terminal.standard_streams import OutputLost, json_apart
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal.cli.network_options import NetworkChoice
    from speckhal.cli.views.leak_view import LeakView
    from speckhal.runs.record import LeakRecord

_NOT_DONE = 2
_EXIT_CODES = {"agrees": 0, "disagrees": 1, "cannot tell": _NOT_DONE}
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
@click.option("--layer", type=int, default=0, show_default=True, help="Network layer to read.")
@click.option(
    "--rate-hz", "rate_text", metavar="HZ", help="Slow-clock ticks per second.  [default: 1]"
)
@click.option(
    "--every", "every_s", type=float, metavar="S", help="Seconds between readings.  [default: 0.5]"
)
@click.option("--for", "for_s", type=float, metavar="S", help="Seconds to watch.  [default: 10]")
@click.option(
    "--ticks", type=int, metavar="N", help="Step the clock N times instead, reading after each."
)
@click.option(
    "--profile",
    type=UserPath(),
    metavar="FILE.toml",
    help="Of a measured board, which the mock is to behave like.",
)
@click.option("--save", "npz", type=_PATH, metavar="FILE.npz", help="Write arrays for numpy.")
@click.option("--csv", type=_PATH, metavar="FILE.csv", help="Write a line for each neuron read.")
@click.option("--plot", type=_PATH, metavar="FILE.png", help="Draw a picture.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON, nothing else.")
def command(
    *,
    selection: str | None,
    network: NetworkChoice,
    layer: int,
    rate_text: str | None,
    every_s: float | None,
    for_s: float | None,
    ticks: int | None,
    profile: Path | None,
    npz: Path | None,
    csv: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Deploy a network, let its neurons leak, and say whether they leak as they should.

    Prints every reading as it comes and a verdict at the end. The exit code is 0 if all channels
    leak as they should, 1 if one does not, and 2 if the readings do not show it of one, or a file
    could not be written. Ctrl-C keeps what was read.
    """
    from speckhal.cli.views.leak_view import LeakView
    from speckhal.contract.capabilities import ClockDrive
    from speckhal.discovery.guarded_loading import blamed_on
    from speckhal.discovery.opening import open_device, select
    from speckhal.discovery.registry import registry
    from speckhal.leak.experiment import LeakExperiment
    from speckhal.leak.sampling import sampling_of
    from speckhal.runs.record import LeakRecord
    from speckhal.system.paths import working_folder

    outputs = LeakOutputs(npz, csv, plot)
    outputs.check()
    working_folder()
    if ticks is not None:
        _refuse_with_ticks({"--rate-hz": rate_text, "--every": every_s, "--for": for_s})
    rate_hz = parse_rate_hz("1" if rate_text is None else rate_text)
    sampling = sampling_of(every_s=every_s, for_s=for_s, ticks=ticks)
    view = LeakView(len(sampling), quiet=as_json)
    with json_apart(as_json) as json_to, contextlib.ExitStack() as stack:
        backend, _ = select(selection)
        offer = registry().offer(backend.name)
        with view.busy("loading the network"):
            wanted = network.load(backend, offer)
        with view.busy(f"opening {backend.name}"):
            options = {} if profile is None else {"profile": str(profile)}
            device = open_device(selection, **options)
        stack.enter_context(blamed_on(offer, "failed while its board was in use"))
        stack.enter_context(device)
        leak = (
            device.leak_config(rate_hz=rate_hz)
            if ticks is None
            else device.leak_config(drive=ClockDrive.STEPPED)
        )
        with view.busy("deploying the network"), network.at_fault():
            deployed = device.deploy(wanted.network, input_shape=wanted.input_shape, leak=leak)
        experiment = LeakExperiment(device, sampling, layers=(layer,), on_reading=view.reading)
        on_chip = deployed.layer(layer)
        view.introduce(device.info, on_chip, wanted.summary)

        def hand_over() -> int:
            trace = experiment.trace
            if trace is None:
                return _NOT_DONE
            return _hand_over(LeakRecord(device.info, on_chip, trace), outputs, view, json_to)

        try:
            with view.progress(virtual=device.clock.is_virtual):
                experiment.run()
        except BaseException:
            # after an error, Ctrl-C or another signal too: what was read so far is kept, and
            # judged; what ended the experiment ends the command, and no interrupt of that
            with contextlib.suppress(KeyboardInterrupt):
                hand_over()
            raise
        exit_code = hand_over()
    if exit_code:
        raise SystemExit(exit_code)


def _refuse_with_ticks(clocked: dict[str, object]) -> None:
    """Refuse the options of a clock that runs, by name, which are None where not given."""
    given = " and ".join(name for name, value in clocked.items() if value is not None)
    if given:
        raise InputError(
            f"Asked for --ticks together with {given}, and a stepped clock has no time of its own.",
            hint=f"Leave out either --ticks or {given}.",
        )


def _hand_over(
    record: LeakRecord, outputs: LeakOutputs, view: LeakView, json_to: TextIO | None
) -> int:
    """Write the files, print the verdict, and return the exit code."""
    written = outputs.write(record)
    try:
        view.written(written.files)
        if json_to is not None:
            click.echo(json.dumps(record.as_json()), file=json_to)
        view.conclude(record)
    except OutputLost as lost:
        if lost.exit_code is None:  # else nobody reads it any more
            lost.hint = where_rescued(written.kept or keep_elsewhere(record))
        raise
    finally:
        for failure in written.failures:
            Failure(failure).show()
    if written.interrupt is not None:
        raise written.interrupt
    return _NOT_DONE if written.failures else _EXIT_CODES[record.answer.value]
