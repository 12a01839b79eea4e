"""A run of spikes of which every field has a value of its own."""

from __future__ import annotations

import attrs
import numpy as np

from runs_made import INFO, layer
from speckhal import (
    SENSOR_INPUT,
    CoreActivity,
    Deployment,
    OrderSpread,
    Provenance,
    SpikeRun,
    Spikes,
)

LAYERS = (layer(0, (2, 3, 4)), attrs.evolve(layer(1, (3, 1, 1)), core=1))
GIVEN = Spikes(time_us=[0, 500, 900], layer=[0, 0, SENSOR_INPUT], channel=0, y=[0, 1, 2], x=0)
SENT = Spikes(time_us=[1, 501, 502, 903], layer=[0, 0, 1, 1], channel=[1, 0, 2, 2], y=0, x=0)
ACTIVITY = CoreActivity(1, 2, 30_000, 30, 4, 5, 2, 7, 8, 1e-5, 2e-6, 3, 4e-6, 3e-6, 9, 10, 11, 12)
SPREAD = OrderSpread(
    orders=(1, 2),
    layers=(0, 1),
    counts=np.array([[2, 2], [2, 4]]),
    last_layer=1,
    channel_counts=np.array([[0, 0, 2], [2, 0, 2]]),
    shared=np.array([[1.0, 0.5], [1.0, np.nan]]),
)
RUN = SpikeRun(
    info=INFO,
    deployment=Deployment(LAYERS),
    given=GIVEN,
    sent=SENT,
    monitored=(0, 1, SENSOR_INPUT),
    provenance=Provenance("one", started_at="2026-11-29T18:00:00+00:00", seeds={"spikes": 3}),
    activity=(ACTIVITY, attrs.evolve(ACTIVITY, core=7)),
    spread=SPREAD,
    problem="StimulationUnfinished: it goes round",
)
