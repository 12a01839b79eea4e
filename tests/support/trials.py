"""Runs commands of speckhal with odd paths and with odd standard streams.

    python tests/support/trials.py < TRIALS.json > RESULTS.json

Each trial has `arguments`, `folder`, `variables` and `gone` (whether the folder is deleted before).
Where `streams` says of standard output and error whether each is "kept", "closed", "full" (a device
without room) or "broken" (a pipe that nobody reads), the command runs in a fork of this process,
and otherwise within it. Each result has the exit `code`, and what was printed to the streams that
were kept. What hangs ends with SIGALRM.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
import tempfile
from typing import Any

from click.testing import CliRunner

from forkserver import open_standard_streams
from speckhal.cli import main as command

PATIENCE_S = 120


def main() -> None:
    """Run all trials, and print their results."""
    gc.freeze()
    obey_permissions()
    signal.alarm(PATIENCE_S)
    results = [
        fork(trial) if trial["streams"] else run_here(trial) for trial in json.load(sys.stdin)
    ]
    json.dump(results, sys.stdout)


def run_here(trial: dict[str, Any]) -> dict[str, Any]:
    """Run the command in this process."""
    enter(trial)
    done = CliRunner().invoke(command, trial["arguments"])
    crash = "" if isinstance(done.exception, SystemExit | None) else repr(done.exc_info)
    return {"code": done.exit_code, "stdout": done.stdout, "stderr": done.stderr, "crash": crash}


def fork(trial: dict[str, Any]) -> dict[str, Any]:
    """Run the command in a process of its own, to the very end of it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if (child := os.fork()) == 0:
            signal.alarm(PATIENCE_S)
            become(trial, [out.fileno(), err.fileno()])  # ends this process, through main
        _, status = os.waitpid(child, 0)
        printed = []
        for stream in (out, err):
            stream.seek(0)
            printed.append(stream.read().decode(errors="replace"))
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "stdout": printed[0], "stderr": printed[1], "crash": ""}


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
