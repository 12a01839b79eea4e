"""Drives boards alike for `speckhal compare`: the same network, the same experiment."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from speckhal.cli.deployed_alike import IN_USE, Networks, deploy, offer_of
from speckhal.contract.errors import DeviceBusy
from speckhal.discovery.entry_points import BACKENDS, enabled
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.opening import open_device
from speckhal.runs.published import PUBLISHED_LEAK
from speckhal.runs.record_place import partial_of
from speckhal.runs.run_leak import run_leak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from speckhal.cli.compared_experiment import LeakExperimentChoice
    from speckhal.cli.deployed_alike import ChosenBoard
    from speckhal.cli.network_options import NetworkChoice
    from speckhal.opened.open_device import OpenDevice
    from speckhal.runs.run import Run

    Busy = Callable[[str], AbstractContextManager[None]]

_ENDINGS = (".h5", ".npz", ".partial")


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
    load = Networks(network)
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
    load: Networks,
    overwrite: bool,
    busy: Busy,
) -> list[Run]:
    for board, device in zip(boards, devices, strict=True):
        with busy(f"deploying the network on {board.name}"):
            deploy(board, device, experiment, load)
    runs = []
    for board, device in zip(boards, devices, strict=True):
        with busy(f"measuring {board.name}"), blamed_on(offer_of(board), IN_USE):
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


@contextlib.contextmanager
def _opened(board: ChosenBoard, busy: Busy) -> Iterator[OpenDevice]:
    with busy(f"opening {board.selection}"):
        device = open_device(board.selection, **board.options)
    with device:
        yield device


def _whole(ticks: float | None) -> int | None:
    return None if ticks is None else int(ticks)
