"""Unmodified vendor scripts on emulated boards, as a user starts them."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.scripts.emulator import ScriptEmulator
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from speckhal_mock.boards.targets import EmulatedTarget
    from speckhal_mock.emulation.board import EmulatedBoard

EXPERIMENT = Path(__file__).resolve().parents[3] / "data" / "published_experiment.py"

# what a Speck2f module kit gave (source: recorded output of sinabs' leak tutorial): the first
# reading at 101 because the clock was on, at its default 1000 Hz, before its rate was set
PUBLISHED_V_MEM = [
    101,
    101,
    88,
    88,
    75,
    75,
    62,
    62,
    49,
    49,
    36,
    36,
    23,
    23,
    10,
    10,
    -3,
    -3,
    -16,
    -16,
]
PUBLISHED = [
    f"{0.5 * (reading + 1)} 0 {x} {y} {v_mem}"
    for reading, v_mem in enumerate(PUBLISHED_V_MEM)
    for x in range(2)
    for y in range(2)
]


Emulate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def emulate(run_command: Emulate) -> Emulate:
    """Runs `speckhal emulate`."""
    return functools.partial(run_command, "emulate")


def test_the_published_experiment_gives_the_published_values(emulate: Emulate) -> None:
    done = emulate(EXPERIMENT)

    assert done.stderr == ""
    assert [line for line in done.stdout.splitlines() if line[0].isdigit()] == PUBLISHED


def test_the_published_experiment_leaks_in_real_time_too(
    emulate: Emulate, script: Callable[[str], Path]
) -> None:
    """Its first four readings, which are 1.5 s apart, or more where the machine is busy."""
    whole = EXPERIMENT.read_text(encoding="utf-8")
    short = whole.replace("range(1, 21)", "range(1, 5)")
    assert short != whole

    done = emulate("--realtime", script(short))

    assert done.stderr == ""
    read = [line.split() for line in done.stdout.splitlines() if line[0].isdigit()]
    assert [each[:4] for each in read] == [line.split()[:4] for line in PUBLISHED[:16]]
    v_mem = [int(each[4]) for each in read]
    assert set(v_mem) <= set(PUBLISHED_V_MEM)
    assert v_mem == sorted(v_mem, reverse=True)
    assert v_mem[0] > v_mem[-1]


def test_a_script_finds_itself_as_python_would_run_it(
    emulate: Emulate, script: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "neighbour.py").write_text("VALUE = 7\n")
    path = script("import sys, neighbour; print(__name__, sys.argv[1:], neighbour.VALUE)")

    done = emulate(path, "--epochs", "3", "x")

    assert done.stdout == "__main__ ['--epochs', '3', 'x'] 7\n"
    assert done.returncode == 0


def test_all_kits_are_plugged_in_unless_boards_are_named(
    emulate: Emulate, script: Callable[[str], Path]
) -> None:
    path = script(
        "import samna\nprint(*(info.device_type_name for info in samna.device.get_all_devices()))"
    )

    assert emulate(path).stdout.split() == [
        "Speck2eDevKit", "Speck2eTestBoard", "Speck2fDevKit", "Speck2fModuleDevKit",
    ]  # fmt: skip
    two = emulate("--board", "Speck2fDevKit", "--board", "speck2fdevkit", path)
    assert two.stdout.split() == ["Speck2fDevKit", "Speck2fDevKit"]
    by_chip = emulate("--board", "speck2e", path)
    assert by_chip.stdout.split() == ["Speck2eDevKit"]


def test_an_unknown_board_is_refused_with_the_known_ones(
    emulate: Emulate, script: Callable[[str], Path]
) -> None:
    done = emulate("--board", "Speck9", script("print('ran')"))

    assert (done.returncode, done.stdout) == (2, "")
    assert "Speck9" in done.stderr
    assert "Speck2fModuleDevKit" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_prints_as_it_would_without_us(
    emulate: Emulate, script: Callable[[str], Path]
) -> None:
    path = script("import sys\nprint(type(sys.stdout), sys.stdout.errors, sys.stdout.encoding)")
    by_python = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, check=True, timeout=60
    )

    assert emulate(path).stdout == by_python.stdout


@pytest.mark.parametrize(
    ("script", "said"), [("nothing.py", "there is no such file"), (".", "that is a folder")]
)
def test_a_missing_script_is_a_sentence(
    emulate: Emulate, tmp_path: Path, script: str, said: str
) -> None:
    done = emulate(tmp_path / script)

    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "def broken(:\n    pass\n",
        "import json\njson.loads('{')\n",
        "import neighbour\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('x') from error\n",
        "def deeper():\n    raise SystemError('mine')\n\ndeeper()\n",
    ],
    ids=["syntax", "library", "neighbour", "chain", "nested"],
)
def test_a_script_that_fails_shows_what_python_would_show(
    emulate: Emulate, script: Callable[[str], Path], tmp_path: Path, text: str
) -> None:
    (tmp_path / "neighbour.py").write_text("x = = 1\n")
    path = script(text)

    by_python = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)

    assert by_python.returncode == 1
    assert emulate(path).stderr == by_python.stderr


def test_a_script_with_a_null_byte_is_refused_in_one_line(
    emulate: Emulate, script: Callable[[str], Path]
) -> None:
    done = emulate(script("x = 1\0\n"))

    assert done.returncode == 1
    assert "null bytes" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [("5", 5, ""), ("", 0, ""), ("None", 0, ""), ("'why'", 1, "why\n"), ("0", 0, "")],
)
def test_a_script_chooses_its_exit_code(
    emulate: Emulate, script: Callable[[str], Path], end: str, code: int, said: str
) -> None:
    done = emulate(script(f"raise SystemExit({end})"))

    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)


def test_a_script_that_is_interrupted_says_so_in_a_word(
    emulate: Emulate, script: Callable[[str], Path]
) -> None:
    done = emulate(script("import signal\nsignal.raise_signal(signal.SIGINT)\n"))

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted.\n")


@pytest.mark.parametrize(
    "end", ["raise KeyboardInterrupt", "raise SystemExit(3)", "1 / 0", "samna.device", "del board"]
)
def test_however_a_script_ends_its_boards_are_closed_and_their_clocks_off(
    script: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    made: list[EmulatedBoard] = []

    def make_and_remember(target: EmulatedTarget, **how: Any) -> EmulatedBoard:
        made.append(make_board(target, **how))
        return made[-1]

    monkeypatch.setattr("speckhal_mock.scripts.emulator.make_board", make_and_remember)
    path = script(
        "import samna\n"
        "board = samna.device.open_device('Speck2fDevKit')\n"
        "board.get_io_module().set_slow_clk(True)\n" + end
    )

    with contextlib.suppress(KeyboardInterrupt, SystemExit, ZeroDivisionError):
        ScriptEmulator().run_script(path, (), boards=["Speck2fDevKit"], realtime=False)

    (board,) = made
    assert not board.slow_clock_running
    assert board.outputs is None
    assert current_bus().boards == ()


def test_what_is_not_emulated_says_so(emulate: Emulate, script: Callable[[str], Path]) -> None:
    done = emulate(
        script(
            "import samna\n"
            "board = samna.device.open_device('Speck2fDevKit')\n"
            "source = samna.graph.source_to(board.get_model_sink_node())\n"
            "source.write([samna.speck2f.event.ScanChainValue()])\n"
        )
    )

    assert done.returncode == 1
    assert "not emulated" in done.stderr


def test_ten_seconds_pass_at_once_and_the_script_sees_them(
    emulate: Emulate, script: Callable[[str], Path]
) -> None:
    # a watchdog of a second stands for "at once": real sleeping would take an hour
    path = script(
        "import time\n"
        "start = time.time(), time.monotonic(), time.perf_counter()\n"
        "time.sleep(3600)\n"
        "print(*(int(now() - then + 0.5) for now, then in "
        "zip((time.time, time.monotonic, time.perf_counter), start)))\n"
    )

    assert emulate(path).stdout.split() == ["3600"] * 3


def test_a_loop_that_only_looks_at_the_clock_ends(
    emulate: Emulate, script: Callable[[str], Path]
) -> None:
    path = script(
        "import time\nend = time.time() + 2\nwhile time.time() < end: pass\nprint('done')"
    )

    assert emulate(path).stdout == "done\n"


def test_threads_that_sleep_at_once_take_as_long_as_one_of_them(
    emulate: Emulate,
    script: Callable[[str], Path],
) -> None:
    path = script(
        "import threading, time\n"
        "start = time.monotonic()\n"
        "others = [threading.Thread(target=time.sleep, args=(1.0,)) for _ in range(4)]\n"
        "for thread in others: thread.start()\n"
        "time.sleep(1.0)\n"
        "for thread in others: thread.join()\n"
        "print(round(time.monotonic() - start, 3))\n"
    )

    assert emulate(path).stdout == "1.0\n"


def test_in_real_time_every_tick_comes_and_is_answered_at_once(
    emulate: Emulate,
    script: Callable[[str], Path],
) -> None:
    path = script(
        "import time, samna\n"
        "kit = samna.device.open_device('Speck2fDevKit:0')\n"
        "event = samna.speck2f.event\n"
        "configuration = samna.speck2f.configuration.SpeckConfiguration()\n"
        "core = configuration.cnn_layers[3]\n"
        "core.biases, core.threshold_high, core.leak_enable = [-1], 32767, True\n"
        "core.threshold_low = -32768\n"
        "requests = samna.graph.source_to(kit.get_model_sink_node())\n"
        "answers = samna.graph.sink_from(kit.get_model_source_node())\n"
        "io = kit.get_io_module()\n"
        "io.set_slow_clk_rate(100)\n"
        "for _ in range(3): kit.get_model().apply_configuration(configuration)\n"
        "times_s = [time.monotonic()]\n"
        "io.set_slow_clk(True)\n"
        "times_s.append(time.monotonic())\n"
        "time.sleep(0.5)\n"
        "times_s.append(time.monotonic())\n"
        "io.set_slow_clk(False)\n"
        "times_s.append(time.monotonic())\n"
        "requests.write([event.ReadNeuronValue(layer=3, address=0)])\n"
        "(answer,) = answers.get_n_events(1, timeout=1000)\n"
        "print(-answer.neuron_state, *times_s)\n"
    )

    ticks, before_on, after_on, before_off, after_off = map(
        float, emulate("--realtime", path).stdout.split()
    )

    # each switch acts at some moment of its call, and the host may hold up any of them
    least, most = 100 * (before_off - after_on), 100 * (after_off - before_on)
    assert least >= 50
    assert least - 2 <= ticks <= most + 2


def test_the_help_says_which_time_is_virtual(emulate: Emulate) -> None:
    shown = " ".join(emulate("--help").stdout.split())

    virtual, _, real = shown.partition("datetime.now")
    for name in ("time.sleep", "time.monotonic", "threading", "queue", "asyncio"):
        assert name in virtual
    for name in ("processes", "sockets", "--realtime"):
        assert name in real
