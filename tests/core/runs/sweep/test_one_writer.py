"""One sweep at a time writes to a file, and a killed one is in nobody's way."""

from __future__ import annotations

import contextlib
import fcntl
import multiprocessing
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from speckhal import InputError
from speckhal.runs.sweep.one_writer import OneWriter
from speckhal.runs.sweep.sweep_file import SweepFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORK = multiprocessing.get_context("fork")


def _hold(path: Path, begun: Any) -> None:
    SweepFile(path)
    begun.set()
    signal.alarm(60)  # an end also where nobody kills it
    signal.pause()


def _release(writer: OneWriter, begun: Any) -> None:
    writer.release()
    begun.set()
    signal.alarm(60)
    signal.pause()


@contextlib.contextmanager
def another_sweep(path: Path) -> Iterator[Any]:
    """Another process that has the file, and is killed at the end."""
    begun = FORK.Event()
    process = FORK.Process(target=_hold, args=(path, begun))
    process.start()
    assert begun.wait(60)
    try:
        yield process
    finally:
        process.kill()
        process.join()


def test_a_second_process_is_refused_and_one_that_was_killed_is_in_nobodys_way(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.sqlite"
    with another_sweep(path) as other:
        with pytest.raises(InputError, match=f"of process {other.pid}, writes to it") as caught:
            SweepFile(path)
        assert "another file" in str(caught.value.hint)
        SweepFile(tmp_path / "another.sqlite").close()

    SweepFile(path).close()


def test_a_second_thread_is_refused_by_every_name_of_the_file(tmp_path: Path) -> None:
    path, link = tmp_path / "s.sqlite", tmp_path / "link.sqlite"
    link.symlink_to(path)
    first = SweepFile(path)
    refused: list[str] = []

    def second() -> None:
        try:
            SweepFile(link)
        except InputError as error:
            refused.append(error.message)

    thread = threading.Thread(target=second)
    thread.start()
    thread.join()
    first.close()

    assert len(refused) == 1
    assert f"of process {os.getpid()}, writes to it" in refused[0]
    SweepFile(link).close()


def test_nothing_stays_behind_also_where_the_file_was_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    path.write_text("no database, and longer than what SQLite takes for an empty one")

    with pytest.raises(InputError, match="not a database"):
        SweepFile(path)

    assert [each.name for each in tmp_path.iterdir()] == ["s.sqlite"]


def test_a_forked_process_keeps_nothing_and_lets_go_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    first = OneWriter(path)
    begun = FORK.Event()
    fork = FORK.Process(target=_release, args=(first, begun))
    fork.start()
    try:
        assert begun.wait(60)
        with pytest.raises(InputError):
            OneWriter(path)
        first.release()
        OneWriter(path).release()
    finally:
        fork.kill()
        fork.join()


def test_an_unreadable_remainder_of_a_lock_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    (tmp_path / "s.sqlite.lock").write_bytes(b"\xff" * 40)

    OneWriter(path).release()


def test_a_lock_that_another_one_let_go_of_in_between_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "s.sqlite.lock"
    system = fcntl.lockf
    locked: list[int] = []

    def slow(descriptor: int, how: int) -> None:
        if not locked:
            lock.unlink()
        locked.append(descriptor)
        system(descriptor, how)

    monkeypatch.setattr(fcntl, "lockf", slow)
    writer = OneWriter(tmp_path / "s.sqlite")

    assert len(locked) == 2
    assert lock.read_text() == str(os.getpid())
    writer.release()
