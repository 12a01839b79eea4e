"""`speckhal show`: what is known of a run that was kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.completing_files import complete_record
from speckhal.cli.terminal.standard_streams import json_apart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.runs.run import Run

_INDENT = 14


@click.command("show")
@click.argument("file", metavar="FILE", type=UserPath(), shell_complete=complete_record)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, without the readings.")
def command(*, file: Path, as_json: bool) -> None:
    """Show what is known of a run: board, times, versions, layers, and its verdict.

    FILE is a record of a leak or of spikes, one that its process did not finish (FILE.partial) too,
    or arrays of `speckhal leak --save`. Needs no board, and not the plugin that the run was
    measured with.
    """
    from speckhal.runs.open_run import open_run
    from speckhal.runs.spiking.spike_record import is_spike_record

    with json_apart(as_json) as json_to:
        if is_spike_record(file):
            _show_spikes(file, json_to)
            return
        run = open_run(file)
        if json_to is None:
            _show(run)
        else:
            click.echo(json.dumps(_as_json(run), indent=2, default=str), file=json_to)


def _show_spikes(file: Path, json_to: TextIO | None) -> None:
    """The same of a run of spikes, as `speckhal run` printed it."""
    from speckhal.cli.views.spike_view import SpikeView
    from speckhal.runs.spiking.plain_spikes import plain_run
    from speckhal.runs.spiking.spike_record import open_spike_run

    run = open_spike_run(file)
    if json_to is None:
        SpikeView(quiet=False).show(run)
    else:
        click.echo(json.dumps(plain_run(run), indent=2, default=str), file=json_to)


def _show(run: Run) -> None:
    from speckhal.cli.terminal.console import PlainConsole
    from speckhal.cli.views.leak_verdict_view import COLOUR
    from speckhal.leak.grave_first import problems_together
    from speckhal.runs.kept_plan import said_of_plan
    from speckhal.runs.late_readings import said_of_late_readings
    from speckhal.runs.written_start import written_text

    console = PlainConsole()
    info, provenance = run.info, run.provenance
    rows = {
        "board": f"{info.board}, {info.kind}, backend {info.backend}",
        "chip": info.chip.name,
        "serial number": info.serial_number,
        "firmware": info.firmware,
        "opened as": provenance.selection,
        "options": _pairs(provenance.options),
        "started": provenance.started_at,
        "run": provenance.run_id,
        "sampling": _pairs(provenance.sampling),
        "plan": said_of_plan(provenance.plan),
        "late": said_of_late_readings(run.traces, provenance.sampling),
        "states": provenance.states,
        "written": written_text(provenance.written),
        "start": "" if provenance.start is None else f"membrane potentials of {provenance.start}",
        "versions": _pairs(provenance.versions),
        "network": provenance.network_hash and f"SHA-256 {provenance.network_hash}",
        **provenance.notes,
    }
    for label, text in rows.items():
        if text:
            console.labelled(label, text, indent=_INDENT)
    if run.is_partial:
        partial = "its process never finished it; this is what it had recorded"
        console.labelled("partial", partial, indent=_INDENT, style="bold yellow")
    if run.problem:
        console.labelled("ended by", run.problem, indent=_INDENT, style="bold red")
    read = {trace.layer: trace for trace in run.traces}
    for layer in run.deployment.layers:
        console.labelled(
            f"layer {layer.index}", _layer_line(layer, read.get(layer.index)), indent=_INDENT
        )
    console.labelled("verdict", run.answer.value, indent=_INDENT, style=COLOUR[run.answer])
    for trace, verdict in zip(run.traces, run.verdicts, strict=True):
        for problem, _ in problems_together(verdict.channels) if verdict else ():
            console.say(f"layer {trace.layer}: {problem}", indent=_INDENT)


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _layer_line(layer: DeployedLayer, trace: Trace | None) -> str:
    biases = sorted(set(layer.biases.tolist()))
    steps = str(biases[0]) if len(biases) == 1 else f"{biases[0]}..{biases[-1]}"
    rate = "" if layer.rate_hz is None else f" at {layer.rate_hz} Hz"
    line = (
        f"{' x '.join(map(str, layer.shape))} neurons on core {layer.core}; step {steps} a "
        f"tick{rate}; thresholds {layer.threshold_low} and {layer.threshold_high}; "
    )
    if trace is None:
        return f"{line}not read"
    if not len(trace):
        return f"{line}no reading"
    return f"{line}{len(trace)} readings in {trace.time_s[-1] - trace.time_s[0]:.6g} s"


def _as_json(run: Run) -> dict[str, object]:
    import attrs

    info = run.info
    read = {trace.layer: trace for trace in run.traces}
    verdicts = {
        trace.layer: verdict for trace, verdict in zip(run.traces, run.verdicts, strict=True)
    }
    layers = []
    for layer in run.deployment.layers:
        trace, verdict = read.get(layer.index), verdicts.get(layer.index)
        layers.append(
            {
                "layer": layer.index,
                "core": layer.core,
                "shape": list(layer.shape),
                "rate_hz": layer.rate_hz,
                "threshold_high": layer.threshold_high,
                "threshold_low": layer.threshold_low,
                "biases": layer.biases.tolist(),
                "readings": None if trace is None else len(trace),
                "answer": None if verdict is None else verdict.answer.value,
                "problems": [] if verdict is None else list(verdict.problems),
            }
        )
    return {
        "backend": info.backend,
        "board": info.board,
        "chip": info.chip.name,
        "serial_number": info.serial_number,
        "firmware": info.firmware,
        "emulated": info.emulated,
        "recorded_at": info.recorded_at,
        "provenance": attrs.asdict(run.provenance),
        "partial": run.is_partial,
        "problem": run.problem,
        "layers": layers,
        "answer": run.answer.value,
    }
