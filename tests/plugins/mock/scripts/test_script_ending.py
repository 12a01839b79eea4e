"""A script keeps its boards until all has run that Python runs at its end, in Python's order."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from speckhal.system.programs import program_of, run_as_python
from speckhal_mock.scripts.emulator import ScriptEmulator
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from pathlib import Path

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]

# what the case does: a thread that sleeps, and an exit callback, need the board
USES_BOARD_TO_THE_END = """
import atexit, threading, time, weakref
import samna

kit = samna.device.open_device("Speck2fDevKit")
kit.get_io_module().set_slow_clk(True)
start = time.monotonic()

class Held:
    def __del__(self):
        kit.get_io_module().set_slow_clk(False)
        print("finalised with the board", round(time.monotonic() - start))

def work():
    time.sleep(1)
    kit.get_io_module().set_slow_clk_rate(10)
    print("the thread used the board", round(time.monotonic() - start))

def bye(name):
    time.sleep(2)
    kit.get_model().apply_configuration(samna.speck2f.configuration.SpeckConfiguration())
    print(name, "used the board", round(time.monotonic() - start))

held = Held()
atexit.register(bye, "first")
atexit.register(bye, name="second")
threading.Thread(target=work).start()
print("last line")
"""

ENDINGS = {
    "order": """
import atexit, threading, time
class Held:
    def __del__(self): print("finalised")
held = Held()
def work():
    while threading.main_thread().is_alive(): time.sleep(0.001)
    threading.Thread(target=print, args=("thread of a thread",)).start()
@atexit.register
def first(): print("first"); atexit.register(print, "too late")
atexit.register(print, "second", end="!\\n")
atexit.register(print, "never"); atexit.unregister(print); atexit.register(print, "third")
threading.Thread(target=work).start()
print("last line")
""",
    "exit": "import atexit, sys\natexit.register(print, 'bye')\nsys.exit(3)",
    "exit with text": """
import atexit, sys, threading, time
def late(): threading.main_thread().join(); print("late", file=sys.stderr)
atexit.register(lambda: print("bye", file=sys.stderr)); threading.Thread(target=late).start()
sys.exit("why")
""",
    "error": """
import atexit, sys, threading, time
def late(): threading.main_thread().join(); print("late", file=sys.stderr)
atexit.register(lambda: print("bye", file=sys.stderr)); threading.Thread(target=late).start()
[][0]
""",
    "no Exception": "class Odd(BaseException): pass\nraise Odd('it is')",
    "cancelled": "import asyncio\nraise asyncio.CancelledError",
    "error in a thread": """
import threading
def fail(): raise ValueError("in the thread")
thread = threading.Thread(target=fail, name="worker"); thread.start(); thread.join()
""",
    "exit in a thread": """
import sys, threading
threading.Thread(target=sys.exit, args=(4,)).start()
""",
    "_exit": "import atexit, os\natexit.register(print, 'no')\nos._exit(6)",
    "pool": """
import concurrent.futures, threading
pool = concurrent.futures.ThreadPoolExecutor(1)
go = threading.Event()
def work(n): go.wait(); print(n)
for n in range(4): pool.submit(work, n)
print("last line"); go.set()
""",
    "idle pool": """
import concurrent.futures
def keep(pool): pool.submit(print, "done").result(); return pool
pool = keep(concurrent.futures.ThreadPoolExecutor())
""",
    "thread callbacks": """
import atexit, threading
atexit.register(print, "then exit callbacks")
threading._register_atexit(print, "first what waits for threads")
""",
    "daemon": """
import threading
def work():
    while True: threading.Event().wait(0.01)
threading.Thread(target=work, daemon=True).start()
""",
    "excepthook": """
import sys
sys.excepthook = lambda kind, *_: print("hook", kind.__name__)
1 / 0
""",
    "excepthook fails": """
import sys
def hook(*_): raise KeyError("hook")
sys.excepthook = hook
1 / 0
""",
    "finalize": """
import atexit, weakref
class Held: pass
held = Held()
weakref.finalize(held, print, "finalize")
print("last line")
""",
    "files left open": """
import os
log, rows, raw = open(os.dup(1), "w"), open(os.dup(1), "w"), open(os.dup(1), "wb")
log.write("log\\n"); rows.write("rows\\n"); raw.write(b"raw\\n")
def function_that_keeps_the_globals(): pass
""",
    "finalised with all globals": """
class Held:
    def __del__(self): print("finalised", first is not None, _second is not None, last)
first, _second = Held(), Held()
first.itself = first
last = "last"
""",
    "globals in a library": """
import rlcompleter, sys
sys.modules["alias"] = sys.modules["__main__"]  # rlcompleter has it, too
class Held:
    def __del__(self): print("finalised", last)
held = Held()
last = "last"
""",
    "module kept": """
