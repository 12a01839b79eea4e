"""The option by which commands take options of a backend: `--option NAME=VALUE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from speckhal.cli.completion import complete_option
from speckhal.contract.errors import InputError
from speckhal.discovery.option_texts import parse_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from speckhal.discovery.option_texts import OptionValue


def _parsed(
    ctx: click.Context,  # noqa: ARG001 - click's signature
    param: click.Parameter,  # noqa: ARG001 - click's signature
    texts: tuple[str, ...],
) -> dict[str, OptionValue]:
    return parse_options(texts)


board_options = click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_parsed,
    shell_complete=complete_option,
    help="How the board behaves, such as overflow=wrap; may be repeated. See speckhal info mock "
    "--options.",
)
"""Gives a command `options: dict[str, OptionValue]`; the backend checks names and values."""


def with_profile(
    options: Mapping[str, OptionValue], profile: Path | None
) -> dict[str, OptionValue]:
    """The options with that of `--profile FILE`.

    Raises:
        InputError: it was given in both ways.
    """
    if profile is None:
        return dict(options)
    if "profile" in options:
        raise InputError(
            "Asked for a profile twice: by --profile and by --option profile.",
            hint="Leave one of them out.",
        )
    return {**options, "profile": str(profile)}
