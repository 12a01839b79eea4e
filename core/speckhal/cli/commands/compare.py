"""`speckhal compare`: two boards driven alike, or records, tick by tick."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.completion import complete_option, complete_selection_or_record
from speckhal.cli.exit_codes import exit_code_of
from speckhal.cli.network_options import network_options
from speckhal.cli.outputs import record_behind, refuse_shared
from speckhal.cli.sampling_options import sampling_options
from speckhal.cli.terminal.standard_streams import json_apart
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from speckhal.cli.deployed_alike import ChosenBoard
    from speckhal.cli.network_options import NetworkChoice
    from speckhal.cli.sampling_options import SamplingChoice
    from speckhal.runs.comparison.run_comparison import RunComparison
    from speckhal.runs.run import Run

_PICTURES = (".png", ".pdf", ".svg")
_PATH = UserPath()


@click.command("compare")
@click.argument("a", metavar="A", shell_complete=complete_selection_or_record)
@click.argument("b", metavar="B", shell_complete=complete_selection_or_record)
@network_options
@sampling_options(layers="those that leak")
@click.option(
    "--option-a",
    "options_a",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete_option,
    help="How board A behaves, as leak --option; may be repeated.",
)
@click.option(
    "--option-b",
    "options_b",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete_option,
    help="How board B behaves.",
)
@click.option("--record-a", type=_PATH, metavar="FILE.h5", help="Record the run on board A.")
@click.option("--record-b", type=_PATH, metavar="FILE.h5", help="Record the run on board B.")
@click.option("--overwrite", is_flag=True, help="Let the records replace those of their names.")
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    metavar="NAME=VALUE",
    help="How far the two may be apart: v_mem or step in chip units, thresholds, rate as a "
    "fraction, start in ticks; may be repeated.",
)
@click.option(
    "--plot",
    type=_PATH,
    metavar="FILE.png",
    help="Draw both and their difference; replaces a file of that name.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON, nothing else.")
def command(
    *,
    a: str,
    b: str,
    network: NetworkChoice,
    sampling: SamplingChoice,
    options_a: tuple[str, ...],
    options_b: tuple[str, ...],
    record_a: Path | None,
    record_b: Path | None,
    overwrite: bool,
    tolerances: tuple[str, ...],
    plot: Path | None,
    as_json: bool,
) -> None:
    """Compare two boards that are driven alike, or records, tick by tick.

    A and B are each a record (FILE.h5, FILE.npz) or a board (BACKEND[:TARGET]). A file that is
    there is a record; ./NAME always is. Two boards get the same network and the same experiment. A
    board that is compared with a record is driven as the record was measured, and so is one that is
    compared with a replay, where nothing else is asked for.

    Prints whether they agree, or the first divergence: tick, layer, core, neuron, both values and
    what was read before and after. Of two records of spikes, which must be of the same spikes and
    layers, it prints the counts of each layer, and whether they differ by more than the order of
    spikes may change, where one was recorded with --orders.

    The exit code is 0 if they agree, 1 if not, and 2 if the readings do not show it.
    """
    from speckhal.cli.compared_experiment import experiment_asked, experiment_of, refuse_leaked
    from speckhal.cli.compared_spikes import are_of_spikes, compare_records, refuse_besides
    from speckhal.cli.deployed_alike import ChosenBoard
    from speckhal.cli.driven_alike import drive_alike, record_of
    from speckhal.cli.views.compare_view import busy, saying_what_was_written
    from speckhal.discovery.option_texts import parse_options
    from speckhal.runs.comparison.compare import compare
    from speckhal.runs.comparison.tolerance import Tolerance
    from speckhal.runs.open_run import file_of_run, open_run

    tolerance = Tolerance.of(_tolerance(tolerances))
    _check_plot(plot)
    texts = {"a": a, "b": b}
    paths = {name: record_of(text) for name, text in texts.items()}
    if are_of_spikes(paths):
        refuse_besides(
            {
                **network.by_option(),
                **sampling.by_option(),
                "--tolerance": tolerances,
                "--option-a": options_a,
                "--option-b": options_b,
                "--overwrite": overwrite,
                "--record-a": record_a,
                "--record-b": record_b,
                "--plot": plot,
            }
        )
        raise SystemExit(compare_records(paths, as_json=as_json))
    options = {"a": parse_options(options_a), "b": parse_options(options_b)}
    records = {"a": record_a, "b": record_b}
    runs: dict[str, Run] = {}
    boards: list[ChosenBoard] = []
    for name, path in paths.items():
        if path is None:
            boards.append(ChosenBoard(name, texts[name], options[name], records[name]))
            continue
        _refuse_measuring(name, {"--option": options[name], "--record": records[name]})
        runs[name] = open_run(path)
    if runs:
        _refuse_driving(network.by_option(), sampling.by_option(), is_all_recorded=not boards)
    start, settings = sampling.start(), sampling.settings()
    places = {"--record-a": record_a, "--record-b": record_b, "--plot": plot}
    _check_records([record_a, record_b], overwrite=overwrite)
    refuse_shared(places, [file_of_run(path) for path in paths.values() if path is not None])
    with json_apart(as_json) as json_to, saying_what_was_written() as written:
        if boards:
            replayed = [path for board in boards if (path := record_behind(board.selection))]
            refuse_shared(places, replayed)
            experiment = (
                experiment_of(next(iter(runs.values())))
                if runs
                else experiment_asked(
                    settings, sampling.layers(), start, next(iter(replayed), None)
                )
            )
            if len(replayed) < len(boards):
                refuse_leaked(experiment, may_be_ahead=tolerance.start > 0)
            measured = drive_alike(boards, experiment, network, overwrite=overwrite, busy=busy)
            runs |= {board.name: run for board, run in zip(boards, measured, strict=True)}
            written += [board.record for board in boards]
        comparison = compare(runs["a"], runs["b"], tolerance=tolerance)
        if plot is not None:
            _draw(comparison, plot)
            written.append(plot)
        _print(comparison, texts, json_to)
    if exit_code := exit_code_of([comparison.answer.value]):
        raise SystemExit(exit_code)


def _print(comparison: RunComparison, texts: Mapping[str, str], json_to: TextIO | None) -> None:
    from speckhal.cli.views.compare_view import show_comparison

    if json_to is None:
        show_comparison(comparison, texts)
    else:
        click.echo(json.dumps({**texts, **comparison.as_json()}), file=json_to)


def _refuse_measuring(name: str, options: Mapping[str, object]) -> None:
    """Refuse what is for a board where A or B is a record."""
    for option, given in options.items():
        if given:
            raise InputError(
                f"Asked for {option}-{name}, and {name.upper()} is a record, which is not "
                "measured again.",
                hint=f"Leave out {option}-{name}, or name a board as {name.upper()}.",
            )


def _tolerance(texts: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        flaw = f", and {name} twice" if name in found else ""
        try:
            found[name] = float(value)
        except ValueError:
            flaw = ", which is not a quantity and a number"
        if flaw:
            raise InputError(
                f"Asked for --tolerance {text!r}{flaw}.",
                hint="Write --tolerance NAME=NUMBER once for each, such as --tolerance v_mem=1.",
            )
    return found


def _refuse_driving(
    network: Mapping[str, object], sampling: Mapping[str, object], *, is_all_recorded: bool
) -> None:
    """Refuse what says how to drive boards where a record says it, or no board is driven."""
    driving = {**network, **sampling} if is_all_recorded else sampling
    given = [name for name, value in driving.items() if value is not None]
    if not given:
        return
    said = " and ".join(given)
    if is_all_recorded:
        raise InputError(
            f"Asked for {said}, and both A and B are records: no board is driven.",
            hint=f"Leave out {said}.",
        )
    raise InputError(
        f"Asked for {said}, and a board that is compared with a record is driven as that was "
        "measured.",
        hint=f"Leave out {said}, or compare two boards.",
    )


def _check_plot(plot: Path | None) -> None:
    from speckhal.system.paths import writable_place

    if plot is None:
        return
    if plot.suffix.lower() not in _PICTURES:
        raise InputError(
            f"Asked to draw the comparison into {plot}, whose ending says no kind of picture.",
            hint=f"Use one of {', '.join(_PICTURES)}.",
        )
    writable_place(plot, f"Asked to draw the comparison into {plot}")


def _check_records(records: list[Path | None], *, overwrite: bool) -> None:
    from speckhal.runs.record_place import refuse_place

    given = [path for path in records if path is not None]
    for path in given:
        refuse_place(path, overwrite=overwrite)
    if overwrite and not given:
        raise InputError(
            "Asked for --overwrite without a record.",
            hint="Give --record-a FILE.h5 or --record-b FILE.h5 as well.",
        )


def _draw(comparison: RunComparison, path: Path) -> None:
    from speckhal.runs.comparison.picture import comparison_figure
    from speckhal.system.whole_file import whole_file

    with whole_file(path) as file:
        figure = comparison_figure(comparison, comparison.layers)
        figure.savefig(file, format=path.suffix.removeprefix(".").lower())
