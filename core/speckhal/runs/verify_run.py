"""Verifies a leak: of a trace, a run, or the path of one that was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.leak.verification import verification
from speckhal.runs.given_run import given_run

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.planning.leak_plan import LeakPlan
    from speckhal.leak.verification.layer_verification import Verification
    from speckhal.leak.verification.verification import MeasuredRun


def verify(
    measured: Trace | MeasuredRun | str | os.PathLike[str],
    layer: DeployedLayer | None = None,
    plan: LeakPlan | Mapping[str, object] | None = None,
    *,
    start: int | None = None,
    jitter_s: float = verification.JITTER_S,
    points: Sequence[str] | None = None,
) -> Verification:
    """Find what readings show of step, rate, phase, clamp, outliers, lost ticks and aliasing.

    Args:
        measured: a trace of at least two readings, or a run, which has its layers with it, or the
            path of one, for `open_run`. A layer that the run read fewer than two times is left
            open, if another was read more often.
        layer: as it was deployed, for a trace; without it nothing is expected: what the readings
            show of step and rate is reported, and whether that is right stays open.
        plan: of the leak, as `plan_leak` gives it or as a record keeps it. It is compared with the
            layers; for a trace without its layer it says which step and rate to expect. A run
            has its own with it.
        start: membrane potential of all neurons before the clock ran, in chip units, where it is
            known otherwise than by the first reading; None for what a run says of it.
        jitter_s: how far the moment of a request may be from the one noted, in seconds.
        points: names of the findings that the answer of the whole waits for, such as "step". It
            disagrees all the same if another one does. None for step, rate, lost ticks, outliers,
            and, of a trace without its layer, aliasing.

    Raises:
        InputError: a trace is too short or broken, a run has none, there is no run at the path, or
            one of the arguments is something else.
    """
    run: Trace | MeasuredRun = given_run(
        measured, asked="verify", instead="run = run_leak(device); verification = verify(run)"
    )
    return verification.verify(run, layer, plan, start=start, jitter_s=jitter_s, points=points)
