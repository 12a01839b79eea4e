"""What a record can answer: the drives and rates that it was taken under, and other abilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import ConfigurationError
from speckhal.opened.leak_config import how_to_drive

if TYPE_CHECKING:
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.runs.run import Run


def capabilities_of_run(run: Run) -> frozenset[Capability]:
    """What a record can answer.

    That is the drive that it was taken under, that of the deployment too where a clock with a rate
    was stepped all the same, the same direct biases, a preview of the network that was recorded,
    and states that are reset where it begins with those.
    """
    known = frozenset({Capability.PREVIEW, *(drive.capability for drive in _drives(run))})
    if Capability.DIRECT_BIASES.name in run.provenance.capabilities:
        known |= {Capability.DIRECT_BIASES}
    if run.provenance.states == "reset":
        known |= {Capability.RESET_STATES}
    return known


def was_stepped(run: Run) -> bool:
    """Whether the ticks were made one by one, whatever clock was deployed."""
    return bool(run.traces) and all(trace.ticks is not None for trace in run.traces)


def _drives(run: Run) -> list[ClockDrive]:
    """The drives that a network may be deployed under: first the one that made the ticks."""
    stepped = [ClockDrive.STEPPED] if was_stepped(run) else []
    leak = run.deployment.leak
    if leak is not None:
        return stepped + [leak.drive] * (leak.drive not in stepped)
    rates = [layer.rate_hz for layer in run.deployment.layers]
    return stepped or [ClockDrive.EXTERNAL] * any(rates)


def refuse_another_leak(leak: LeakConfig, run: Run) -> None:
    """Refuse a drive, a rate or a number of events that the record was not taken under.

    Raises:
        ConfigurationError: it is another; it names the recorded one.
    """
    drives = _drives(run)
    if leak.drive not in drives:
        recorded = f"under the {drives[0].value} drive" if drives else "without ticks"
        raise ConfigurationError(
            f"Asked for the {leak.drive.value} drive, and this was recorded {recorded}.",
            hint=how_to_drive(drives[0]) if drives else "It has no leak.",
        )
    recorded_leak = run.deployment.leak
    if recorded_leak is None or recorded_leak.drive is not leak.drive:
        return  # a clock with a rate that was stepped all the same, as that of a plan
    if leak.rate_hz != recorded_leak.rate_hz:
        raise ConfigurationError(
            f"Asked for a slow clock of {leak.rate_hz} Hz, and this was recorded at "
            f"{recorded_leak.rate_hz} Hz.",
            hint=f"Use rate_hz={recorded_leak.rate_hz}, or leave --rate-hz out.",
        )
    if leak.events_per_tick not in (None, recorded_leak.events_per_tick):
        raise ConfigurationError(
            f"Asked for a tick per {leak.events_per_tick} sensor events, and this was recorded "
            f"with {recorded_leak.events_per_tick}.",
            hint="Leave events_per_tick out.",
        )
