"""Drives boards alike for `speckhal compare`: the same network, the same experiment."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import CapabilityUnsupported, DeviceBusy, InputError
from speckhal.discovery.entry_points import BACKENDS, enabled
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.opening import open_device, select
from speckhal.discovery.registry import registry
from speckhal.opened.network_hash import network_hash
from speckhal.runs.published import PUBLISHED_LEAK
from speckhal.runs.record_place import partial_of
from speckhal.runs.run_leak import run_leak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from speckhal.cli.compared_experiment import LeakExperimentChoice
    from speckhal.cli.network_options import NetworkChoice
    from speckhal.contract.network_spec import ExampleNetwork
    from speckhal.discovery.entry_points import Offer
    from speckhal.discovery.option_texts import OptionValue
    from speckhal.opened.open_device import OpenDevice
    from speckhal.runs.run import Run

    Busy = Callable[[str], AbstractContextManager[None]]

_ENDINGS = (".h5", ".npz", ".partial")
_IN_USE = "failed while its board was in use"


def record_of(text: str) -> Path | None:
    """The record that a text names; None where it selects a board.

    It is a file that is there, or else what is written like one: with a folder, as ./mock, or with
    the ending of a record; or the published one, by its name. A backend before a colon is one all
    the same: replay:runs/leak.h5.
    """
    path = Path(text)
    with contextlib.suppress(OSError, ValueError):
        if path.is_file() or partial_of(path).is_file():
            return path
    if text == PUBLISHED_LEAK:
        return path
    backend = text.partition(":")[0]
    if backend == "" or any(offer.name == backend for offer in enabled(BACKENDS)):
        return None
    is_folder = os.path.isdir(path)  # noqa: PTH112 - which no name makes fail
    return path if is_folder or path.name != text or path.suffix.lower() in _ENDINGS else None


@attrs.frozen
class ChosenBoard:
    """A board that is to be driven.

    Attributes:
        name: "a" or "b".
        selection: as `open_device` takes it.
        options: that it is opened with.
        record: where its run is recorded; None for nowhere.
    """

    name: str
    selection: str
    options: Mapping[str, OptionValue]
    record: Path | None


def drive_alike(
    boards: Sequence[ChosenBoard],
    experiment: LeakExperimentChoice,
    network: NetworkChoice,
    *,
    overwrite: bool,
    busy: Busy,
) -> list[Run]:
    """Deploy the same network on every board, and run the same experiment on one after the other.

    Boards are open at the same time, so that one that is missing is known before another is
    measured; a board that is named twice is opened twice. All are closed in the end, whatever
    happens.
    """
    load = _Networks(network)
    drive = functools.partial(
        _drive, experiment=experiment, load=load, overwrite=overwrite, busy=busy
    )
    with contextlib.ExitStack() as stack:
        devices: list[OpenDevice] = []
        try:
            for board in boards:
                devices.append(stack.enter_context(_opened(board, busy)))  # noqa: PERF401 - counted below
        except DeviceBusy as error:
            if not devices or error.in_this_process is False:
                raise
        if len(devices) == len(boards):
            return drive(boards, devices)
    runs: list[Run] = []
    for board in boards:  # two names of one board
        with _opened(board, busy) as device:
            runs += drive([board], [device])
    return runs


def _drive(
    boards: Sequence[ChosenBoard],
    devices: Sequence[OpenDevice],
    *,
    experiment: LeakExperimentChoice,
    load: _Networks,
    overwrite: bool,
    busy: Busy,
) -> list[Run]:
    for board, device in zip(boards, devices, strict=True):
        with busy(f"deploying the network on {board.name}"):
            _deploy(board, device, experiment, load)
    runs = []
    for board, device in zip(boards, devices, strict=True):
        with busy(f"measuring {board.name}"), blamed_on(_offer(board), _IN_USE):
            is_replay = device.info.recorded_at is not None  # which begins as it was recorded
            if experiment.states == "reset" and not is_replay:
                device.reset_states()
            run = run_leak(
                device,
                experiment.layers,
                start=None if is_replay else experiment.start,
                record=board.record,
                overwrite=overwrite,
                every_s=experiment.sampling.get("every_s"),
                for_s=experiment.sampling.get("for_s"),
                ticks=_whole(experiment.sampling.get("ticks")),
            )
        runs.append(run)
    return runs


class _Networks:
    """Loads the network for each backend, and a Python file once: it may make random weights."""

    def __init__(self, network: NetworkChoice) -> None:
        self.network = network
        self._loaded: dict[str, ExampleNetwork] = {}

    def __call__(self, board: ChosenBoard) -> ExampleNetwork:
        where = self.network.where
        is_code = where is not None and not where.lower().endswith(".nir")
        backend, _ = select(board.selection)
        key = "" if is_code and self.network.weights is None else backend.name
        if key not in self._loaded:
            self._loaded[key] = self.network.load(backend, _offer(board))
        return self._loaded[key]


@contextlib.contextmanager
def _opened(board: ChosenBoard, busy: Busy) -> Iterator[OpenDevice]:
    with busy(f"opening {board.selection}"):
        device = open_device(board.selection, **board.options)
    with device:
        yield device


def _deploy(
    board: ChosenBoard,
    device: OpenDevice,
    experiment: LeakExperimentChoice,
    load: _Networks,
) -> None:
    wanted = load(board)
    _refuse_start(board, device, experiment)
    is_example = load.network.where is None
    with blamed_on(_offer(board), _IN_USE):
        how = _leak_and_biases(device, experiment, is_example=is_example)
        with load.network.at_fault():
            device.deploy(wanted.network, input_shape=wanted.input_shape, **how)
    known = {device.network_hash, network_hash(wanted.network)}  # a plan may have changed it
    if is_example and experiment.network_hash and known.isdisjoint({experiment.network_hash, ""}):
        raise InputError(
            "Asked to drive a board as a record was measured, and the record is of another network "
            f"than {wanted.summary}.",
            hint="Give the network of the record: --network FILE.py:NAME.",
        )


def _leak_and_biases(
    device: OpenDevice, experiment: LeakExperimentChoice, *, is_example: bool
) -> dict[str, Any]:
    """The plan, or the leak, as `OpenDevice.deploy` takes it."""
    plan, is_replay = experiment.plan, device.info.recorded_at is not None
    if plan is not None and not is_replay:
        chip = device.info.chip.name
        # the same biases and rate on another chip are what is compared
        return {"plan": plan if plan.chip == chip else attrs.evolve(plan, chip=chip, budget=None)}
    leak = device.leak_config(
        drive=experiment.drive,
        rate_hz=experiment.rate_hz,
        events_per_tick=experiment.events_per_tick,
    )
    takes_biases = Capability.DIRECT_BIASES in device.capabilities
    if plan is None or is_example or not takes_biases:
        return {"leak": leak}
    return {"leak": leak, "biases": plan.biases}  # which the replay compares with its own


def _refuse_start(board: ChosenBoard, device: OpenDevice, experiment: LeakExperimentChoice) -> None:
    """Refuse a start that the board cannot write, before any is measured."""
    can_write = Capability.WRITE_V_MEM in device.capabilities
    if experiment.start is None or device.info.recorded_at is not None or can_write:
        return
    raise CapabilityUnsupported(
        f"Asked to start the neurons of {board.name} from {experiment.start}, and "
        f"{device.info.board} cannot write membrane potentials.",
        hint="Compare without --start, or with a record that begins as its network was deployed.",
        capability=Capability.WRITE_V_MEM,
    )


def _offer(board: ChosenBoard) -> Offer:
    backend, _ = select(board.selection)
    return registry().offer(backend.name)


def _whole(ticks: float | None) -> int | None:
    return None if ticks is None else int(ticks)
