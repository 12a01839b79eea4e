"""`speckhal run`: events into a network, and what comes of them."""

from __future__ import annotations

import contextlib
import functools
import json
from typing import TYPE_CHECKING, TextIO

import attrs
import click

from speckhal.cli.arguments import Number, UserPath
from speckhal.cli.board_options import board_options, with_profile
from speckhal.cli.completing_files import complete_network_or_events, complete_profile
from speckhal.cli.completion import complete_selection
from speckhal.cli.exit_codes import NOT_DONE
from speckhal.cli.network_options import NetworkChoice, network_options
from speckhal.cli.outputs import refuse_shared, where_rescued
from speckhal.cli.run_arguments import assigned
from speckhal.cli.spike_options import parse_monitor, spike_options
from speckhal.cli.spike_outputs import WHAT, SpikeOutputs, keep_spikes_elsewhere
from speckhal.cli.terminal.error_messages import Failure
from speckhal.cli.terminal.standard_streams import OutputLost, json_apart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from speckhal.cli.spike_options import SpikeChoice
    from speckhal.cli.views.spike_view import SpikeView
    from speckhal.contract.network_spec import ExampleNetwork
    from speckhal.discovery.option_texts import OptionValue
    from speckhal.runs.spiking.spike_run import SpikeRun

_PATH = UserPath()


@click.command("run")
@click.argument(
    "files",
    nargs=-1,
    metavar="[NETWORK] [EVENTS]",
    shell_complete=complete_network_or_events,
)
@click.option(
    "--backend",
    "selection",
    metavar="BACKEND[:TARGET]",
    shell_complete=complete_selection,
    help="Default: $SPECKHAL_BACKEND, or else mock.",
)
@functools.partial(network_options, default="an example that fires")
@spike_options
@click.option(
    "--monitor",
    metavar="N,N|all",
    default="all",
    help="Layers whose spikes come to the host; sensor for events of its path.  [default: all]",
)
@click.option(
    "--rate-hz",
    type=Number("a whole number of Hz", "10", whole=True),
    metavar="HZ",
    help="Let neurons leak meanwhile, at this many ticks a second.  [default: no leak]",
)
@click.option(
    "--orders",
    type=Number("a whole number", "5", whole=True),
    metavar="N",
    help="Repeat it in N orders that a chip may follow, and say what differs.",
)
@click.option(
    "--profile",
    type=_PATH,
    metavar="FILE.toml",
    shell_complete=complete_profile,
    help="Of a measured board, which the mock is to behave like.",
)
@board_options
@click.option(
    "-o",
    "--record",
    type=_PATH,
    metavar="FILE.h5",
    help="Write the run with all that is known of it; refused where that file is there.",
)
@click.option("--overwrite", is_flag=True, help="Let the record replace one of that name.")
@click.option(
    "--spikes-out",
    type=_PATH,
    metavar="FILE.npz|.npy|.csv",
    help="Write the spikes of the layers; replaces a file of that name.",
)
@click.option(
    "--plot",
    "--png",
    type=_PATH,
    metavar="FILE.png",
    help="Draw a picture; replaces a file of that name.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was counted as JSON only.")
