"""Does once what each worker would do by itself, and all of them at the same time.

In a fresh clone that is to compile every file of tests and all that they import, which takes a
worker 10 s of processor time, and what follows spikes, which takes it 13 s.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SUPPORT = Path(__file__).parent


def ready_for_workers() -> Callable[[], None]:
    """Begin to compile what follows spikes, and compile the files of tests if none is yet.

    Returns:
        What waits for the end of the former, which no test needs soon.
    """
    compiling = _start(str(SUPPORT / "spikes_compiled.py"))
    if not any(SUPPORT.parent.rglob("test_*-pytest-*.pyc")):
        _start("-m", "pytest", "--quiet", "--collect-only").wait()  # workers say what is wrong

    def ended() -> None:
        compiling.wait()

    return ended


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=SUPPORT.parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
