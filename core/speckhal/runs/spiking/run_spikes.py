"""One stimulation as a run: what went in, what came out, and where it comes from."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.core_activity import CoreActivity, activity_of, activity_since
from speckhal.contract.errors import (
    CapabilityUnsupported,
    ConfigurationError,
    InputError,
    NetworkError,
    SpeckhalError,
    StimulationUnfinished,
)
from speckhal.contract.spikes import Spikes
from speckhal.leak.carried_by_error import let_carry
from speckhal.opened.open_device import OpenDevice
from speckhal.runs.provenance import Provenance
from speckhal.runs.spiking.spike_run import SpikeRun
from speckhal.runs.versions import versions
from speckhal.system.error_text import cause_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.contract.deployment import Deployment


def run_spikes(
    device: OpenDevice, spikes: Spikes, *, seeds: Mapping[str, int] | None = None
) -> SpikeRun:
    """Play spikes into a deployed network, and keep everything that is known about it.

    Where the network was deployed with a leak, and the slow clock runs by itself, it runs from the
    first spike to the last, and is off afterwards.

    Whatever ends this early, Ctrl-C included, carries what was gathered until then, where that is
    known: `getattr(error, "run", None)` is a `SpikeRun` whose `problem` says what ended it.

    Args:
        device: with a network deployed, with `monitor=` for the layers whose spikes are wanted.
        spikes: in any order; see `OpenDevice.stimulate`.
        seeds: by which they were made, by name, where they were made; kept with the run.

    Raises:
        InputError: it is not a device of `speckhal.open_device`, or `spikes` are no `Spikes`, or
            one lies outside of the input that it is for.
        ConfigurationError: nothing is deployed.
        LayerNotFound: the network has no such layer, or takes no events of the sensor.
        CapabilityUnsupported: the device takes no spikes.
        StimulationUnfinished: it does not end.
        DeviceError: the board failed.
    """
    if not isinstance(device, OpenDevice):
        raise InputError(
            f"Asked to run spikes on {device!r}, and that is no device of speckhal.open_device.",
            hint="Open one first: with speckhal.open_device('mock') as device: ...",
        )
    deployment = device.deployment
    if deployment is None:
        raise ConfigurationError(
            f"Asked {device.info.board} to be stimulated, and no network is deployed.",
            hint="Call deploy() with monitor=[...] first.",
        )
    provenance = _provenance(device, seeds or {})
    before = _activity(device)
    clock_runs = deployment.leak is not None and deployment.leak.drive.runs_by_itself
    began_s = device.clock.now_s()
    try:
        if clock_runs:
            device.start_slow_clock()
        try:
            sent = device.stimulate(spikes)
        finally:
            if clock_runs:
                device.stop_slow_clock()
    except BaseException as error:
        passed_us = round((device.clock.now_s() - began_s) * 1e6)
        came = _gathered(device, error)
        if came is not None:
            ended = attrs.evolve(
                _run(device, deployment, spikes, came, provenance, before),
                problem=cause_of(error),
                passed_us=passed_us,
            )
            let_carry(error, "run", ended, kind=SpikeRun)
        raise
    return _run(device, deployment, spikes, sent, provenance, before)


def _activity(device: OpenDevice) -> tuple[CoreActivity, ...]:
    """What cores did before this; nothing where the device refuses, as stimulating it will."""
    with contextlib.suppress(SpeckhalError):
        return activity_of(device.raw)
    return ()


def _gathered(device: OpenDevice, error: BaseException) -> Spikes | None:
    """What had come until an error or an interrupt; None where nothing had begun, or is known."""
    if isinstance(error, StimulationUnfinished):
        return error.spikes if isinstance(error.spikes, Spikes) else None
    if isinstance(error, _BEFORE_IT_BEGINS):
        return None
    with contextlib.suppress(SpeckhalError):  # what ended it comes first
        return device.recorded_spikes().sorted()
    return None


_BEFORE_IT_BEGINS: Final = (InputError, NetworkError, ConfigurationError, CapabilityUnsupported)


def _run(
    device: OpenDevice,
    deployment: Deployment,
    given: Spikes,
    sent: Spikes,
    provenance: Provenance,
    before: Sequence[CoreActivity],
) -> SpikeRun:
    return SpikeRun(
        info=device.info,
        deployment=deployment,
        given=given.sorted(),
        sent=sent,
        monitored=device.monitored_layers,
        provenance=provenance,
        activity=activity_since(before, activity_of(device.raw)),
    )


def _provenance(device: OpenDevice, seeds: Mapping[str, int]) -> Provenance:
    of_options = {
        name: value
        for name, value in device.options.items()
        if "seed" in name and isinstance(value, int)
    }
    return Provenance(
        run_id=uuid.uuid4().hex,
        started_at=dt.datetime.now(dt.timezone.utc).isoformat(timespec="microseconds"),
        selection=device.selection,
        options=device.options,
        capabilities=tuple(sorted(one.name for one in device.capabilities)),
        input_shape=device.input_shape,
        network_hash=device.network_hash,
        versions=versions(),
        seeds={**of_options, **seeds},
        states=device.states,
        direct_biases=device.direct_biases,
    )
