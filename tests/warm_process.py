"""Starts commands of speckhal in a moment: a process that has imported what is slow, and forks.

Each line of its standard input describes a command; the process that is forked for it becomes
that command, and ends as Python ends. The exit code comes back as a line.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import sys
import threading
import warnings
from typing import Any

import sinabs.layers
import torch

import speckhal.cli
import speckhal_mock.script
from speckhal.cli import conformance, doctor, emulate, info, leak, list_backends

IMPORTED = (sinabs, speckhal_mock, torch, conformance, doctor, emulate, info, leak, list_backends)
"""What takes a while to import."""


def next_command() -> dict[str, Any] | None:
    """In the process that is to become it, the next command; None when there are no more."""
    gc.freeze()  # collecting in a fork would copy all that was imported
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for line in requests:
        answers.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads that wait in libraries
            process = os.fork()
        if process == 0:
            requests.close()
            answers.close()
            command: dict[str, Any] = json.loads(line)
            return command
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)
    return None


def become(command: dict[str, Any]) -> None:
    """Take the arguments, the working directory, the environment and the files of a command."""
    os.chdir(command["cwd"])
    os.environ.update(command["env"])
    for number, (path, flags) in enumerate(
        (
            (command["stdin"], os.O_RDONLY),
            (command["stdout"], os.O_WRONLY),
            (command["stderr"], os.O_WRONLY),
        )
    ):
        file = os.open(path, flags)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.argv = ["speckhal", *command["arguments"]]


def leave(code: object) -> None:
    """End as Python does, but for taking the imported modules apart, which takes longest."""
    assert isinstance(code, int | None)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    asked = next_command()
    if asked is not None:
        become(asked)
        try:
            speckhal.cli.main()
        except SystemExit as end:
            leave(end.code)
