"""The command that takes another record of what a run was of, longer or denser."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from speckhal.runs.written_start import start_that_wrote, written_text

if TYPE_CHECKING:
    from speckhal.leak.sampling import ClockedSampling
    from speckhal.runs.run import Run


def command_of_record(run: Run, sampling: ClockedSampling) -> str:
    """The command that measures the same layers at the same rate, with other times of readings.

    Args:
        run: of which nobody knows from which file its network came; see `beside_that_command`.
        sampling: when to read.
    """
    words = ["speckhal leak"]
    selection = run.provenance.selection
    if selection not in ("", "mock") and run.info.recorded_at is None:
        words.append(f"--backend {shlex.quote(selection)}")
    rates_hz = {layer.rate_hz for layer in run.layers if layer.rate_hz is not None}
    if run.provenance.plan is not None:
        words.append("--plan PLAN.json")
    elif len(rates_hz) == 1:
        words.append(f"--rate-hz {rates_hz.pop()}")
    read = [trace.layer for trace in run.traces]
    is_all = read == [layer.index for layer in run.deployment.layers]
    words.append(f"--layer {'all' if is_all else ','.join(map(str, read))}")
    start = start_that_wrote(run.provenance.written, run.layers)
    if start is not None:
        words.append(f"--start {start}")
    words.append(f"--every {sampling.every_s:g} --for {sampling.for_s:g} --record FILE")
    return " ".join(words)


def beside_that_command(run: Run) -> str:
    """What has to be added to that command or done besides, as sentences."""
    shape = run.provenance.input_shape
    named = "--network" if shape is None else f"--network and --input-shape {_text(shape)}"
    said = f"Add the same {named}, unless it is the example."
    written = run.provenance.written
    if not written or start_that_wrote(written, run.layers) is not None:
        return said
    return (
        f"{said} The run wrote {written_text(written)} before the clock ran, which no --start "
        "does: in Python, write that with device.probe(LAYER).write, and then call "
        "speckhal.run_leak."
    )


def _text(shape: tuple[int, int, int]) -> str:
    return ",".join(map(str, shape))
