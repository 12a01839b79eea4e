"""Threads that a program leaves behind end without a word, and those of others are heard."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

from speckhal.system.programs.ending import leave_behind

if TYPE_CHECKING:
    import pytest


def test_threads_of_many_programs_are_silenced_by_one_hook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: heard.append(args.thread.name))
    hooks: list[object] = []
    for _ in range(3):
        known, ended = threading.enumerate(), threading.Event()
        left = threading.Thread(target=_fail, args=[ended], daemon=True)
        left.start()
        leave_behind(known)
        hooks.append(threading.excepthook)
        ended.set()
        left.join()
        alive = weakref.ref(left)
        del left, known
        gc.collect()
        assert alive() is None
    ended = threading.Event()
    ended.set()
    other = threading.Thread(target=_fail, args=[ended], name="other")
    other.start()
    other.join()
    assert heard == ["other"]
    assert hooks == [threading.excepthook] * 3


def _fail(ended: threading.Event) -> None:
    ended.wait()
    raise ValueError("lost")
