"""The experiment that `speckhal compare` drives boards in: asked for, or that of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from speckhal.cli.leak_settings import LeakSettings
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import InputError
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.runs.written_start import start_that_wrote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from speckhal.contract.deployment import Deployment
    from speckhal.runs.run import Run


@attrs.frozen
class LeakExperimentChoice:
    """How every board is driven.

    Attributes:
        drive: what makes the clock tick.
        rate_hz: ticks per second, under the external drive.
        events_per_tick: sensor events for a tick, under the internal drive.
        sampling: `every_s` and `for_s`, or `ticks`.
        layers: indices of the layers to read; "all"; None for those that leak.
        network_hash: of the network that it was measured with; empty where any will do.
        plan: to deploy the network with; None for the network's own biases.
        start: membrane potential that is written to every neuron before the clock runs, in chip
            units, or "high"; None for the network's own states.
        states: what the neurons of the record held at its start, as `Provenance.states`; empty
            where there is no record.
        deployed: what the record was deployed with; None where there is no record.
    """

    drive: ClockDrive
    rate_hz: int | None
    sampling: Mapping[str, float]
    layers: Sequence[int] | Literal["all"] | None
    events_per_tick: int | None = None
    network_hash: str = ""
    plan: LeakPlan | None = None
    start: int | Literal["high"] | None = None
    states: str = ""
    deployed: Deployment | None = None


def experiment_of(run: Run) -> LeakExperimentChoice:
    """The experiment that a run was measured in.

    Raises:
        InputError: the run has no reading, or does not say what made its clock tick.
    """
    traces = [trace for trace in run.traces if len(trace)]
    if not traces:
        raise InputError(
            "Asked to drive a board as a record was measured that has no reading.",
            hint="Compare with another record.",
        )
    first = traces[0]
    leak = run.deployment.leak
    rate_hz = run.deployment.layer(first.layer).rate_hz if leak is None else leak.rate_hz
    if first.ticks is not None:
        drive, rate_hz = ClockDrive.STEPPED, None
    elif leak is not None:
        drive = leak.drive
    elif rate_hz is not None:
        drive = ClockDrive.EXTERNAL
    else:
        raise InputError(
            "Asked to drive a board as a record was measured that does not say what made its "
            "clock tick.",
            hint="Measure the board by itself, with speckhal leak --record, and compare records.",
        )
    sampling: Mapping[str, float] = run.provenance.sampling
    if first.ticks is not None:
        sampling = {"ticks": max(1, int(first.ticks.max()))}
    elif not sampling or run.is_partial or run.problem is not None:
        if len(first) < 2:
            raise InputError(
                "Asked to drive a board as a record was measured that has a single reading.",
                hint="Compare with another record.",
            )
        sampling = {
            "every_s": float(np.median(np.diff(first.time_s))),
            "for_s": float(first.time_s[-1]),
        }
    choice = LeakExperimentChoice(
        drive,
        rate_hz,
        sampling,
        [trace.layer for trace in traces],
        None if leak is None else leak.events_per_tick,
    )
    return _begun_as(run, choice)


def _begun_as(run: Run, choice: LeakExperimentChoice) -> LeakExperimentChoice:
    """The same with the network, the plan and the states that a run began with."""
    about, plan = run.provenance, run.deployment.plan
    start = start_that_wrote(about.written, run.layers)
    # without direct biases a plan becomes a network of its own, whose hash is no other's
    is_changed = plan is not None and Capability.DIRECT_BIASES.name not in about.capabilities
    return attrs.evolve(
        choice,
        network_hash="" if is_changed else about.network_hash,
        plan=plan if isinstance(plan, LeakPlan) else None,
        start=start,
        deployed=run.deployment if about.network_hash else None,
        states="leaked" if about.written and start is None else about.states,
    )


def refuse_leaked(experiment: LeakExperimentChoice, *, may_be_ahead: bool) -> None:
    """Refuse to drive a board alike where nobody can say what neurons started from.

    Args:
        experiment: of a record.
        may_be_ahead: whether a record that is some ticks ahead will do.

    Raises:
        InputError: the record was measured after its neurons had leaked.
    """
    if experiment.states != "leaked" or may_be_ahead:
        return
    raise InputError(
        "Asked to drive a board as a record was measured that began after its neurons had leaked: "
        "they cannot be brought to what they held then.",
        hint="Measure the board by itself, with speckhal leak --record, and compare records; or "
        "let one be some ticks ahead, with --tolerance start=N.",
    )


def experiment_asked(
    settings: LeakSettings,
    layers: Sequence[int] | Literal["all"] | None,
    start: int | Literal["high"] | None,
    replayed: Path | None,
) -> LeakExperimentChoice:
    """The experiment of `speckhal leak`, with what was asked for otherwise.

    Args:
        settings: that were asked for.
        layers: indices of those to read; None for those that leak.
        start: what neurons are to start from; None for the network's own states.
        replayed: a record that is one of the boards: what is not asked for is as it was recorded.
            None where none is.

    Raises:
        InputError: the record cannot be read, or a plan or a start is asked for beside it.
    """
    if replayed is not None:
        from speckhal.runs.open_run import open_run  # noqa: PLC0415 - it needs h5py
        from speckhal.runs.replay.device import ReplayDevice  # noqa: PLC0415 - as above

        given = {"--plan": settings.plan, "--start": start}
        names = " and ".join(name for name, value in given.items() if value is not None)
        if names:
            raise InputError(
                f"Asked for {names}, and a replay begins as it was recorded.",
                hint=f"Leave out {names}: the other board begins as the record does.",
            )
        run = open_run(replayed)
        if settings == LeakSettings():
            recorded = experiment_of(run)
            return recorded if layers is None else attrs.evolve(recorded, layers=layers)
        settings = settings.as_recorded(ReplayDevice(run).settings)
        layers = [trace.layer for trace in run.traces] if layers is None else layers
        return _begun_as(run, _choice(settings, layers))
    return attrs.evolve(_choice(settings, layers), plan=settings.plan, start=start)


def _choice(
    settings: LeakSettings, layers: Sequence[int] | Literal["all"] | None
) -> LeakExperimentChoice:
    if settings.ticks is not None:
        return LeakExperimentChoice(ClockDrive.STEPPED, None, {"ticks": settings.ticks}, layers)
    times_s = {"every_s": settings.every_s, "for_s": settings.for_s}
    sampling = {name: value for name, value in times_s.items() if value is not None}
    rate_hz = 1 if settings.rate_hz is None else settings.rate_hz
    return LeakExperimentChoice(ClockDrive.EXTERNAL, rate_hz, sampling, layers)
