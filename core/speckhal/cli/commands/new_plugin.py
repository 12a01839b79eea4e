"""`speckhal new-plugin`: a distribution for another chip, green from the start."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.completion import complete_like
from speckhal.scaffold.plugin_spec import LICENSES, take_order
from speckhal.scaffold.writing import write_plugin
from speckhal.system.printable import printable


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--like",
    metavar="LIKE",
    shell_complete=complete_like,
    help="What to start from: a chip of an installed backend, or 'device' for a board that brings "
    "its own way to talk to it. The chip of the mock, if not given.",
)
@click.option(
    "--out",
    "-o",
    type=UserPath(),
    default=Path(),
    metavar="FOLDER",
    help="Where its folder goes; here, if not given.",
)
@click.option(
    "--license",
    "license_name",
    type=click.Choice(LICENSES),
    default=LICENSES[0],
    show_default=True,
    help="Of what is written.",
)
@click.option("--author", default="", metavar="NAME", help="Who holds the copyright.")
def command(*, name: str, like: str | None, out: Path, license_name: str, author: str) -> None:
    """Write an installable plugin for the chip NAME into the folder speckhal-NAME.

    Its facts are inherited from the chip that it is like, or made up, and say so. It passes ruff,
    mypy --strict and the conformance suite on an emulated board as it is written.
    """
    order = take_order(name, like=like, license_name=license_name, author=author)
    folder = write_plugin(order, out)
    sources = shlex.quote(str(folder / "src"))
    said = (
        f"Wrote {folder}. Next:\n"
        f"  pip install -e {shlex.quote(f'{folder}[dev]')}\n"
        f"  speckhal conformance {order.emulated_name}\n"
        "What to look up in the chip's data sheet:\n"
        f"  grep -rn check {sources}"
    )
    click.echo(printable(said))
