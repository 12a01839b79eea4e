"""What a report says was deployed: each layer, and the bias and measured step of its channels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.leak.planning.planned_layer import percent
from speckhal.runs.pictures.trajectories import in_ranges
from speckhal.runs.report.html_table import HtmlTable

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.leak.verdict import Verdict
    from speckhal.runs.run import Run

MOST_ROWS: Final = 16
"""A longer table of channels is folded away."""


@attrs.frozen
class ShownLayer:
    """A layer that was deployed.

    Attributes:
        name: such as "Layer 0".
        rows: what is known of it, by names.
        channels: a row for each group of channels that are alike; None where none is shown.
    """

    name: str
    rows: dict[str, str]
    channels: HtmlTable | None = None

    @property
    def is_folded(self) -> bool:
        """Whether the rows of channels are shown only to who asks for them."""
        return self.channels is not None and len(self.channels.rows) > MOST_ROWS


def deployed_layers(run: Run) -> list[ShownLayer]:
    """All layers of the deployment, those that were not read among them."""
    verdicts = {
        trace.layer: verdict for trace, verdict in zip(run.traces, run.verdicts, strict=True)
    }
    is_stepped = any(trace.ticks is not None for trace in run.traces)
    return [
        ShownLayer(
            f"Layer {layer.index}",
            layer_rows(layer, is_stepped=is_stepped)
            | {"read": "yes" if layer.index in verdicts else "no"},
            channels_of(layer, verdicts.get(layer.index)),
        )
        for layer in run.deployment.layers
    ]


def layer_rows(layer: DeployedLayer, *, is_stepped: bool) -> dict[str, str]:
    """What is known of a layer, by names."""
    clock = "of no fixed rate" if layer.rate_hz is None else f"{layer.rate_hz} Hz"
    clock = "stepped" if is_stepped else clock
    scale = f"{layer.scale:.6g} chip units per unit of the network"
    return {
        "core": str(layer.core),
        "neurons": " x ".join(map(str, layer.shape)) + " (channels x height x width)",
        "scale": scale if math.isfinite(layer.scale) else "not known",
        "fires at": f"{layer.threshold_high} chip units",
        "floor at": f"{layer.threshold_low} chip units",
        "slow clock": f"{clock}; the layer listens: {'yes' if layer.leak_enable else 'no'}",
    }


def channels_of(layer: DeployedLayer, verdict: Verdict | None) -> HtmlTable:
    """The bias of each channel, and what was measured of it where it was judged."""
    groups: dict[tuple[str, ...], list[int]] = {}
    with np.errstate(all="ignore"):  # a file may keep inf and nan
        rounding = layer.rounding_error.tolist()
    per_s = layer.leak_per_s if layer.threshold_high > 0 else None
    for channel, bias in enumerate(layer.biases.tolist()):
        cells = [
            _number(float(layer.wanted_biases[channel])),
            str(bias),
            _rounding(rounding[channel]),
        ]
        if per_s is not None:
            cells.append(f"{float(per_s[channel]):.4g}")
        if verdict is not None:
            judged = verdict.channels[channel]
            step = judged.measured_step
            cells += ["?" if step is None else str(step), judged.answer.value]
        groups.setdefault(tuple(cells), []).append(channel)
    columns = ["channels", "wanted bias", "bias", "rounding"]
    columns += ["leak per s"] * (per_s is not None)
    columns += ["measured", "answer"] * (verdict is not None)
    about = ["what a tick adds to a neuron, as wanted (in units of the network) and as deployed"]
    about += ["and as measured"] * (verdict is not None) + ["(in chip units)"]
    about += ["and what a second takes away (in thresholds)"] * (per_s is not None)
    return HtmlTable(
        f"channels-{layer.index}",
        f"Channels of layer {layer.index}: {' '.join(about)}.",
        tuple(columns),
        tuple((in_ranges(numbers), *cells) for cells, numbers in groups.items()),
        right=frozenset(range(1, len(columns) - (verdict is not None))),
    )


def _number(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else "?"


def _rounding(error: float) -> str:
    return f"{'+' * (error > 0)}{percent(error)}" if math.isfinite(error) else "?"