import sys, __main__
sys.kept = [__main__]
class Held:
    def __init__(self, name): self.name = name
    def __del__(self): print(self.name, held is None, _private, last)
held, _private, last = Held("held"), Held("private"), "last"
globals()[0] = "no name"
""",
    "daemon keeps the globals": """
import os, threading, time
class Held:
    def __del__(self): print("not finalised by Python either")
held = Held()
rows = open(os.dup(1), "w"); rows.write("lost by Python, too")
def work():
    while True: time.sleep(0.5)
threading.Thread(target=work, daemon=True).start()
""",
    "daemon whose globals go": """
import sys, threading, time, __main__
sys.kept = [__main__]
def step(): pass
def work():
    while True: step(); time.sleep(0.001)
class Held:
    def __del__(self): print("finalised")
held = Held()
threading.Thread(target=work, daemon=True).start()
""",
    "busy as its globals go": """
import sys, threading, time, __main__
sys.kept = [__main__]
def work():
    while True: time.sleep(0.001)
class Held:
    def __del__(self): print("finalised", sum(range(20_000_000)))
held = Held()
threading.Thread(target=work, daemon=True).start()
""",
    "wraps its output": """
import io, sys
sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="strict")
sys.stderr = io.TextIOWrapper(sys.stderr.buffer, encoding="utf-8")
print("caf\u00e9", sys.stdout.fileno(), sys.stdout.isatty()); print("why", file=sys.stderr)
""",
    "wraps detached output": """
import io, sys
print("first"); sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-8"); print("hi")
""",
    "codec around its output": """
