"""What a run of spikes comes to, as plain data that any JSON holds: counts, not each spike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal.runs.spiking.spike_run import SpikeRun


def plain_run(run: SpikeRun) -> dict[str, object]:
    """Board, counts of layers and channels, what each core had to do, and the spread of orders."""
    cores = {layer.core: layer.index for layer in run.deployment.layers}
    spread = run.spread
    return {
        "backend": run.info.backend,
        "board": run.info.board,
        "chip": run.info.chip.name,
        "emulated": run.info.emulated,
        "provenance": attrs.asdict(run.provenance),
        "problem": run.problem,
        "duration_us": run.duration_us,
        "planned_us": run.planned_us,
        "given": {str(index): len(run.given.of_layer(index)) for index in run.given.layers},
        "layers": [
            {
                "layer": layer.index,
                "core": layer.core,
                "shape": list(layer.shape),
                "spikes": run.counts[layer.index],
                "channels": run.counts_of_channels(layer.index).tolist(),
            }
            for layer in run.layers
        ],
        "cores": [
            {"layer": cores[core.core], **attrs.asdict(core)}
            for core in run.activity
            if core.core in cores
        ],
        "spread": None
        if spread is None
        else {
            "orders": list(spread.orders),
            "asked": spread.asked,
            "last_layer": spread.last_layer,
            "layers": [
                {
                    "layer": layer,
                    "mean": float(spread.mean[at]),
                    "deviation": float(spread.deviation[at]),
                    "counts": spread.counts[:, at].tolist(),
                    "shared": plain_shares(spread.shared[:, at]),
                }
                for at, layer in enumerate(spread.layers)
            ],
            "channel_mean": spread.channel_mean.tolist(),
            "channel_deviation": spread.channel_deviation.tolist(),
        },
    }


def plain_shares(shares: npt.NDArray[np.float64]) -> list[float | None]:
    """Shares as JSON has them: it has no nan."""
    return [None if math.isnan(share) else share for share in shares.tolist()]
