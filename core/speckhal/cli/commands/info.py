"""`speckhal info`: what a backend is, and what its chip is, with the source of every fact.

People get lists and not tables of rich's: a source is a sentence or two, which a column beside the
value would break into a ribbon at 80 columns, so it stands below the value at full width. In a
pipe a fact must stay on one line, to be searched; rich would wrap it there too.
"""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING

import attrs
import click

from speckhal.cli.completion import complete_selection
from speckhal.cli.terminal.layout import styled, wrap
from speckhal.cli.terminal.standard_streams import json_apart
from speckhal.cli.views.options_view import show_options
from speckhal.contract.backend import describe_board
from speckhal.contract.device import kind_of_board
from speckhal.contract.fact_lines import value_lines
from speckhal.contract.option_description import options_of
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.opening import select
from speckhal.discovery.registry import registry
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speckhal.contract.backend import Backend, BoardDescription
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.facts import Erratum, Fact
    from speckhal.discovery.entry_points import Offer

_MARGIN = 2
_GAP = 2


@click.command("info")
@click.argument("selection", metavar="BACKEND[:TARGET]", shell_complete=complete_selection)
@click.option(
    "--options",
    "of_options",
    is_flag=True,
    help="Show instead which options a board can be opened with, and what they rest on.",
)
@click.option(
    "--json",
    "as_data",
    is_flag=True,
    help="Print JSON, by the names of ChipFacts or of OptionDescription.",
)
def command(*, selection: str, of_options: bool, as_data: bool) -> None:
    """Show what a backend can open, and the facts of its chip with their sources.

    Opens no board, and needs no software of the vendor.
    """
    with json_apart(as_data) as json_to:
        backend, target = select(selection)
        offer = registry().offer(backend.name)
        if of_options:
            with blamed_on(offer, "failed when it was asked which options it takes"):
                options = options_of(backend, target)
                if json_to is None:
                    show_options(selection, options, offer.owner)
                else:
                    described = options and [attrs.asdict(item, recurse=False) for item in options]
                    document = {"name": backend.name, "target": target, "options": described}
                    click.echo(json.dumps(document, indent=2, default=_plain), file=json_to)
            return
        with blamed_on(offer, "failed when it was asked what it is"):
            chip, board = backend.chip(target), describe_board(backend, target)
            if json_to is None:
                _show(offer, backend, board, chip)
            else:
                about = _for_json(offer, backend, board, chip)
                click.echo(json.dumps(about, indent=2, default=_plain), file=json_to)


def _for_json(
    offer: Offer, backend: Backend, board: BoardDescription, chip: ChipFacts
) -> dict[str, object]:
    return {
        "name": backend.name,
        "summary": backend.summary,
        "emulated": board.emulated,
        "recorded": board.recorded,
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


def _show(offer: Offer, backend: Backend, board: BoardDescription, chip: ChipFacts) -> None:
    """Print what a backend is, the boards it opens, and what the chosen one can do and is."""
    capabilities = sorted(capability.value for capability in board.capabilities)
    about = {
        "boards": [kind_of_board(emulated=board.emulated, recorded=board.recorded)],
        "can": [", ".join(capabilities) or "nothing optional"],
        "from": [f"{offer.owner}, {offer.value}"],
        "plugin API": [f"version {backend.api_version}"],
    }
    targets = {printable(target.name): [target.summary] for target in backend.targets}
    facts = {name: value_lines(name, fact.value) for name, fact in chip.rows()}
    sources = {name: _source(fact) for name, fact in chip.rows()}
    _section(f"{backend.name}: {backend.summary}", _rows(about))
    _section("Targets (the first one is opened by default)", _rows(targets))
    _section(f"Chip {chip.name}", _rows(facts, sources))
    _section(f"Errata of {chip.name}", _errata(chip.errata), last=True)


def _section(title: str, lines: Iterator[str], *, last: bool = False) -> None:
    click.echo("\n".join(styled(line, bold=True) for line in wrap(title)))
    for line in lines:
        click.echo(line)
    if not last:
        click.echo()


def _rows(
    rows: Mapping[str, Sequence[str]], sources: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Labels in one column, and in the next their texts, each with its source below."""
    indent = _MARGIN + max(map(len, rows), default=0) + _GAP
    for label, texts in rows.items():
        first, *others = (line for text in texts for line in wrap(text, indent=indent))
        yield " " * _MARGIN + label.ljust(indent - _MARGIN) + first.lstrip()
        yield from others
        if sources is not None:
            yield from _quietly(sources[label], indent)


def _errata(errata: Sequence[Erratum]) -> Iterator[str]:
    if not errata:
        yield " " * _MARGIN + "None are known."
    for erratum in errata:
        yield from wrap(erratum.name, indent=_MARGIN)
        yield from wrap(erratum.consequence, indent=_MARGIN + 4)
        yield from _quietly(_source(erratum), _MARGIN + 4)


def _source(known: Fact[object] | Erratum) -> str:
    return f"{known.certainty.value}: {known.source}"


def _quietly(text: str, indent: int) -> Iterator[str]:
    """Lines that stand back behind what they are about."""
    for line in wrap(text, indent=indent):
        yield styled(line, dim=True)


def _plain(value: object) -> object:
    """What `json.dumps` cannot write by itself: set fields by name, enumerations, or a text."""
    if isinstance(value, enum.Enum):
        return value.value
    kind = type(value)
    if attrs.has(kind):
        members = {field.name: getattr(value, field.name) for field in attrs.fields(kind)}
        return {name: member for name, member in members.items() if member is not None}
    return str(value)
