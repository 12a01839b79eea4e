"""`run_python`: what `subprocess.run([sys.executable, ...])` gives, without importing torch anew.

For tests whose subject is a process. Where the subject is what a process imports, or how Python
itself starts, start one with `subprocess`.
"""

from __future__ import annotations

import atexit
import contextlib
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
    interpreter: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `python ARGUMENTS` to its end, and return what it printed, as text.

    It reads `stdin`. Standard output goes to the descriptor `stdout`, if one is given.
    `interpreter` is that of another environment, in which all is installed before the first call.

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
                [interpreter or sys.executable, *words],
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
        output = theirs[0] if stdout is None else stdout
        process = _server(interpreter).start(
            words,
            environment=environment,
            folder=folder,
            descriptors={0: given.fileno(), 1: output, 2: theirs[1]},
        )
        for descriptor in theirs:
            os.close(descriptor)
        printed = [readers.submit(_read, descriptor) for descriptor in ours]
        code = process.wait(timeout)
        return subprocess.CompletedProcess(words, code, *(each.result() for each in printed))


def _read(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8", errors="replace") as file:
        return file.read()


def start_python(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    streams: tuple[int, int, int] = (0, 1, 2),
    pass_fds: Sequence[int] = (),
) -> ForkedProcess | subprocess.Popen[bytes]:
    """Start `python ARGUMENTS`, with these standard streams and other descriptors."""
    words = [str(argument) for argument in arguments]
    environment = dict(os.environ if env is None else env)
    if not sys.platform.startswith("linux"):
        return subprocess.Popen(
            [sys.executable, *words],
            env=environment,
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            pass_fds=pass_fds,
        )
    return _server().start(
        words,
        environment=environment,
        folder=str(Path.cwd()),
        descriptors={**dict(enumerate(streams)), **{number: number for number in pass_fds}},
    )


@attrs.define
class ForkedProcess:
    """A process that was forked, with the methods that `subprocess.Popen` has.

    Attributes:
        pid: its number, to send signals to.
        returncode: its exit code, or the negative number of the signal that ended it; None until
            it was waited for.
    """

    pid: int
    _arguments: list[str]
    _status: Callable[[int, float], int]
    returncode: int | None = attrs.field(default=None, init=False)

    def wait(self, timeout: float = 120) -> int:
        """Wait for its end; its `returncode`. It is killed if it takes longer."""
        if self.returncode is None:
            try:
                status = self._status(self.pid, timeout)
            except TimeoutError:
                self.kill()
                self._status(self.pid, 10)
                raise subprocess.TimeoutExpired(self._arguments, timeout) from None
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def poll(self) -> int | None:
        """Its `returncode` if it has ended."""
        if self.returncode is None:
            with contextlib.suppress(TimeoutError):
                self.returncode = os.waitstatus_to_exitcode(self._status(self.pid, 1e-6))
        return self.returncode

    def kill(self) -> None:
        """Kill it."""
        os.kill(self.pid, signal.SIGKILL)


class Forkserver:
    """A process that has imported some modules, and forks.

    Args:
        modules: what it imports first.
        interpreter: runs it, and what it forks.
    """

    def __init__(self, modules: Sequence[str], interpreter: Path) -> None:
        self._control, theirs = socket.socketpair()
        self._ended: dict[int, int] = {}  # those that were not yet asked for
        self._begun = b""  # of an answer that has not come whole yet
        with theirs:
            self._process = subprocess.Popen(
                [interpreter, SERVER, str(theirs.fileno()), *modules],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **ONE_THREAD},
            )

    def start(
        self,
        arguments: list[str],
        *,
        environment: dict[str, str],
        folder: str,
        descriptors: Mapping[int, int],
    ) -> ForkedProcess:
        """Fork a child that does what `python ARGUMENTS` does there, with descriptors by number."""
        request = {
            "arguments": arguments,
            "environment": environment,
            "folder": folder,
            "descriptors": list(descriptors),
        }
        line = f"{json.dumps(request)}\n".encode()
        sent = socket.send_fds(self._control, [line], list(descriptors.values()))
        self._control.sendall(line[sent:])
        while True:
            pid, *ended = self._answer(None)  # the first comes when all is imported
            if not ended:
                return ForkedProcess(pid, arguments, self._status)
            self._ended[pid] = ended[0]

    def close(self) -> None:
        """End the process."""
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:  # it imports on, where no test waited for it
            self._process.kill()
            self._process.wait()

    def _status(self, pid: int, timeout: float) -> int:
        while pid not in self._ended:
            ended, status = self._answer(timeout)
            self._ended[ended] = status
        return self._ended.pop(pid)

    def _answer(self, timeout: float | None) -> list[int]:
        self._control.settimeout(timeout)
        while not self._begun.endswith(b"\n"):
            if not (piece := self._control.recv(1)):
                raise RuntimeError("The server of forks has gone.")
            self._begun += piece
        answer, self._begun = self._begun, b""
        return [int(number) for number in answer.split()]


@functools.cache
def _server(interpreter: Path | None = None) -> Forkserver:
    """The one for all tests of this process, from the first that asks.

    That of another environment imports what speckhal is built on, and nothing of speckhal.
    """
    if interpreter is None:
        server = Forkserver(MODULES, Path(sys.executable))
    else:
        server = Forkserver(["sinabs.layers"], interpreter)
    atexit.register(server.close)
    return server
