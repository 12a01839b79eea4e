"""Runs commands of speckhal with odd paths and with odd standard streams.

    python tests/support/trials.py < TRIALS.json > RESULTS.json

Each trial has `arguments`, `folder`, `variables` and `gone` (whether the folder is deleted before).
Where `streams` says of standard output and error whether each is "kept", "closed", "full" (a device
without room) or "broken" (a pipe that nobody reads), the command runs in a fork of this process,
and otherwise within it. Each result has the exit `code`, and what was printed to the streams that
were kept. A trial that takes longer than `patience_s`, by default 60, is cut: its `crash` says so,
and the others are run.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import signal
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from forkserver import open_standard_streams
from speckhal.cli import main as command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PATIENCE_S = 60


def main() -> None:
    """Run all trials, and print their results."""
    gc.freeze()
    obey_permissions()
    results = [
        fork(trial) if trial["streams"] else run_here(trial) for trial in json.load(sys.stdin)
    ]
    json.dump(results, sys.stdout)


class Cut(BaseException):
    """The trial has taken too long."""


def run_here(trial: dict[str, Any]) -> dict[str, Any]:
    """Run the command in this process."""
    enter(trial)
    done = None
    with cut_in_time(trial) as cuts, contextlib.suppress(Cut):
        done = CliRunner().invoke(command, trial["arguments"])
    if cuts or done is None:
        return {"code": None, "stdout": "", "stderr": "", "crash": cut(trial)}
    crash = "" if isinstance(done.exception, SystemExit | None) else repr(done.exc_info)
    return {"code": done.exit_code, "stdout": done.stdout, "stderr": done.stderr, "crash": crash}


@contextlib.contextmanager
def cut_in_time(trial: dict[str, Any]) -> Iterator[list[int]]:
    """Raise `Cut` in the body when its time has passed, and each second while it goes on.

    The body is given the list of the signals that came: the command may have swallowed them. One
    that swallows ten ends all trials.
    """
    cuts: list[int] = []

    def ring(number: int, _frame: FrameType | None) -> None:
        cuts.append(number)
        if len(cuts) > 10:
            os.write(2, f"{cut(trial)}, and goes on.\n".encode())
            os._exit(1)
        raise Cut

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, patience_s(trial), 1)
    try:
        yield cuts
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def patience_s(trial: dict[str, Any]) -> float:
    """How long the trial may take."""
    seconds: float = trial.get("patience_s", PATIENCE_S)
    return seconds


def cut(trial: dict[str, Any]) -> str:
    """What is reported of a trial that was cut."""
    return f"{trial['arguments']} was cut after {patience_s(trial):g} s"


def fork(trial: dict[str, Any]) -> dict[str, Any]:
    """Run the command in a process of its own, to the very end of it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if (child := os.fork()) == 0:
            signal.setitimer(signal.ITIMER_REAL, patience_s(trial))
            become(trial, [out.fileno(), err.fileno()])  # ends this process, through main
        _, status = os.waitpid(child, 0)
        printed = []
        for stream in (out, err):
            stream.seek(0)
            printed.append(stream.read().decode(errors="replace"))
    code = os.waitstatus_to_exitcode(status)
    crash = cut(trial) if code == -signal.SIGALRM else ""
    return {"code": code, "stdout": printed[0], "stderr": printed[1], "crash": crash}


def enter(trial: dict[str, Any]) -> None:
    """Go to the folder, and delete it if it is to be gone."""
    os.environ.update(trial["variables"])
    os.chdir(trial["folder"])
    if trial["gone"]:
        os.rmdir(trial["folder"])  # noqa: PTH106 - as it says


def become(trial: dict[str, Any], kept: list[int]) -> None:
    """Be the command in that trial, and exit."""
    enter(trial)
    for number, kind in enumerate(trial["streams"], 1):
        if kind == "closed":
            os.close(number)
        else:
            os.dup2(_open(kind, kept[number - 1]), number)
    open_standard_streams()
    sys.argv = ["speckhal"]
    command(trial["arguments"])


def _open(kind: str, kept: int) -> int:
    if kind == "kept":
        return kept
    if kind == "full":
        return os.open("/dev/full", os.O_WRONLY)
    ours, theirs = os.pipe()
    os.close(ours)
    return theirs


def obey_permissions() -> None:
    """Give up root's privilege to enter every folder and write every file, if we are root."""
    if os.geteuid() != 0:
        return
    version_3, nobodys_business = 0x20080522, (1 << 1) | (1 << 2)  # DAC_OVERRIDE, DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(version_3, 0)
    held = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then those above 32
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capget(header, held) == 0:
        for index in range(3):
            held[index] &= ~nobodys_business & 0xFFFFFFFF
        libc.capset(header, held)


if __name__ == "__main__":
    main()
