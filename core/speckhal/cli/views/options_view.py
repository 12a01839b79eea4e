"""What `speckhal info --options` prints: each option with its default, values and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from speckhal.cli.terminal.layout import styled, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.contract.option_description import OptionDescription

_NAME_INDENT = 2
_TEXT_INDENT = 6


def show_options(selection: str, options: Sequence[OptionDescription] | None, owner: str) -> None:
    """Print the options of a board.

    Args:
        selection: by which it was chosen.
        options: that it takes; None where its backend does not say.
        owner: the distribution that the backend is of.
    """
    if options is None:
        _say(f"{selection} does not say which options it takes; it is of {owner}.")
    elif not options:
        _say(f"{selection} takes no options.")
    else:
        _title(f"Options of {selection}, with their defaults")
        _say(
            f'Give them as open_device("{selection}", NAME=VALUE), or as --option NAME=VALUE of '
            "speckhal leak and run. After the default stands how surely real boards are like it.",
        )
        for item in options:
            click.echo()
            for line in _lines(item):
                click.echo(line)


def value_text(item: OptionDescription) -> str:
    """The default of an option with its unit, as people read it."""
    value = item.default
    formula = getattr(value, "formula", None)
    if formula is not None:
        return f"{formula()}"
    return f"{value}" if value is None or not item.unit else f"{value} {item.unit}"


def _lines(item: OptionDescription) -> Iterator[str]:
    known = "" if item.certainty is None else f" ({item.certainty.value})"
    for line in wrap(f"{item.name} = {value_text(item)}{known}", indent=_NAME_INDENT):
        yield styled(line, bold=True)
    yield from wrap(item.summary, indent=_TEXT_INDENT)
    yield from wrap(f"Values: {item.allowed}.", indent=_TEXT_INDENT)
    if any(repr(choice) not in item.allowed for choice in item.choices):
        yield from wrap(f"Names: {', '.join(item.choices)}.", indent=_TEXT_INDENT)
    for line in wrap(item.why, indent=_TEXT_INDENT) if item.why else ():
        yield styled(line, dim=True)


def _title(text: str) -> None:
    click.echo("\n".join(styled(line, bold=True) for line in wrap(text)))


def _say(text: str) -> None:
    for line in wrap(text):
        click.echo(line)
