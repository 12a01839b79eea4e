"""`speckhal info`: what a backend is, and what its chip is, with the source of every fact."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

import click

from speckhal.cli.views.chip_facts import as_json
from speckhal.cli.views.info_view import show
from speckhal.contract.backend import describe_board
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.opening import select
from speckhal.discovery.registry import registry

if TYPE_CHECKING:
    from speckhal.cli.views.chip_facts import Json
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
    # what a plugin prints must not end up in the JSON
    output, aside = sys.stdout, contextlib.redirect_stdout(sys.stderr)
    with aside if as_data else contextlib.nullcontext():
        backend, target = select(selection)
        offer = registry().offer(backend.name)
        with blamed_on(offer, "failed when it was asked what it is"):
            chip, board = backend.chip(target), describe_board(backend, target)
            if as_data:
                click.echo(json.dumps(_as_json(offer, backend, board, chip), indent=2), file=output)
            else:
                show(offer, backend, board, chip)


def _as_json(offer: Offer, backend: Backend, board: BoardDescription, chip: ChipFacts) -> Json:
    return {
        "name": backend.name,
        "summary": backend.summary,
        "emulated": board.emulated,
        "distribution": offer.distribution,
        "version": offer.version,
        "api_version": backend.api_version,
        "targets": as_json(tuple(backend.targets)),
        "capabilities": as_json(sorted(item.value for item in board.capabilities)),
        "chip": {
            "name": chip.name,
            "facts": {name: as_json(fact) for name, fact in chip.rows()},
            "errata": as_json(chip.errata),
        },
    }
