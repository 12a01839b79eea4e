"""`speckhal compare` of two records of spikes: a table of layers, and whether they agree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

import click

from speckhal.cli.exit_codes import exit_code_of
from speckhal.cli.terminal.standard_streams import json_apart
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from speckhal.leak.channel_verdict import Answer
    from speckhal.runs.spiking.compare_spikes import SpikeComparison


def are_of_spikes(paths: Mapping[str, Path | None]) -> bool:
    """Whether all are records of spikes.

    Args:
        paths: of the records, by "a" and "b"; None for a board.

    Raises:
        InputError: one is, and the other is a board or another record.
    """
    from speckhal.runs.spiking.spike_record import is_spike_record  # noqa: PLC0415 - it needs numpy

    are = {name: path is not None and is_spike_record(path) for name, path in paths.items()}
    if any(are.values()) and not all(are.values()):
        name = next(name for name, is_one in are.items() if is_one)
        raise InputError(
            f"Asked to compare {paths[name]}, a record of spikes, with something else.",
            hint=f"Play its spikes there, and compare the records: speckhal run NETWORK "
            f"{paths[name]} --backend BACKEND --record OTHER.h5",
        )
    return all(are.values())


def refuse_besides(options: Mapping[str, object]) -> None:
    """Refuse options of which records of spikes have nothing.

    Raises:
        InputError: one was given.
    """
    given = [name for name, value in options.items() if value]
    if given:
        raise InputError(
            f"Asked for {' and '.join(given)}, and A and B are records of spikes.",
            hint=f"Leave out {' and '.join(given)}.",
        )


def compare_records(paths: Mapping[str, Path | None], *, as_json: bool) -> int:
    """Compare two records of spikes, print what was found, and return the exit code.

    Raises:
        InputError: as `open_spike_run` and `compare_spikes`.
    """
    records = {name: path for name, path in paths.items() if path is not None}
    with json_apart(as_json) as json_to:
        return exit_code_of([_compared(records, json_to).value])


def _compared(paths: Mapping[str, Path], json_to: TextIO | None) -> Answer:
    from speckhal.runs.spiking.compare_spikes import compare_spikes  # noqa: PLC0415 - as above
    from speckhal.runs.spiking.spike_record import open_spike_run  # noqa: PLC0415 - as above

    a, b = (open_spike_run(paths[name]) for name in "ab")
    comparison = compare_spikes(a, b)
    if json_to is not None:
        texts = {name: str(path) for name, path in paths.items()}
        click.echo(json.dumps({**texts, **comparison.as_json()}), file=json_to)
        return comparison.answer
    _show(comparison, {"a": f"{paths['a']}, {a.info.board}", "b": f"{paths['b']}, {b.info.board}"})
    return comparison.answer


def _show(comparison: SpikeComparison, names: Mapping[str, str]) -> None:
    from rich.table import Table  # noqa: PLC0415 - slow import
    from rich.text import Text  # noqa: PLC0415 - as above

    from speckhal.cli.terminal.console import PlainConsole  # noqa: PLC0415 - as above
    from speckhal.cli.views.leak_verdict_view import COLOUR  # noqa: PLC0415 - as above
    from speckhal.runs.spiking.compare_spikes import said_of_comparison  # noqa: PLC0415 - as above
    from speckhal.runs.spiking.spike_words import named  # noqa: PLC0415 - as above

    console = PlainConsole()
    for name, said in names.items():
        console.labelled(name, said, indent=3)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("layer", "spikes of a", "of b", "difference", "same spikes", "answer"):
        table.add_column(head, justify="right" if head != "answer" else "left")
    for layer in comparison.layers:
        table.add_row(
            named(layer.layer).removeprefix("layer "),
            f"{layer.a:,}",
            f"{layer.b:,}",
            f"{layer.b / layer.a - 1:+.2%}" if layer.a else "",
            "" if layer.shared != layer.shared else f"{layer.shared:.1%}",
            Text(layer.answer.value),
        )
    console.show_table(table)
    for layer in comparison.layers:
        console.say(f"{named(layer.layer)}: {layer.said}.")
    console.say(said_of_comparison(comparison), style=COLOUR[comparison.answer])
