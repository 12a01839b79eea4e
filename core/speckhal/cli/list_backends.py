"""`speckhal list`: what is installed. It imports no plugin, and stays as quick as it can.

The table is four aligned columns, for which rich would take longer to import than all the rest.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from speckhal.offers import BACKENDS, installed
from speckhal.selection import VARIABLE, default_selection

if TYPE_CHECKING:
    from speckhal.offers import Offer
    from speckhal.selection import Selection


@click.command("list", short_help="List the installed backends.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the entry points.")
def command(*, as_json: bool) -> None:
    """List the installed backends, without importing any."""
    offers, default = installed(BACKENDS), default_selection()
    if as_json:
        click.echo(json.dumps([_as_json(offer, default) for offer in offers], indent=2))
        return
    rows = [("BACKEND", "DISTRIBUTION", "VERSION", "")]
    for offer in offers:
        mark = _mark(default) if offer.name == default.backend else ""
        rows.append((offer.name, offer.distribution, offer.version, mark))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    if default.backend not in {offer.name for offer in offers}:
        click.echo(f"\n{_mark(default)}: not installed")


def _mark(default: Selection) -> str:
    """Says that a backend is the default, and why if it is not by itself."""
    if not os.environ.get(VARIABLE):
        return "default"
    return f"default ({VARIABLE}={default})"


def _as_json(offer: Offer, default: Selection) -> dict[str, str | bool]:
    return {
        "name": offer.name,
        "distribution": offer.distribution,
        "version": offer.version,
        "value": offer.value,
        "default": offer.name == default.backend,
    }
