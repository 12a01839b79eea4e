"""`speckhal plan`: the biases and the clock rate for a leak that is wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from speckhal.cli.arguments import Number, UserPath
from speckhal.cli.completion import complete_selection
from speckhal.cli.network_options import network_options
from speckhal.cli.terminal.standard_streams import json_apart
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from speckhal.cli.network_options import NetworkChoice
    from speckhal.leak.planning.leak_plan import LeakPlan
    from speckhal.leak.planning.wanted_leak import WantedLeak
    from speckhal.opened.open_device import OpenDevice

_PICTURES = (".png", ".pdf", ".svg")


@click.command("plan")
@click.option(
    "--backend",
    "selection",
    metavar="BACKEND[:TARGET]",
    shell_complete=complete_selection,
    help="Default: $SPECKHAL_BACKEND, or else mock.",
)
@network_options
@click.option("--leak", metavar="LEAK", help='Of all layers, such as "5% per 10 ms".')
@click.option(
    "--layer", "of_layers", multiple=True, metavar="N=LEAK", help="Of one layer; may be repeated."
)
@click.option("--max-error", "max_error", metavar="PART", help="Largest error, such as 1%.")
@click.option(
    "--max-ripple", "max_ripple", metavar="PART", help="Largest step, as part of the threshold."
)
@click.option("--rate-hz", "rate_text", metavar="HZ|LOW..HIGH", help="Rates to choose among.")
@click.option(
    "--bits",
    type=Number("a whole number", "8", whole=True),
    metavar="N",
    help="Of a bias, 2 to 16; sinabs rounds to 8.",
)
@click.option(
    "--plot",
    type=UserPath(),
    metavar="FILE.png",
    help="Draw wanted and obtained leak; replaces a file of that name.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON, nothing else.")
def command(
    *,
    selection: str | None,
    network: NetworkChoice,
    leak: str | None,
    of_layers: Sequence[str],
    max_error: str | None,
    max_ripple: str | None,
    rate_text: str | None,
    bits: int | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Find the biases and the clock rate for the leak that is wanted of a network.

    LEAK is a part of the threshold in some time ("5% per 10 ms", "0.5 thresholds per s"), an
    amount in the network's own units ("0.1 units per s"), a time constant with a criterion ("tau
    20 ms half-life"), a step of training ("dt 5 ms"), or "none".

    No board is needed where the backend previews networks; else it is opened.
    """
    from speckhal.cli.views.plan_view import show_plan
    from speckhal.contract.backend import preview_without_board
    from speckhal.discovery.guarded_loading import blamed_on
    from speckhal.discovery.opening import open_device, select
    from speckhal.discovery.registry import registry
    from speckhal.leak.planning.wanted_leak import WantedLeak
    from speckhal.runs.plan_leak import plan_leak
    from speckhal.system.paths import writable_place

    if plot is not None:
        if plot.suffix.lower() not in _PICTURES:
            raise InputError(
                f"Asked to draw the plan into {plot}, whose ending says no kind of picture.",
                hint=f"Use one of {', '.join(_PICTURES)}.",
            )
        writable_place(plot, f"Asked to draw the plan into {plot}")
    if leak is None and not of_layers:
        raise InputError(
            "Asked for a plan without the leak that is wanted.",
            hint='Give --leak "5% per 10 ms", or --layer 0="5% per 10 ms" for one layer.',
        )
    leaks: dict[int | None, WantedLeak] = {}
    for index, wish in map(_of_layer, of_layers):
        if index in leaks:
            raise InputError(
                f"Asked for two leaks of layer {index}: {leaks[index].text!r} and {wish.text!r}.",
                hint="Give one for each layer; one for each channel is written as "
                f'--layer {index}="[5, 3]% per 10 ms".',
            )
        leaks[index] = wish
    if leak is not None:
        leaks[None] = WantedLeak.parse(leak)
    error, ripple = _part(max_error, "--max-error"), _part(max_ripple, "--max-ripple")
    rates_hz = _rates(rate_text)
    with json_apart(as_json) as json_to:
        backend, target = select(selection)
        offer = registry().offer(backend.name)
        wanted = network.load(backend, offer)

        def planned(on: OpenDevice | str | None) -> LeakPlan:
            with network.at_fault():
                return plan_leak(
                    wanted.network,
                    leaks,
                    input_shape=wanted.input_shape,
                    on=on,
                    max_error=error,
                    max_ripple=ripple,
                    rates_hz=rates_hz,
                    bits=bits,
                )

        with blamed_on(offer, "failed while a leak was planned for it"):
            if preview_without_board(backend, target) is not None:
                plan = planned(selection)
            else:
                with open_device(selection) as device:
                    plan = planned(device)
        if plot is not None:
            _draw(plan, plot)
        if json_to is not None:
            click.echo(json.dumps(plan.as_json()), file=json_to)
        else:
            show_plan(plan, wanted.summary)


def _of_layer(text: str) -> tuple[int, WantedLeak]:
    from speckhal.leak.planning.wanted_leak import WantedLeak

    index, equals, leak = text.partition("=")
    if not (equals and index.strip().isdecimal()):
        raise InputError(
            f"Asked for --layer {text!r}, which does not name a layer and its leak.",
            hint='Write --layer N=LEAK, such as --layer 0="5% per 10 ms".',
        )
    return int(index), WantedLeak.parse(leak)


def _part(text: str | None, option: str) -> float | None:
    """A fraction from "1%" or "0.01"."""
    if text is None:
        return None
    number, percent, rest = text.strip().partition("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = 0.0
    if rest or not 0 < value < float("inf"):
        raise InputError(
            f"Asked for {option} {text!r}, which is not a part above 0.",
            hint=f"Write {option} 1%, or {option} 0.01.",
        )
    return value


def _rates(text: str | None) -> int | tuple[int, int] | None:
    if text is None:
        return None
    low, dots, high = text.partition("..")
    try:
        return (int(low), int(high)) if dots else int(low)
    except ValueError:
        raise InputError(
            f"Asked for --rate-hz {text!r}, which is neither a rate nor a range of them.",
            hint="Write --rate-hz 100, or --rate-hz 10..1000, in whole Hz.",
        ) from None


def _draw(plan: LeakPlan, path: Path) -> None:
    from speckhal.leak.planning.plan_picture import plan_figure
    from speckhal.system.whole_file import whole_file

    with whole_file(path) as file:
        figure = plan_figure(plan.layers, plan.summary)
        figure.savefig(file, format=path.suffix.removeprefix(".").lower())
