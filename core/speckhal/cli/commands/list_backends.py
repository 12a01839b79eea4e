"""`speckhal list`: what is installed. It imports no plugin, and stays as quick as it can.

The table is aligned columns, for which rich would take longer to import than all the rest.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

from speckhal.cli.terminal.layout import wrap
from speckhal.discovery.entry_points import (
    BACKENDS,
    DISABLE_VARIABLE,
    PLUGINS,
    disabled_names,
    installed,
    unreadable,
)
from speckhal.discovery.selection import VARIABLE, default_selection
from speckhal.discovery.stale_install import stale_install
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speckhal.discovery.entry_points import Offer
    from speckhal.discovery.selection import Selection
    from speckhal.discovery.status import Standing


_REPLAY = "speckhal.runs.replay.backend:backend"
"""The entry point of the backend that replays records; nothing is imported to see what it is."""


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the entry points.")
@click.option("--why", is_flag=True, help="Import every plugin, and say which can be used.")
def command(*, as_json: bool, why: bool) -> None:
    """List the installed backends, without importing any.

    With --why, list every plugin, those without a backend included, with its entry point and
    distribution, whether it loads, and why not.

    SPECKHAL_DISABLE_PLUGINS holds names of plugins or distributions to leave alone,
    separated by commas; * stands for all that do not come with speckhal.
    """
    if why:
        _explain(as_json=as_json)
    else:
        _list(as_json=as_json)
    stale = stale_install()
    if stale is not None:
        click.echo("\n".join(["", *wrap(stale.said), *wrap(stale.hint)]), err=as_json)


def _list(*, as_json: bool) -> None:
    offers, default = installed(BACKENDS), default_selection()
    if as_json:
        _print_json([_as_json(offer, default) for offer in offers])
        return
    rows = [("BACKEND", "DISTRIBUTION", "VERSION", "")]
    rows += [
        (offer.name, offer.distribution, offer.version, ", ".join(_marks(offer, default)))
        for offer in offers
    ]
    _show(rows)
    if default.backend not in {offer.name for offer in offers}:
        click.echo(printable(f"\n{_mark(default)}: not installed"))


def _print_json(listing: Sequence[object]) -> None:
    import json

    click.echo(json.dumps(listing, indent=2))


def _explain(*, as_json: bool) -> None:
    from speckhal.discovery.registry import registry
    from speckhal.discovery.status import standings

    # what a plugin prints must not end up in the middle of the table, or of the JSON
    with contextlib.redirect_stdout(sys.stderr):
        found = standings(registry())
    if as_json:
        _print_json([*map(_standing_as_json, found)])
    else:
        for group, title in ((BACKENDS, "BACKEND"), (PLUGINS, "PLUGIN")):
            of_group = [standing for standing in found if standing.offer.group == group]
            if of_group:
                click.echo("\n" * (group != BACKENDS), nl=False)
                rows = [(title, "STATE", "DISTRIBUTION", "ENTRY POINT")]
                rows += [
                    (one.offer.name, one.state.value, one.offer.owner, one.offer.value)
                    for one in of_group
                ]
                _show(rows)
        for standing in found:
            if standing.reason:
                click.echo("\n".join(["", *wrap(f"{standing.offer.name}: {standing.reason}")]))
    for remark in _remarks(found):
        click.echo(printable(f"\n{remark}"), err=as_json)


def _remarks(found: Sequence[Standing]) -> Iterable[str]:
    """What users should know besides: entry points that cannot be read, names that nothing has."""
    for broken in unreadable():
        yield f"{broken.distribution}: its entry points cannot be read: {broken.reason}"
    known: frozenset[str] = frozenset().union(*(standing.offer.names for standing in found))
    for name in sorted(disabled_names() - known):
        yield f"{DISABLE_VARIABLE} names {name!r}, and no plugin or distribution has that name."


def _show(rows: Iterable[Sequence[str]]) -> None:
    """Print rows as aligned columns."""
    rows = [[*map(printable, row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _marks(offer: Offer, default: Selection) -> Iterable[str]:
    """The last column of a backend: the default, one without boards, one that is disabled."""
    if offer.name == default.backend:
        yield _mark(default)
    if offer.value == _REPLAY:
        yield "no board: a record, as replay:FILE"
    if offer.is_disabled:
        yield f"disabled ({DISABLE_VARIABLE})"


def _mark(default: Selection) -> str:
    """Says that a backend is the default, and by which variable if by one."""
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
        "disabled": offer.is_disabled,
    }


def _standing_as_json(standing: Standing) -> dict[str, str | list[str]]:
    offer = standing.offer
    return {
        "name": offer.name,
        "group": offer.group,
        "value": offer.value,
        "distribution": offer.distribution,
        "version": offer.version,
        "state": standing.state.value,
        "reason": standing.reason,
        "hooks": list(standing.hooks),
    }
