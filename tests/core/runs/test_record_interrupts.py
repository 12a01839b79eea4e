"""An interrupt or a full disk at any step leaves no record half made, and loses nothing."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import h5py
import pytest

from speckhal import InputError, LayerSpec, OpenDevice, Run, open_run, run_leak
from speckhal.runs import (
    growing_file,
    provenance_json,
    record_layout,
    record_place,
    record_series,
    record_writer,
)
from tracing import traced_by

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

Deployed = Callable[..., OpenDevice]

PLACING = [
    str(module.__file__) for module in (growing_file, record_place, record_series, record_writer)
]
LAYING_OUT = [str(module.__file__) for module in (provenance_json, record_layout)]
LEFT = b"\x89HDF\r\n\x1a\n\3what a dead process left of a speckhal_record_version"


@contextlib.contextmanager
def interrupted_at(step: int, files: list[str]) -> Iterator[list[int]]:
    """In the body, Ctrl-C at that line which is executed in the files; how many there were."""
    seen = [0]

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            seen[0] += 1
            if seen[0] == step:
                raise KeyboardInterrupt
        return trace

    with traced_by(trace):
        yield seen


def _apart(function: Callable[..., object], *args: Any, **options: Any) -> None:
    """Call it in a generator, to which any handled exception belongs, and with which it ends.

    Python 3.11 does not forget the error that an `except` handled where a trace function raises
    another as it ends: all later errors of the thread would have it as their context.
    """

    def call() -> Iterator[object]:
        yield function(*args, **options)

    next(call())


@pytest.mark.parametrize(
    ("files", "every", "overwrite"),
    [(PLACING, 4, False), (PLACING, 7, True), (LAYING_OUT, 31, False)],
)
def test_ctrl_c_at_any_step_leaves_a_whole_record_or_none(
    deployed: Deployed, tmp_path: Path, files: list[str], every: int, *, overwrite: bool
) -> None:
    outcomes = {"record": 0, "none": 0}
    for step in itertools.count(1, every):
        folder = tmp_path / str(step)
        folder.mkdir()
        if overwrite:
            (folder / "run.h5.partial").write_bytes(LEFT)
        device = deployed([LayerSpec((1, 1, 1), [-13])], rate_hz=10)
        error: BaseException | None = None
        with interrupted_at(step, files) as seen:
            try:
                _apart(
                    run_leak, device, [0], every_s=0.1, for_s=0.1, record=folder / "run.h5",
                    overwrite=overwrite,
                )  # fmt: skip
            except KeyboardInterrupt as caught:
                error = caught
        if seen[0] < step:
            break
        board: Any = device.raw
        assert board.started_s is None, "the slow clock runs"
        names = {one.name for one in folder.iterdir()}
        if overwrite and names == {"run.h5.partial"}:  # what was there, not touched yet
            assert (folder / "run.h5.partial").read_bytes() == LEFT
            names = set()
        assert names <= {"run.h5"}, f"step {step} leaves {names}"
        if names:
            _refuse_loss(open_run(folder / "run.h5"), error, board)
        else:
            assert board.reads == 0
        outcomes["record" if names else "none"] += 1
    assert sys.exc_info() == (None, None, None)
    assert outcomes["none"] >= 5
    assert outcomes["record"] >= 10 or files is LAYING_OUT


def _refuse_loss(opened: Run, error: BaseException | None, board: Any) -> None:
    assert not opened.is_partial
    assert error is not None
    assert board.reads - sum(map(len, opened.traces)) <= 1
    run: Run = error.run  # type: ignore[attr-defined]  # it is given to all errors
    assert run.problem == "KeyboardInterrupt"
    assert [len(trace) for trace in run.traces] == [len(trace) for trace in opened.traces]


CALLS: dict[str, tuple[object, str]] = {
    "make room": (record_series, "_room"),
    "write": (h5py.Dataset, "__setitem__"),
    "flush": (h5py.Dataset, "flush"),
    "flush the file": (h5py.File, "flush"),
    "close": (h5py.File, "close"),
    "give the name": (os, "link"),
    "make": (h5py.Group, "create_dataset"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_disk_that_is_full_at_any_call_keeps_what_was_gathered_and_says_so(
    deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    owner, method = CALLS[name]
    kept: Any = getattr(owner, method)
    failures = at = 0
    while True:
        at += 1
        calls = 0

        def fail(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls >= at:  # a full disk stays full  # noqa: B023 - called within the turn
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return kept(*arguments, **named)

        folder = tmp_path / str(at)
        folder.mkdir()
        device = deployed(rate_hz=10)
        with monkeypatch.context() as patched:
            patched.setattr(owner, method, fail)
            caught = None
            try:
                run_leak(device, [0], every_s=0.1, for_s=0.2, record=folder / "run.h5")
            except InputError as error:
                caught = error
        if calls < at:
            break
        failures += 1
        board: Any = device.raw
        assert board.started_s is None, "the slow clock runs"
        names = {one.name for one in folder.iterdir()}
        if caught is None:  # nothing was lost by it
            assert name == "close"
            assert [len(trace) for trace in open_run(folder / "run.h5").traces] == [3]
        elif board.reads == 0:
            assert not names
        else:
            assert names == {"run.h5.partial"}
            assert "there is no space left on the device" in str(caught)
            assert "run.h5.partial" in str(caught.hint)
            opened = open_run(folder / "run.h5")
            read = sum(map(len, opened.traces))
            assert board.reads - read <= 1
            run: Run = caught.run
            assert sum(map(len, run.traces)) == read
            for trace in run.traces:
                assert len(trace.v_mem) == len(trace)
    assert failures
