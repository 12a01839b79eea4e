"""The leak of several layers as one run: traces, what was deployed, and where they come from."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import ConfigurationError, InputError
from speckhal.contract.reading import Trace
from speckhal.leak.carried_by_error import let_carry
from speckhal.leak.experiment import LeakExperiment, demand_callable
from speckhal.leak.sampling import sampling_of
from speckhal.opened.open_device import OpenDevice
from speckhal.runs.kept_plan import plain_plan
from speckhal.runs.open_run import open_run
from speckhal.runs.provenance import Provenance
from speckhal.runs.record_failures import problem_of
from speckhal.runs.record_place import refuse_place
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.run import Run
from speckhal.runs.versions import versions
from speckhal.runs.written_start import replay_of, starts_of, write_starts
from speckhal.system import log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.reading import Reading
    from speckhal.leak.sampling import ClockedSampling, SteppedSampling
    from speckhal.runs.kept_plan import HasPlainForm


def run_leak(
    device: OpenDevice,
    layers: Sequence[int] | Literal["all"] | None = None,
    *,
    every_s: float | None = None,
    for_s: float | None = None,
    ticks: int | None = None,
    record: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    restore: bool = False,
    start: int | Literal["high"] | None = None,
    plan: Mapping[str, object] | HasPlainForm | None = None,
    on_reading: Callable[[Reading, float], None] = lambda _reading, _time_s: None,
) -> Run:
    """Let layers of a deployed network leak, and keep everything that is known about it.

    Each sample is one reading of each layer, one after the other, and each has its own time. The
    slow clock is off before the first sample and before the last, and afterwards, whatever happens.

    Whatever ends this early, Ctrl-C included, carries what was gathered until then::

        except BaseException as error:
            run = getattr(error, "run", None)  # of errors of speckhal's own, error.run

    It is a `Run` whose `problem` says what ended it, and whose trace of a layer that was not read
    yet is empty; or None where nothing began. A record is closed all the same, with that problem in
    it, and has the same traces.

    Args:
        device: with a network deployed, with leak.
        layers: indices of the network layers to read, in that order; "all" for all that are
            deployed; None for those of them that leak.
        every_s: time between two samples, where the clock runs by itself; default 0.5.
        for_s: time from the start of the clock to the last sample; default 10.
        ticks: step the clock this many times instead, reading after every tick.
        record: a file that every reading is written to as it comes, and that `speckhal.open_run`
            opens again; None for none. Memory does not grow with the number of readings then, and
            the membrane potentials of the run stay in the file until they are used.
        overwrite: whether a record that is there already may be replaced. A file of another kind
            never is, nor the record that is replayed.
        restore: bring back the states of the deployment first, where an earlier run or anything
            else has moved them, as `OpenDevice.restore_states` does. Otherwise the run starts from
            what they are now, and says so: `Provenance.states`.
        start: membrane potential, in chip units, that is written to every neuron of the layers to
            read before the clock runs; "high" for the highest below each layer's threshold, from
            where a negative leak takes longest to the floor. None to leave them as they are. It is
            kept with the run: `Provenance.written`. Needs `WRITE_V_MEM`, or a replay of a record
            that starts from it.
        plan: the leak that was wanted: a `LeakPlan`, or plain data; it is kept with the run.
            None for the one that the network was deployed with, if it was.
        on_reading: called with every reading as it comes, and its time after the start.

    Raises:
        InputError: a duration or a number of ticks is not positive, or both are given; `layers` is
            something else, names none or one twice, or is left out and no layer leaks; or it is
            not a device of `speckhal.open_device`; or the plan is no plain data; or the record
            cannot be written; or `start` is no membrane potential from a layer's floor to its
            threshold.
        LayerNotFound: the network has no such layer.
        ConfigurationError: nothing is deployed; or its states cannot be restored.
        CapabilityUnsupported: `start` is given, and the device cannot write membrane potentials.
        NotRecorded: the device is a replay, and its record starts from something else, or ends
            before.
        DeviceError: the board failed.
    """
    if not isinstance(device, OpenDevice):
        raise InputError(
            f"Asked to run a leak on {device!r}, and that is no device of speckhal.open_device.",
            hint="Open one first: with speckhal.open_device('mock') as device: ...",
        )
    demand_callable(on_reading)
    sampling = sampling_of(every_s=every_s, for_s=for_s, ticks=ticks)
    deployment = device.deployment
    if deployment is None:
        raise ConfigurationError(
            f"Asked {device.info.board} to be measured, and no network is deployed.",
            hint="Call deploy() with leak=device.leak_config(...) first.",
        )
    chosen = _chosen(layers, deployment)
    deployed_by = plain_plan(deployment.plan)  # the record has it, whatever else was wanted
    wanted = deployed_by if plan is None else plain_plan(plan)
    read = [deployment.layer(index) for index in chosen]
    starts = starts_of(start, read, device, restore=restore)
    if record is not None:
        source = getattr(device.raw, "source", None)  # of a replay
        _refuse_record(record, overwrite=overwrite, source=source)  # before the board does anything
    if restore and not (starts and replay_of(device)):  # which begins anew
        device.restore_states()
        deployment = device.deployment or deployment  # a new one where it was deployed again
    begun = write_starts(device, starts)
    provenance = attrs.evolve(_provenance(device, sampling, wanted), **begun)
    if provenance.states == "leaked":
        log.DEVICE.info("%s: the run starts from states that had leaked", log.board(device.info))
    header = Run(device.info, deployment, (), provenance)
    writer = None
    if record is not None:
        writer = RecordWriter(header, record, layers=chosen, overwrite=overwrite)
    experiment = LeakExperiment(
        device,
        sampling,
        layers=chosen,
        on_reading=on_reading,
        sink=writer,
        run_id=header.provenance.run_id,
        keep=writer is None,
    )
    try:
        with writer or contextlib.nullcontext():
            traces = experiment.run()
        run = attrs.evolve(header, traces=traces)
        return run if writer is None else _recorded(writer, run)
    except BaseException as error:
        if writer is not None and not writer.has_begun:
            raise  # nothing was done to the board, and nothing is on disk
        traces = _of_all(chosen, experiment.traces, deployment)
        run = attrs.evolve(header, traces=traces, problem=problem_of(error))
        if writer is not None:
            with contextlib.suppress(InputError):  # what ended the run comes first
                writer.finish(run.problem)  # where an interrupt came just before that
            run = _recorded(writer, run)
            let_carry(error, "trace", next(filter(len, run.traces), None), kind=Trace)
        let_carry(error, "run", run, kind=Run)
        raise


def _refuse_record(record: object, *, overwrite: bool, source: object) -> None:
    if not isinstance(record, str | os.PathLike):
        raise InputError(
            f"Asked to record to {record!r}, which is no path.", hint="Give the name of a file."
        )
    kept = source if isinstance(source, Path) else None
    refuse_place(Path(record), overwrite=overwrite, source=kept)


def _recorded(writer: RecordWriter, run: Run) -> Run:
    """The run with the traces that its record has, wherever that is."""
    for path in (writer.path, writer.partial_path):
        # what cannot be opened was not written; and under its name may be that of another run
        with contextlib.suppress(InputError):
            found = open_run(path)
            if found.provenance.run_id == run.provenance.run_id:
                return attrs.evolve(run, traces=found.traces)
    return run


def _of_all(
    layers: Sequence[int], traces: Sequence[Trace], deployment: Deployment
) -> tuple[Trace, ...]:
    """A trace of each layer that was asked for; without a reading where there is none yet."""
    found = {trace.layer: trace for trace in traces}
    return tuple(
        found[index] if index in found else _unread(deployment.layer(index)) for index in layers
    )


def _unread(layer: DeployedLayer) -> Trace:
    return Trace(layer.index, np.empty(0), np.empty((0, *layer.shape), np.int16))


def _chosen(layers: object, deployment: Deployment) -> tuple[int, ...]:
    """Indices of the layers that are meant, which there are, each once."""
    there = [layer.index for layer in deployment.layers]
    if layers is None:
        leaking = tuple(layer.index for layer in deployment.layers if layer.leak_enable)
        if not leaking:
            raise InputError(
                "Asked to run the leak of the layers that leak, and none of those deployed does.",
                hint="Deploy a network with biases, with leak=device.leak_config(...); or name the "
                "layers to read.",
            )
        return leaking
    if isinstance(layers, str) and layers == "all":
        return tuple(there)
    if not isinstance(layers, Iterable) or isinstance(layers, str | bytes | Mapping):
        one = whole_number(layers)
        hint = f"Give their indices, such as [{there[0] if one is None else one}], or 'all'."
        raise InputError(f"Asked for layers {layers!r}, which is no list of layers.", hint=hint)
    indices = tuple(deployment.layer(index).index for index in layers)
    if not indices:
        raise InputError(
            "Asked to run the leak of no layer.",
            hint=f"The layers are: {', '.join(map(str, there))}. Leave it out for all that leak.",
        )
    twice = sorted({index for index in indices if indices.count(index) > 1})
    if twice:
        raise InputError(
            f"Asked to read layer {twice[0]} twice in each sample.", hint="Name each layer once."
        )
    return indices


def _provenance(
    device: OpenDevice,
    sampling: ClockedSampling | SteppedSampling,
    plan: Mapping[str, object] | None,
) -> Provenance:
    recorded = getattr(device.raw, "recorded", None)
    # of a replay: the network that was recorded, however it was named here, and what is said of it
    own = Provenance("", direct_biases=device.direct_biases)
    replayed = recorded if isinstance(recorded, Provenance) else own
    return Provenance(
        run_id=uuid.uuid4().hex,
        started_at=dt.datetime.now(dt.timezone.utc).isoformat(timespec="microseconds"),
        selection=device.selection,
        options=device.options,
        capabilities=tuple(sorted(one.name for one in device.capabilities)),
        input_shape=replayed.input_shape or device.input_shape,
        network_hash=replayed.network_hash or device.network_hash,
        sampling=attrs.asdict(sampling),
        versions=versions(),
        plan=plan,
        seeds={
            name: value
            for name, value in device.options.items()
            if "seed" in name and isinstance(value, int)
        },
        states=device.states,
        written=replayed.written,
        start=replayed.start,
        notes=replayed.notes,
        direct_biases=replayed.direct_biases,
        has_all_layers=replayed.has_all_layers,
    )
