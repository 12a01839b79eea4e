"""`speckhal sweep`: measure a leak at many combinations of settings, into one table."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import click

from speckhal.cli.arguments import Number, UserPath, parse_shape
from speckhal.cli.completing_files import complete_sweep_file
from speckhal.cli.completion import complete_setting
from speckhal.cli.exit_codes import exit_code_of
from speckhal.cli.outputs import refuse_ending, refuse_shared
from speckhal.cli.terminal.standard_streams import json_apart
from speckhal.contract.errors import SpeckhalError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from speckhal.runs.sweep.table import SweepTable

_PATH = UserPath()


@click.command("sweep")
@click.option(
    "--over",
    "texts",
    multiple=True,
    required=True,
    metavar="NAME=VALUE,...",
    shell_complete=complete_setting,
    help="A setting and its values, 1..20 or 0..100..10 for a range; may be repeated.",
)
@click.option(
    "--input-shape", "shape_text", metavar="C,H,W", help="Of networks named FILE.py:NAME."
)
@click.option(
    "--file",
    type=_PATH,
    metavar="FILE.sqlite",
    shell_complete=complete_sweep_file,
    help="Keep each point; go on with what is there.",
)
@click.option(
    "--csv", type=_PATH, metavar="FILE.csv", help="Write the table; replaces a file of that name."
)
@click.option(
    "--jobs",
    type=Number("a whole number from 1 up", "2", whole=True, least=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes that measure.",
)
@click.option("--dask", "scheduler", metavar="ADDRESS", help="Measure on the workers of a cluster.")
@click.option(
    "--resources",
    "resource_texts",
    multiple=True,
    metavar="NAME=N",
    help="Of a cluster's workers, that a point takes, such as speck2f=1.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON, nothing else.")
def command(
    *,
    texts: Sequence[str],
    shape_text: str | None,
    file: Path | None,
    csv: Path | None,
    jobs: int,
    scheduler: str | None,
    resource_texts: Sequence[str],
    as_json: bool,
) -> None:
    """Let a network leak at every combination of settings, and judge each.

    Settings are backend, network (FILE.py:NAME), bias, rate_hz, plan (FILE.json, of speckhal plan
    --json), every_s, for_s, ticks, and option.NAME for options of the backend:

    speckhal sweep --over backend=mock:speck2e,mock:speck2f --over bias=-20..-1

    Quotes and brackets keep a value together that has commas or dots, as in
    --over 'option.accepted_rate_hz=[10,1000],[5,20]'.

    A point that fails gets a row with the reason. With --file, what was finished is kept whatever
    happens, also after Ctrl-C, and the same command goes on with the rest. The exit code is 0 if
    all layers leak as they should, 1 if one does not, and 2 if readings do not show it or a point
    failed.
    """
    from speckhal.cli.sweep_arguments import executor_of, settings_of
    from speckhal.cli.views.sweep_view import SweepView
    from speckhal.runs.sweep.sweep import sweep
    from speckhal.system.paths import working_folder, writable_place

    over = settings_of(texts)
    shape = None if shape_text is None else parse_shape(shape_text)
    if csv is not None:
        refuse_ending("--csv", csv, (".csv",))
        writable_place(csv, "Asked to write")
    refuse_shared({"--file": file, "--csv": csv})
    working_folder()
    view = SweepView([name for name, values in over.items() if len(values) > 1], quiet=as_json)
    with json_apart(as_json) as json_to, contextlib.ExitStack() as stack:
        executor = stack.enter_context(
            executor_of(jobs=jobs, scheduler=scheduler, resource_texts=resource_texts)
        )

        def hand_over(table: SweepTable) -> None:
            if csv is not None:
                table.save_csv(csv)
            try:
                if json_to is not None:
                    click.echo(json.dumps(table.rows), file=json_to)
                view.conclude(table)
            finally:
                if csv is not None:
                    view.written(csv)

        try:
            with view.progress():
                table = sweep(
                    over, input_shape=shape, file=file, executor=executor, on_point=view.point
                )
        except BaseException as error:
            # after an error, Ctrl-C or another signal too, what was finished is handed over
            finished: SweepTable | None = getattr(error, "table", None)
            if finished is not None:
                with contextlib.suppress(KeyboardInterrupt):
                    if finished.rows:
                        hand_over(finished)
                    if finished.rows or not isinstance(error, SpeckhalError):
                        view.unfinished(is_kept=file is not None)
            raise
        hand_over(table)
    exit_code = exit_code_of(row.get("answer") for row in table.rows)
    if exit_code:
        raise SystemExit(exit_code)
