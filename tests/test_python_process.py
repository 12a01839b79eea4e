"""A process that was forked is as one that Python started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from python_process import run_python, start_python

LOOK = """
import os, pathlib, signal, sys
print(__name__, sys.argv[1:], os.getcwd(), sys.path[:2], sorted(os.environ))
for stream in sys.stdin, sys.stdout, sys.stderr:
    print(stream.name, stream.encoding, stream.errors, stream.isatty(), stream.line_buffering)
print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), os.listdir("/dev/fd"))
print("an error", file=sys.stderr)
sys.exit(7)
"""


@pytest.mark.parametrize("how", ["-c", "-m", "a file"])
def test_it_starts_as_python_starts_it(tmp_path: Path, how: str) -> None:
    (tmp_path / "look.py").write_text(LOOK)
    words = {"-c": ["-c", LOOK], "-m": ["-m", "look"], "a file": [str(tmp_path / "look.py")]}[how]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "ascii:replace"}

    forked = run_python(*words, "a", "b c", cwd=tmp_path, env=environment)
    started = subprocess.run(
        [sys.executable, *words, "a", "b c"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (forked.returncode, forked.stdout, forked.stderr) == (7, started.stdout, "an error\n")


def test_it_ends_as_python_ends_it() -> None:
    done = run_python("-c", "import atexit; atexit.register(print, 'the end'); 1 / 0")
    assert (done.returncode, done.stdout) == (1, "the end\n")
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert run_python("-c", "import os; os.kill(os.getpid(), 15)").returncode == -15
    assert run_python("-c", "import os; os._exit(3)").returncode == 3


@pytest.mark.parametrize("end", ["", "sys.exit(0)", "sys.exit(3)"])
def test_what_cannot_be_written_at_the_end_is_said(tmp_path: Path, end: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    code = f"import sys\nprint('lost')\n{end}"
    with Path("/dev/full").open("w") as full:
        buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
        done = run_python("-c", code, stdout=full.fileno(), env=buffered)
    assert done.returncode == 120
    assert done.stderr.splitlines()[-1] == "OSError: [Errno 28] No space left on device"


LEAVES = """
import atexit, threading
class Left:
    def __del__(self):
        print("left", self.name)
left = Left()
left.name = "a global"
atexit.register(print, "an exit callback")
threading.Thread(target=print, args=("a thread",)).start()
"""


@pytest.mark.parametrize("how", ["-c", "a file"])
def test_what_a_program_leaves_behind_ends_as_under_python(tmp_path: Path, how: str) -> None:
    (tmp_path / "leaves.py").write_text(LEAVES)
    words = {"-c": ["-c", LEAVES], "a file": ["leaves.py"]}[how]

    forked = run_python(*words, cwd=tmp_path)
    started = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert forked.stdout == started.stdout
    assert started.stdout.splitlines() == ["a thread", "an exit callback", "left a global"]
    assert (forked.returncode, forked.stderr) == (0, "")


def test_one_that_does_not_end_is_killed() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_python("-c", "import signal; signal.pause()", timeout=0.01)
    assert run_python("-c", "print('the next')").stdout == "the next\n"


def test_several_run_at_once_each_with_the_descriptors_that_it_is_given() -> None:
    reading, writing = os.pipe()
    waits = start_python("-c", f"import os; os._exit(os.read({reading}, 1)[0])", pass_fds=[reading])
    writes = start_python("-c", f"import os; os.write({writing}, b'A')", pass_fds=[writing])
    assert (waits.wait(), writes.wait()) == (ord("A"), 0)
    assert (waits.poll(), writes.returncode) == (ord("A"), 0)

    waits = start_python("-c", f"import os; os.read({reading}, 1)", pass_fds=[reading])
    assert waits.poll() is None
    waits.kill()
    assert waits.wait() == -9
    os.close(reading)
    os.close(writing)