def command(
    *,
    files: tuple[str, ...],
    selection: str | None,
    network: NetworkChoice,
    spikes: SpikeChoice,
    monitor: str,
    rate_hz: int | None,
    orders: int | None,
    profile: Path | None,
    options: dict[str, OptionValue],
    record: Path | None,
    overwrite: bool,
    spikes_out: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Play events into a network, and show what its layers send.

    NETWORK is FILE.py:NAME or FILE.nir, as for --network; without one, an example with three layers
    runs. EVENTS are a file: npy or npz with named columns (tonic's x, y, t and p, or time_us,
    channel, y, x and layer), csv with such a first line, a sample that tonic has cached (hdf5), one
    of N-MNIST (bin), or a record of this command (h5), whose input it plays again. Times are in
    microseconds. Without EVENTS, spikes are made at random.
    It needs a board or the mock: a record, as replay:FILE, takes no spikes.

    Prints how many spikes each layer sent and, of an emulated board, what each core had to do. The
    exit code is 0, or 2 if the stimulation did not end or a file could not be written; what was
    gathered is kept all the same.
    """
    from speckhal.cli.views.spike_view import SpikeView
    from speckhal.system.paths import working_folder

    network, spikes = assigned(files, network, spikes)
    spikes.check()
    parse_monitor(monitor)
    outputs = SpikeOutputs(record, overwrite, spikes_out, plot)
    outputs.check()
    sources = [] if spikes.file is None else [spikes.file]
    refuse_shared({"--record": record, "--spikes-out": spikes_out, "--plot": plot}, sources)
    working_folder()
    given = with_profile(options, profile)
    if orders is not None:
        from speckhal.runs.spiking.orders import refuse_orders

        refuse_orders(selection, given, orders)
    view = SpikeView(quiet=as_json)
    with json_apart(as_json) as json_to:
        kept: list[SpikeRun] = []
        try:
            wanted = _stimulated(
                view, selection, network, spikes, given, kept, monitor=monitor, rate_hz=rate_hz
            )
            if orders is not None:
                outputs = outputs.ahead(kept[-1])
                _in_orders(view, kept, wanted, selection, given, orders, rate_hz)
        except BaseException:
            # after Ctrl-C or another signal too: what was gathered is kept; what ended it ends
            # the command, and no interrupt of that
            with contextlib.suppress(KeyboardInterrupt):
                for run in kept:
                    _hand_over(run, outputs, view, json_to)
            raise
        failed = _hand_over(kept[-1], outputs, view, json_to)
    if failed:
        raise SystemExit(NOT_DONE)


def _stimulated(
    view: SpikeView,
    selection: str | None,
    network: NetworkChoice,
    spikes: SpikeChoice,
    options: Mapping[str, OptionValue],
    kept: list[SpikeRun],
    *,
    monitor: str,
    rate_hz: int | None,
) -> ExampleNetwork:
    """The network; the run goes into `kept`, also one that something ended early."""
    from speckhal.cli.views.spike_view import has_biases
    from speckhal.discovery.guarded_loading import blamed_on
    from speckhal.discovery.opening import open_device, select
    from speckhal.discovery.registry import registry
    from speckhal.runs.spiking.deploy_monitored import deploy_monitored
    from speckhal.runs.spiking.example import spiking_example
    from speckhal.runs.spiking.run_spikes import run_spikes
    from speckhal.runs.spiking.spike_run import SpikeRun

    backend, _ = select(selection)
    offer = registry().offer(backend.name)
    # first the board: an emulated one brings what sinabs' layers for chips import
    with view.busy(f"opening {backend.name}"):
        device = open_device(selection, **options)
    with device:
        with view.busy("loading the network"):
            wanted = network.load(backend, offer, example=spiking_example)
            events = spikes.load(wanted.network, wanted.input_shape)
        with blamed_on(offer, "failed while its board was in use"):
            leak = None if rate_hz is None else device.leak_config(rate_hz=rate_hz)
            with view.busy("deploying the network"), network.at_fault():
                deployed = deploy_monitored(
                    device,
                    wanted.network,
                    wanted.input_shape,
                    monitor=parse_monitor(monitor),
                    leak=leak,
                )
            view.introduce(
                device.info,
                wanted.summary,
                events,
                spikes.said,
                rate_hz=rate_hz,
                has_biases=has_biases(deployed),
            )
            seeds = {} if spikes.file is not None else {"spikes": spikes.made_with}
            try:
                with view.busy("playing the spikes"):
                    kept.append(run_spikes(device, events, seeds=seeds))
            except BaseException as error:
                gathered = getattr(error, "run", None)
                if isinstance(gathered, SpikeRun):
                    kept.append(gathered)
                raise
    return wanted


def _in_orders(
    view: SpikeView,
    kept: list[SpikeRun],
    wanted: ExampleNetwork,
    selection: str | None,
    options: Mapping[str, OptionValue],
    orders: int,
    rate_hz: int | None,
) -> None:
    """Give the run that was kept what it gave in other orders, also where not all are finished."""
    from speckhal.runs.spiking.order_spread import OrderSpread
    from speckhal.runs.spiking.orders import spread_of_orders

    try:
        with view.busy(f"repeating it in {orders} orders"):
            spread = spread_of_orders(
                kept[0],
                wanted.network,
                input_shape=wanted.input_shape,
                orders=orders,
                selection=selection,
                options=options,
                rate_hz=rate_hz,
            )
    except BaseException as error:
        some = getattr(error, "spread", None)
        if isinstance(some, OrderSpread):
            kept[0] = attrs.evolve(kept[0], spread=some)
        else:
            view.without_spread()
        raise
    kept[0] = attrs.evolve(kept[0], spread=spread)


def _hand_over(
    found: SpikeRun, outputs: SpikeOutputs, view: SpikeView, json_to: TextIO | None
) -> bool:
    """Write the files, print what was found, and return whether a file could not be written."""
    from speckhal.runs.spiking.plain_spikes import plain_run

    written = outputs.write(found)
    try:
        if json_to is not None:
            click.echo(json.dumps(plain_run(found), default=str), file=json_to)
        view.conclude(found)
    except OutputLost as lost:
        if lost.exit_code is None:  # else nobody reads it any more
            lost.hint = where_rescued(written.kept or keep_spikes_elsewhere(found), WHAT)
        raise
    finally:
        view.written(written.files)
        for failure in written.failures:
            Failure(failure).show()
    if written.interrupt is not None:
        raise written.interrupt
    return bool(written.failures)
