"""`run_python`: what `subprocess.run([sys.executable, ...])` gives, without importing torch anew.

For tests whose subject is a process. Where the subject is what a process imports, or how Python
itself starts, start one with `subprocess`.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SERVER = Path(__file__).with_name("forkserver.py")
TRIALS = Path(__file__).with_name("trials.py")
MODULES = (
    "pytest",
    "rich.table",
    "sinabs.layers",
    "speckhal.cli.commands.characterise",
    "speckhal.cli.commands.conformance",
    "speckhal.cli.commands.doctor",
    "speckhal.cli.commands.emulate",
    "speckhal.cli.commands.info",
    "speckhal.cli.commands.leak",
    "speckhal.cli.commands.list_backends",
    "speckhal.cli.commands.new_plugin",
    "speckhal.cli.views.characterise_view",
    "speckhal.cli.views.leak_view",
    "speckhal.conformance.runner",
    "speckhal.leak.verdict",
    "speckhal.runs.network_file",
    "speckhal.runs.record",
    "speckhal_characterise.characteriser",
    "speckhal_characterise.plugin",
    "speckhal_mock.backend.board_access",
    "speckhal_mock.backend.health",
    "speckhal_mock.scripts.emulator",
    "speckhal_samna.device",
    "speckhal_samna.doctor.health",
    "speckhal_samna.network.chip_layers",
    "speckhal_samna.network.example",
    "commands_ready",
)
"""What the server of forks imports, with all that these import: what commands take long to."""

# as libraries see them when they are loaded: a process with threads cannot be forked safely
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run_python(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    stdin: str = "",
    stdout: int | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run `python ARGUMENTS` to its end, and return what it printed, as text.

    It reads `stdin`. Standard output goes to the descriptor `stdout`, if one is given.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout` seconds, and was killed.
    """
    words = [str(argument) for argument in arguments]
    environment = dict(os.environ if env is None else env)
    folder = str(cwd or Path.cwd())
    with tempfile.TemporaryFile("w+") as given, ThreadPoolExecutor(2) as readers:
        given.write(stdin)
        given.seek(0)
        if not sys.platform.startswith("linux"):  # elsewhere not all that is imported bears a fork
            return subprocess.run(
                [sys.executable, *words],
                env=environment,
                cwd=folder,
                stdin=given,
                stdout=subprocess.PIPE if stdout is None else stdout,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                timeout=timeout,
            )
        ours, theirs = zip(os.pipe(), os.pipe(), strict=True)
        process = _server().start(
            words,
            environment=environment,
            folder=folder,
            descriptors=[given.fileno(), theirs[0] if stdout is None else stdout, theirs[1]],
        )
        for descriptor in theirs:
            os.close(descriptor)
        printed = [readers.submit(_read, descriptor) for descriptor in ours]
        code = process.wait(timeout)
        return subprocess.CompletedProcess(words, code, *(each.result() for each in printed))


def _read(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8", errors="replace") as file:
        return file.read()


@attrs.frozen
class ForkedProcess:
    """A process that was forked.

    Attributes:
        pid: its number, to send signals to.
    """

    pid: int
    _arguments: list[str]
    _answer: Callable[[float], str]

    def wait(self, timeout: float = 120) -> int:
        """Wait for its end; its exit code, or the negative number of the signal that ended it."""
        try:
            return os.waitstatus_to_exitcode(int(self._answer(timeout)))
        except TimeoutError:
            os.kill(self.pid, signal.SIGKILL)
            self._answer(10)
            raise subprocess.TimeoutExpired(self._arguments, timeout) from None


class Forkserver:
    """A process that has imported some modules, and forks. One child at a time.

    Args:
        modules: what it imports first.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, SERVER, str(theirs.fileno()), *modules],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **ONE_THREAD},
            )

    def start(
        self,
        arguments: list[str],
        *,
        environment: dict[str, str],
        folder: str,
        descriptors: Sequence[int],
    ) -> ForkedProcess:
        """Fork a child that does what `python ARGUMENTS` does there, with those descriptors."""
        request = {"arguments": arguments, "environment": environment, "folder": folder}
        line = f"{json.dumps(request)}\n".encode()
        sent = socket.send_fds(self._control, [line], list(descriptors))
        self._control.sendall(line[sent:])
        return ForkedProcess(int(self._answer(120)), arguments, self._answer)

    def close(self) -> None:
        """End the process."""
        self._control.close()
        self._process.wait(10)

    def _answer(self, timeout: float) -> str:
        self._control.settimeout(timeout)
        answer = b""
        while not answer.endswith(b"\n"):
            if not (piece := self._control.recv(1)):
                raise RuntimeError("The server of forks has gone.")
            answer += piece
        return answer.decode()


@functools.cache
def _server() -> Forkserver:
    """The one for all tests of this process, from the first that asks."""
    server = Forkserver(MODULES)
    atexit.register(server.close)
    return server
