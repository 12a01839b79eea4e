"""The command that takes another record of what a run was of, longer or denser."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speckhal.leak.sampling import ClockedSampling
    from speckhal.runs.run import Run


def command_of_record(run: Run, sampling: ClockedSampling) -> str:
    """The command that measures the same layers at the same rate, with other times of readings.

    Args:
        run: of which nobody knows from which file its network came; see `network_of_record`.
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
    words.append(f"--every {sampling.every_s:g} --for {sampling.for_s:g} --record FILE")
    return " ".join(words)


def network_of_record(run: Run) -> str:
    """Which options of the network to add to that command, as a sentence."""
    shape = run.provenance.input_shape
    named = "--network" if shape is None else f"--network and --input-shape {_text(shape)}"
    return f"Add the same {named}, unless it is the example."


def _text(shape: tuple[int, int, int]) -> str:
    return ",".join(map(str, shape))