import codecs, sys
sys.stdout = codecs.getwriter("utf-8")(sys.stdout.detach()); print("caf\u00e9")
""",
    "opens its output anew": "import sys\nprint(1)\nsys.stdout = open(1, 'w')\nprint(2)",
    "closes its output": "import sys; print('hi'); sys.stdout.close(); sys.exit(7)",
    "closes its errors": "import sys; sys.stderr.close(); print('hi'); sys.exit(4)",
    "detaches its errors": "import sys; sys.stderr.detach(); print('hi')",
    "prints after closing": "import sys; sys.stdout.close(); print('hi')",
    "has no streams": "import sys; sys.stdout.close(); sys.stdout = sys.stderr = None; print(1)",
}


@pytest.mark.parametrize("text", ENDINGS.values(), ids=ENDINGS)
def test_a_script_ends_as_under_python(run_command: RunCommand, tmp_path: Path, text: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)

    by_python = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60
    )
    done = run_command("emulate", script)

    assert done.stdout == by_python.stdout
    assert done.stderr == by_python.stderr
    assert done.returncode == by_python.returncode


LEAVES_FILES_OPEN = """
import csv
rows = open("rows.csv", "w", newline="")
writer = csv.writer(rows)
writer.writerow(["time_s", "power_mw"])
_log = open("log.txt", "w")
_log.write("done\\n")
def keeps_the_globals(): return writer
"""


def _run_as_script(folder: Path) -> int:
    (folder / "leaves_open.py").write_text(LEAVES_FILES_OPEN)
    return run_as_python(program_of("leaves_open.py"), ())


def _run_as_module(folder: Path) -> int:
    (folder / "leaves_open.py").write_text(LEAVES_FILES_OPEN)
    return run_as_python(program_of("leaves_open", as_module=True), ())


def _run_as_notebook(folder: Path) -> int:
    cell = new_code_cell(LEAVES_FILES_OPEN)  # type: ignore[no-untyped-call]  # nbformat types none
    notebook = new_notebook(cells=[cell])  # type: ignore[no-untyped-call]  # of it
    (folder / "leaves_open.ipynb").write_text(json.dumps(notebook))
    return run_as_python(program_of("leaves_open.ipynb"), ())


@pytest.mark.parametrize("run", [_run_as_script, _run_as_module, _run_as_notebook])
@pytest.mark.parametrize("realtime", [False, True])
def test_no_row_of_a_file_that_is_left_open_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[[Path], int], *, realtime: bool
) -> None:
    monkeypatch.chdir(tmp_path)

    with (
        warnings.catch_warnings(),
        ScriptEmulator().desk(boards=["speck2fdevkit"], realtime=realtime, options={}),
    ):
        warnings.simplefilter("ignore", ResourceWarning)  # that they were left open
        assert run(tmp_path) == 0

        assert (tmp_path / "rows.csv").read_bytes() == b"time_s,power_mw\r\n"
        assert (tmp_path / "log.txt").read_text() == "done\n"


@pytest.mark.parametrize("last", ["", "sys.exit(7)"])
def test_output_that_cannot_be_written_at_the_end_is_exit_code_120(
    run_command: RunCommand, tmp_path: Path, last: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import sys\nprint('hi')\nkept = sys.stdout.detach()\n{last}")

    done = run_command("emulate", script)

    assert (done.stdout, done.returncode) == ("hi\n", 120)
    said = done.stderr.splitlines()
    assert [line.split(":")[0] for line in said] == ["Exception ignored in", "ValueError"]


def test_boards_and_virtual_time_stay_until_all_has_run(
    run_command: RunCommand, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(USES_BOARD_TO_THE_END)

    done = run_command("emulate", script)

    assert done.stdout.splitlines() == [
        "last line",
        "the thread used the board 1",
        "second used the board 3",
        "first used the board 5",
        "finalised with the board 5",
    ]
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("end", "code"), [("sys.exit(3)", 3), ("1 / 0", 1), ("raise KeyboardInterrupt", 130)]
)
def test_however_it_ends_what_runs_at_the_end_has_its_boards(
    run_command: RunCommand, tmp_path: Path, end: str, code: int
) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import sys\n{USES_BOARD_TO_THE_END}\n{end}\n")

    done = run_command("emulate", script)

    assert len(done.stdout.splitlines()) == 5
    assert "Exception ignored" not in done.stderr
    assert done.returncode == code


def test_a_traceback_comes_before_what_runs_at_the_end(
    run_command: RunCommand, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(ENDINGS["error"])

    lines = run_command("emulate", script).stderr.splitlines()

    assert lines[-3:] == ["IndexError: list index out of range", "late", "bye"]


def test_an_error_in_an_exit_callback_is_shown_and_changes_nothing(
    run_command: RunCommand, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import atexit, sys\natexit.register(print, 'after it')\n"
        "atexit.register(sys.exit, 9)\n@atexit.register\ndef bye(): raise ValueError('in it')\n"
    )

    done = run_command("emulate", script)

    assert (done.stdout, done.returncode) == ("after it\n", 0)
    assert "Exception ignored in atexit callback <function bye" in done.stderr
    assert "ValueError: in it\n" in done.stderr
    assert "SystemExit: 9\n" in done.stderr


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python itself then waits once more")
def test_an_interrupt_ends_the_waiting_for_threads_and_nothing_else(
    run_command: RunCommand, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import atexit, os, signal, threading, time\natexit.register(print, 'bye')\n"
        "def work():\n    threading.main_thread().join()\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n    while True: time.sleep(0.1)\n"
        "threading.Thread(target=work).start()\nprint('last line')\n"
    )

    done = run_command("emulate", script)

    assert (done.stdout, done.returncode) == ("last line\nbye\n", 0)
    assert done.stderr.startswith("Exception ignored in <module 'threading'")
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


def test_a_board_that_a_daemon_thread_polls_goes_without_a_word(
    run_command: RunCommand, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import samna, threading, time\n"
        "kit = samna.device.open_device('Speck2fDevKit')\n"
        "sink = samna.graph.sink_from(kit.get_model_source_node())\n"
        "def poll():\n    while True: kit.get_io_module().set_slow_clk(True); time.sleep(0.1)\n"
        "threading.Thread(target=poll, daemon=True).start()\n"
        "time.sleep(1)\n"
    )

    done = run_command("emulate", script)

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_a_process_that_goes_on_is_left_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "neighbour.py").write_text("VALUE = 1\n")
    script = tmp_path / "script.py"
    script.write_text(
        USES_BOARD_TO_THE_END + "import concurrent.futures, neighbour, sys\n"
        "pool = concurrent.futures.ThreadPoolExecutor(); pool.submit(print, 'pooled').result()\n"
        "sys.excepthook = sys.displayhook = print\nthreading.excepthook = print\n"
        "import logging, os, signal, warnings\nos.environ['SPECKHAL_BACKEND'] = 'x'\n"
        "signal.signal(signal.SIGUSR1, print); warnings.simplefilter('ignore')\n"
        "logging.root.addHandler(logging.NullHandler())\n"
    )
    kept = "argv", "path", "excepthook", "displayhook", "stdout"

    def state() -> list[object]:
        return [
            [getattr(sys, name) for name in kept],
            list(sys.path),
            threading.excepthook,
            dict(os.environ),
            signal.getsignal(signal.SIGUSR1),
            list(warnings.filters),
            list(logging.root.handlers),
        ]

    before = state()
    modules, threads = sys.modules["__main__"], threading.enumerate()

    ScriptEmulator().run_script(script, ["x"], boards=["speck2fdevkit"], realtime=False)

    assert capsys.readouterr().out.splitlines()[-1] == "finalised with the board 5"
    assert current_bus().boards == ()
    assert state() == before
    assert sys.modules["__main__"] is modules
    assert "neighbour" not in sys.modules
    assert threading.enumerate() == threads
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        assert pool.submit(int, "7").result() == 7
