"""`speckhal info`: what a backend is, and what its chip is, with the source of every fact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from speckhal.cli.terminal.standard_streams import json_apart
from speckhal.cli.views.info_view import as_json, show
from speckhal.contract.backend import describe_board
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.opening import select
from speckhal.discovery.registry import registry

if TYPE_CHECKING:
    from speckhal.contract.backend import Backend, BoardDescription
    from speckhal.contract.chip import ChipFacts
    from speckhal.discovery.entry_points import Offer


@click.command("info")
@click.argument("selection", metavar="BACKEND[:TARGET]")
@click.option("--json", "as_data", is_flag=True, help="Print JSON, by the names of ChipFacts.")
def command(*, selection: str, as_data: bool) -> None:
    """Show what a backend can open, and the facts of its chip with their sources.

    Opens no board, and needs no software of the vendor.
    """
    with json_apart(as_data) as json_to:
        backend, target = select(selection)
        offer = registry().offer(backend.name)
        with blamed_on(offer, "failed when it was asked what it is"):
            chip, board = backend.chip(target), describe_board(backend, target)
            if json_to is None:
                show(offer, backend, board, chip)
            else:
                about = _for_json(offer, backend, board, chip)
                click.echo(json.dumps(about, indent=2, default=as_json), file=json_to)


def _for_json(
    offer: Offer, backend: Backend, board: BoardDescription, chip: ChipFacts
) -> dict[str, object]:
    return {
        "name": backend.name,
        "summary": backend.summary,
        "emulated": board.emulated,
        "distribution": offer.distribution,
        "version": offer.version,
        "api_version": backend.api_version,
        "targets": tuple(backend.targets),
        "capabilities": sorted(item.value for item in board.capabilities),
        "chip": {
            "name": chip.name,
            "facts": dict(chip.rows()),
            "errata": chip.errata,
        },
    }
