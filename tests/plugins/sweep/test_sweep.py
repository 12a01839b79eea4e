"""Sweeps on emulated boards: on every executor the same table, and nothing measured twice."""

from __future__ import annotations

import importlib
import json
import linecache
import multiprocessing
import re
import shutil
import sqlite3
import sys
import threading
import weakref
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
import torch

import speckhal
from pages import PROJECT, blocks_of
from python_process import run_python
from speckhal import BackendNotFound, DeviceError, ExampleNetwork, LayerSpec, sweep
from speckhal.discovery.opening import select
from speckhal.runs.sweep import beforehand, measuring, networks
from speckhal.runs.sweep.beforehand import refuse_hopeless
from speckhal.runs.sweep.boards import board_of_its_own
from speckhal.runs.sweep.measuring import measure_leak_at, measure_point
from speckhal.runs.sweep.points import points_of

if TYPE_CHECKING:
    from speckhal import OpenDevice, SweepPoint

OVER: dict[str, Any] = {"backend": ["mock:speck2e", "mock:speck2f"], "bias": [-3, -2], "ticks": 4}


def threads_of_torch(device: OpenDevice, point: SweepPoint) -> list[dict[str, Any]]:
    return [{"threads": torch.get_num_threads()}]


def board_name(device: OpenDevice, point: SweepPoint) -> list[dict[str, Any]]:
    return [{"board": device.info.board}]


NETWORKS = """
import speckhal

def narrow():
    return [speckhal.LayerSpec((1, 1, 1))]

def wide():
    return [speckhal.LayerSpec((3, 1, 1))]
"""


@pytest.fixture(scope="module")
def alone() -> speckhal.SweepTable:
    """What a sweep gives without an executor."""
    return sweep(OVER)


def test_every_point_gets_a_row_that_says_what_was_measured(alone: speckhal.SweepTable) -> None:
    assert [(row["backend"], row["bias"]) for row in alone.rows] == [
        ("mock:speck2e", -3),
        ("mock:speck2e", -2),
        ("mock:speck2f", -3),
        ("mock:speck2f", -2),
    ]
    assert all(row["measured_step"] == row["expected_step"] == row["bias"] for row in alone.rows)
    assert {row["answer"] for row in alone.rows} == {"agrees"}
    assert {row["readings"] for row in alone.rows} == {5}


def test_processes_give_the_same_table_also_forked_ones(alone: speckhal.SweepTable) -> None:
    # torch has computed here before, and a fork would wait for its threads for ever
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as executor:
        table = sweep(OVER, executor=executor)

    assert table.rows == alone.rows


def test_each_thread_gets_a_board_of_its_own(alone: speckhal.SweepTable) -> None:
    boards: set[int] = set()
    together = threading.Barrier(3, timeout=60)

    def meets_the_others(device: OpenDevice, point: SweepPoint) -> list[dict[str, Any]]:
        together.wait()
        boards.add(id(device.raw))
        return [{"bias": point.values["bias"]}]

    with ThreadPoolExecutor(3) as executor:
        met = sweep(
            {"backend": "mock", "bias": [1, 2, 3]}, measure=meets_the_others, executor=executor
        )
        table = sweep(OVER, executor=executor)

    assert len(boards) == 3
    assert not met.failures
    assert table.rows == alone.rows


def test_threads_wait_for_a_board_of_which_there_is_only_one() -> None:
    over = {"backend": "mock:speck2f:0", "x": list(range(6))}

    with ThreadPoolExecutor(3) as executor:
        table = sweep(over, measure=board_name, executor=executor)

    assert [row["board"] for row in table.rows] == ["Speck2fModuleDevKit"] * 6


@pytest.mark.parametrize(
    "over",
    [
        {"bias": [0, -1]},
        {"network": [[LayerSpec((1, 1, 1))], [LayerSpec((1, 1, 1), biases=[-1], initial=9)]]},
        {"network": [[LayerSpec((1, 1, 1), biases=[one], initial=9)] for one in (0.0, -1)]},
    ],
    ids=["bias 0", "no bias", "own bias 0"],
)
def test_a_point_that_does_not_leak_gets_a_row_with_the_reason(over: dict[str, Any]) -> None:
    if "network" in over:
        named = zip(over["network"], ("first", "second"), strict=True)
        over = {"network": [ExampleNetwork(network, (1, 1, 1), name) for network, name in named]}

    table = sweep(over | {"ticks": 3})

    failed, good = table.rows
    assert "layer of the network has a bias other than 0" in str(failed["error"])
    assert failed in table.failures
    assert (good["answer"], good["error"]) == ("agrees", None)


def test_the_same_call_goes_on_where_an_interrupt_ended_it(tmp_path: Path) -> None:
    file = tmp_path / "sweep.sqlite"
    measured: list[Any] = []

    def interrupted(device: OpenDevice, point: SweepPoint) -> list[dict[str, Any]]:
        if point.values["x"] == 3 and len(measured) < 4:
            measured.append("interrupt")
            raise KeyboardInterrupt
        measured.append(point.values["x"])
        return [{"twice": 2 * int(str(point.values["x"]))}]

    over = {"x": list(range(6))}
    with pytest.raises(KeyboardInterrupt) as caught:
        sweep(over, measure=interrupted, file=file)
    kept = caught.value.table  # type: ignore[attr-defined]  # which the sweep gave it
    table = sweep(over, measure=interrupted, file=file)

    assert [row["x"] for row in kept.rows] == [0, 1, 2]
    assert measured == [0, 1, 2, "interrupt", 3, 4, 5]
    assert [row["twice"] for row in table.rows] == [0, 2, 4, 6, 8, 10]


def test_failed_points_are_measured_again_and_finished_ones_are_not(tmp_path: Path) -> None:
    file = tmp_path / "sweep.sqlite"
    measured: list[Any] = []

    def fails_at_first(device: OpenDevice, point: SweepPoint) -> list[dict[str, Any]]:
        measured.append(point.values["x"])
        if measured == [0]:
            raise ValueError("at first")
        return [{}]

    progress: list[tuple[int, int]] = []
    sweep({"x": [0, 1]}, measure=fails_at_first, file=file)
    table = sweep(
        {"x": [0, 1]},
        measure=fails_at_first,
        file=file,
        on_point=lambda *done: progress.append(done),
    )

    assert measured == [0, 1, 0]
    assert not table.failures
    assert progress == [(1, 2), (2, 2)]


def dies_at_two(device: OpenDevice, point: SweepPoint) -> list[dict[str, Any]]:
    import os
    import signal

    if point.values["x"] == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return [{"y": 1}]


def test_a_worker_that_is_killed_costs_no_point_that_was_finished(tmp_path: Path) -> None:
    file = tmp_path / "sweep.sqlite"
    context = multiprocessing.get_context("fork")

    with (
        ProcessPoolExecutor(1, mp_context=context) as executor,
        pytest.raises(DeviceError, match="one of them died") as caught,
    ):
        sweep({"x": [0, 1, 2, 3]}, measure=dies_at_two, file=file, executor=executor)

    assert "The same call goes on" in str(caught.value.hint)
    database = sqlite3.connect(file)
    assert database.execute("SELECT x FROM points").fetchall() == [(0,), (1,)]
    database.close()


class KilledWorker(Exception):
    """As Dask's, where a point has killed its workers more often than is permitted."""


def test_an_executor_that_fails_by_itself_is_a_sentence_and_costs_nothing_that_was_finished(
    tmp_path: Path,
) -> None:
    file = tmp_path / "sweep.sqlite"

    class Failing(ThreadPoolExecutor):
        def submit(self, do: Any, /, *args: Any, **names: Any) -> Future[Any]:
            future: Future[Any] = super().submit(do, *args, **names)
            if args[1].values["x"] == 1:
                future = Future()
                future.set_exception(KilledWorker("worker 3 died"))
            return future

    with (
        Failing(1) as executor,
        pytest.raises(DeviceError, match="KilledWorker: worker 3 died") as caught,
    ):
        sweep({"x": [0, 1]}, measure=board_name, file=file, executor=executor)

    assert "The same call goes on" in str(caught.value.hint)
    assert not sweep({"x": [0, 1]}, measure=board_name, file=file).failures


def test_networks_are_swept_over_and_described_ones_need_no_sinabs() -> None:
    networks = [
        ExampleNetwork(
            [LayerSpec((1, 2, 2), biases=[step], initial=100)], (1, 2, 2), f"steps {step}"
        )
        for step in (-5, -7)
    ]

    table = sweep({"network": networks, "ticks": 5})

    assert [(row["network"], row["measured_step"]) for row in table.rows] == [
        ("steps -5", -5),
        ("steps -7", -7),
    ]


def test_two_networks_of_one_file_are_two_also_where_biases_are_given(tmp_path: Path) -> None:
    file = tmp_path / "nets.py"
    file.write_text(NETWORKS)

    table = sweep(
        {"network": [f"{file}:narrow", f"{file}:wide"], "bias": -3, "ticks": 2},
        input_shape=(1, 1, 1),
    )

    assert [row["channels"] for row in table.rows] == [1, 3]
    assert not table.failures


def test_a_network_whose_file_was_edited_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    over = {"network": f"{file}:narrow", "bias": -3, "ticks": 2}

    file.write_text(NETWORKS)
    before = sweep(over, input_shape=(1, 1, 1))
    file.write_text(NETWORKS.replace("(1, 1, 1)", "(2, 1, 1)"))
    after = sweep(over, input_shape=(1, 1, 1))

    assert [table.rows[0]["channels"] for table in (before, after)] == [1, 2]


def test_a_fork_computes_in_one_thread_also_after_a_sweep_here(tmp_path: Path) -> None:
    sweep({"backend": "mock", "x": 1}, measure=threads_of_torch)

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as executor:
        table = sweep({"backend": "mock", "x": 1}, measure=threads_of_torch, executor=executor)

    assert [row["threads"] for row in table.rows] == [1]


def test_values_of_numpy_come_back_as_numbers_and_what_is_no_value_fails_alone() -> None:
    results: list[Any] = [
        {"n": np.int64(5), "f": np.float32(2.5), "b": np.bool_(True)},
        {"n": [1, 2]},
        {"n": 2**64},
        {"n": 1, "N": 2},
        {"_key": 1},
        {"n": "\udc80"},
    ]

    table = sweep(
        {"backend": "mock", "at": range(len(results))},
        measure=lambda _device, point: [results[int(point.number("at") or 0)]],
    )

    assert [table.rows[0][name] for name in ("n", "f", "b")] == [5, 2.5, True]
    assert [row["at"] for row in table.failures] == [1, 2, 3, 4, 5]


def test_a_backend_that_does_not_exist_ends_it_before_it_begins() -> None:
    with pytest.raises(BackendNotFound, match="nix"):
        sweep({"backend": ["mock", "nix"], "bias": -1})


@pytest.mark.parametrize(
    ("given", "works"),
    [
        (SimpleNamespace(get_executor=dict), r"executor=client\.get_executor\(\)"),
        (2, r"ProcessPoolExecutor\(2\)"),
    ],
)
def test_what_is_no_executor_is_refused_with_what_is_one(given: Any, works: str) -> None:
    with pytest.raises(speckhal.InputError, match=rf"no Executor.* Give .*{works}"):
        sweep(OVER, executor=given)


def test_what_cannot_be_sent_to_a_process_is_refused() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as executor,
        pytest.raises(speckhal.InputError, match="cannot be sent there"),
    ):
        sweep({"x": 1}, measure=lambda _device, _point: [], executor=executor)


class Inline(Executor):
    """Does at once what it is given, and knows which of its futures somebody keeps."""

    def __init__(self) -> None:
        self.given: list[weakref.ref[Future[Any]]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        self.given.append(weakref.ref(future))
        return future


def test_nobody_keeps_the_future_of_a_point_that_has_come() -> None:
    """Where a worker dies, Dask measures again what is still kept."""
    executor, kept = Inline(), list[int]()

    def note(_done: int, _points: int) -> None:
        kept.append(sum(future() is not None for future in executor.given))

    sweep({"x": range(4)}, measure=lambda *_: [], executor=executor, on_point=note)

    assert kept == [0] * 5  # once before the first, and after each


KILLED = """
import os, pathlib, signal

killed = pathlib.Path("killed")

def measure(device, point):
    x = point.values["x"]
    if x == 3 and not killed.exists():
        killed.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return [{"y": 2 * x}]

over, kept = {"x": range(6)}, {"measure": measure, "file": "s.sqlite"}
with (
    LocalCluster(1, threads_per_worker=1, dashboard_address=None) as cluster,
    Client(cluster) as client,
):
    table = speckhal.sweep(over, **kept, executor=client.get_executor())
print([row.get("error") or row["y"] for row in table.rows])
speckhal.sweep(over, **kept, on_point=lambda *done: print(*done))
"""


def test_dask_workers_with_resources_measure_as_the_page_says_and_one_may_be_killed(
    tmp_path: Path,
) -> None:
    page = PROJECT / "docs" / "how-to" / "sweep-on-a-cluster.md"
    mine = [block for block in blocks_of(page) if Path(__file__).name in block.mark]
    script, printed = (block.text for block in mine)

    # a cluster has threads that outlive it, so it gets a process of its own
    done = run_python("-c", script + KILLED, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{printed}[0, 2, 4, 6, 8, 10]\n6 6\n"
    assert (tmp_path / "killed").exists()


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"option.realtme": True}, "no such option"),
        ({"backend": "mock:nix"}, "there is no such board"),
    ],
)
def test_what_no_point_can_be_opened_with_ends_it_at_the_first(
    over: dict[str, Any], said: str
) -> None:
    progress: list[int] = []

    with pytest.raises(speckhal.SpeckhalError, match=said) as caught:
        sweep({"bias": [-1, -2, -3]} | over, on_point=lambda done, _: progress.append(done))

    assert progress == [0]
    assert caught.value.table.rows == ()  # type: ignore[attr-defined]  # which the sweep gave it


ONE = LayerSpec((1, 1, 1), biases=[-1], initial=9)
SILENT = [LayerSpec((1, 1, 1))]
WIDE = [LayerSpec((2000, 1, 1))]


def plan_of(layers: list[LayerSpec]) -> speckhal.LeakPlan:
    leak = "10% per 10 ms"
    return speckhal.plan_leak(layers, leak, input_shape=(1, 1, 1), on="mock:speck2f")


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"network": [[ONE], 1]}, "with network 1. Asked to deploy something of type int"),
        ({"network": [[ONE], WIDE]}, "with network 1. Layer 0 has channels of 2000"),
        ({"bias": [-1, 40_000]}, "with bias 40000. Asked to write biases"),
        ({"rate_hz": [10, 10**9], "bias": -1}, "with rate_hz 1000000000. Asked for a slow clock"),
        ({"network": [SILENT], "plan": [ONE, ONE]}, "Asked to use a leak plan"),
        ({"backend": "mock:speck2e", "plan": SILENT}, "Asked a speck2e to apply"),
    ],
    ids=range(6),
)
def test_a_value_that_no_chip_of_a_sweep_takes_ends_it_before_the_first_point(
    over: dict[str, Any], said: str
) -> None:
    over["network"] = [
        ExampleNetwork(layers, (1, 1, 1), str(number))
        for number, layers in enumerate(over.get("network", [SILENT]))
    ]
    if "plan" in over:
        over["plan"] = plan_of(over["plan"])

    with pytest.raises(speckhal.InputError, match=re.escape(said)) as caught:
        sweep({"backend": "mock:speck2f"} | over, on_point=lambda *_: pytest.fail("it began"))

    assert caught.value.hint


def test_a_backend_is_selected_once_before_the_first_point_however_many_values_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    selected: list[str] = []

    def counts(selection: str) -> Any:
        selected.append(selection)
        return select(selection)

    monkeypatch.setattr(beforehand, "select", counts)
    over = {"backend": ["mock:speck2e", "mock:speck2f"], "bias": range(-9, 0)}
    refuse_hopeless(
        points_of(
            over | {"rate_hz": range(1, 9)}, measure_leak_at, input_shape=None, checks_settings=True
        )
    )

    assert selected == over["backend"]


def test_a_network_that_one_chip_of_a_sweep_takes_costs_only_the_points_of_the_others() -> None:
    plan = plan_of([ONE])
    network = ExampleNetwork([attrs.evolve(ONE, initial=99)], (1, 1, 1), "one")

    table = sweep({"backend": ["mock:speck2e", "mock:speck2f"], "network": network, "plan": plan})

    assert "made for a speck2f" in str(table.rows[0]["error"])
    assert table.rows[1]["answer"] == "agrees"


def test_a_value_that_a_backend_refuses_costs_only_its_points_once_others_were_measured() -> None:
    over = {"option.spike_on_tick": [False, "never"], "bias": -1, "ticks": 2}

    table = sweep({"backend": "mock"} | over)

    assert table.rows[0]["answer"] == "agrees"
    assert "spike_on_tick" in str(table.rows[1]["error"])


def test_a_board_that_another_process_has_ends_it_instead_of_failing_each_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []

    def busy_at_last(selection: str, options: Any) -> Any:
        opened.append(selection)
        if len(opened) == 3:
            raise speckhal.DeviceBusy("It is open in process 7.")
        return board_of_its_own(selection, options)

    monkeypatch.setattr(measuring, "board_of_its_own", busy_at_last)
    with pytest.raises(speckhal.DeviceBusy, match=r"each process\. It is open in") as caught:
        sweep({"x": list(range(9))}, measure=board_name)

    assert "--jobs 1" in str(caught.value.hint)
    assert len(opened) == 3
    assert len(caught.value.table.rows) == 2  # type: ignore[attr-defined]  # which it was given


def test_a_network_that_is_edited_while_it_is_swept_over_is_not_measured_under_its_old_name(
    tmp_path: Path,
) -> None:
    file = tmp_path / "net.py"
    file.write_text(NETWORKS)
    (point,) = points_of(
        {"backend": "mock", "network": f"{file}:narrow", "bias": -3},
        measure_leak_at,
        input_shape=(1, 1, 1),
        checks_settings=True,
    )
    networks._kept.clear()
    file.write_text(NETWORKS.replace("(1, 1, 1)", "(2, 1, 1)"))

    outcome = measure_point(measure_leak_at, point)

    assert "another one than when the sweep began" in str(outcome.rows[0]["error"])
    assert outcome.refusal is not None


def recorded(folder: Path, bias: int) -> Path:
    layer = LayerSpec((1, 2, 2), biases=[bias], threshold_high=100, initial=99)
    with speckhal.open_device("mock:speck2f") as device:
        leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
        device.deploy([layer], input_shape=(1, 2, 2), leak=leak)
        speckhal.run_leak(device, ticks=5, record=folder / f"{bias}.h5")
    return folder / f"{bias}.h5"


@pytest.mark.parametrize("name", ["r.h5", "my run: 2.h5", "published-leak"])
def test_another_record_of_the_same_name_is_measured_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    steps: list[object] = []
    for bias in (-3, -7):
        shutil.copy(recorded(tmp_path, bias), name)
        table = sweep({"backend": f"replay:{name}", "ticks": 4}, file="s.sqlite")
        steps.append(table.rows[0]["measured_step"])

    assert steps == [-3, -7]


def test_a_file_that_is_edited_while_it_is_swept_over_is_not_measured_under_its_old_name(
    tmp_path: Path,
) -> None:
    given = {"replay": recorded(tmp_path, -3), "own": tmp_path / "own.txt"}
    given["own"].write_text("a")
    over: dict[str, Any] = {"n": range(4)}
    for kind, path in given.items():
        before = path.read_bytes()
        over |= {"backend": f"replay:{path}"} if kind == "replay" else {"text": str(path)}

        def edit(done: int, _of: int, path: Path = path, before: bytes = before) -> None:
            if done == 2:
                path.write_bytes(before + b" ")

        table = sweep(over, measure=board_name, on_point=edit)

        assert [row.get("error") is None for row in table.rows] == [True, True, False, False]
        assert "another one than when the sweep began" in str(table.rows[2]["error"])
        path.write_bytes(before)


MODULE = """
SPARE, STEPS = 0, 1

class C:
    TIMES = 1

    def __call__(self, device, point):
        return [{"y": self.TIMES}]

def m(device, point):
    return [{"y": STEPS}]

measure = m
"""


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("STEPS}", "STEPS + 1}", " began. "),
        ("STEPS = 0, 1", "STEPS = 0, 2", " began, by what it reads as STEPS. "),
        ("TIMES = 1", "TIMES = 2", None),
        ("SPARE, STEPS = 0", "SPARE, STEPS = 7", None),
    ],
)
def test_a_module_that_is_edited_before_a_worker_imports_it_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, what: str | None
) -> None:
    module = tmp_path / "edited_measure.py"
    text = MODULE.replace("= m\n", "= C()\n") if "TIMES" in before else MODULE
    module.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (point,) = points_of(
        {"backend": "mock"},
        importlib.import_module("edited_measure").measure,
        input_shape=None,
        checks_settings=False,
        is_kept=True,
    )
    del sys.modules["edited_measure"]
    importlib.invalidate_caches()
    linecache.clearcache()
    module.write_text(text.replace(before, after))  # as a worker imports it
    again = importlib.import_module("edited_measure").measure
    del sys.modules["edited_measure"]

    in_a_worker = attrs.evolve(point, measure=attrs.evolve(point.measure, process=0))
    outcome = measure_point(again, in_a_worker)

    said = "" if what is None else f"is another one than when the sweep{what}"
    assert outcome.failed == (what is not None)
    assert said in str(outcome.rows[0].get("error"))


CACHE: dict[str, int] = {}
CALLS: list[int] = []
COUNT = 0


def works(device: OpenDevice, point: SweepPoint) -> list[dict[str, Any]]:
    global COUNT  # noqa: PLW0603 - what a function does to its module is the subject
    COUNT += 1
    CALLS.append(COUNT)
    return [{"count": COUNT, "v": CACHE.setdefault("x", 3), "calls": len(CALLS)}]


@pytest.mark.parametrize("kept", ["in files", ""])
def test_what_a_function_does_to_its_module_makes_it_no_other_in_a_process_that_lives_on(
    tmp_path: Path, kept: str
) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as executor:
        for number, where in enumerate((executor, None, executor)):
            file = tmp_path / f"{number}.sqlite" if kept else None
            table = sweep({"x": [1, 2]}, measure=works, executor=where, file=file)
            assert [row.get("error", row.get("v")) for row in table.rows] == [3, 3]


def test_rows_of_another_constant_of_the_module_are_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for steps in (5, 10, 5):
        (tmp_path / "has_constant.py").write_text(
            f'STEPS = {steps}\ndef m(device, point): return [{{"y": STEPS}}]\n'
        )
        sys.modules.pop("has_constant", None)
        importlib.invalidate_caches()
        linecache.clearcache()
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        measure = importlib.import_module("has_constant").m
        found.append(sweep({"x": 1}, measure=measure, file=tmp_path / "g.sqlite").rows[0]["y"])

    assert found == [5, 10, 5]


def test_a_measured_column_that_is_called_like_a_setting_is_refused_unless_it_agrees() -> None:
    def measure(device: OpenDevice, point: SweepPoint) -> list[dict[str, Any]]:
        return [{"bias": -3, "n": 1}]

    good, bad = sweep({"bias": [-3, -4]}, measure=measure).rows

    assert good["n"] == 1
    assert "measured bias = -3, and bias is a setting of it, with -4" in str(bad["error"])


@pytest.mark.parametrize("shape", [[1, 2, 2], (np.int64(1), 2, 2), np.array([1, 2, 2])])
def test_a_shape_is_any_sequence_of_whole_numbers(tmp_path: Path, shape: Any) -> None:
    file = tmp_path / "net.py"
    file.write_text(NETWORKS.replace("(1, 1, 1)", "(1, 2, 2)"))

    table = sweep(
        {"network": f"{file}:narrow", "bias": -1, "ticks": 3},
        input_shape=shape,
        file=tmp_path / "s.sqlite",
    )

    assert [row["answer"] for row in table.rows] == ["agrees"]


@pytest.mark.parametrize("shape", ["1,2,2", [1, 2], (1, 2, 0.5), 3])
def test_what_is_no_shape_is_refused_before_any_point(shape: Any) -> None:
    with pytest.raises(speckhal.InputError, match="that is no shape"):
        sweep({"bias": -1}, input_shape=shape)


def test_a_sweep_measures_the_bias_of_a_record_on_its_replay(tmp_path: Path) -> None:
    layers = [attrs.evolve(ONE, threshold_high=100, initial=99)]
    with speckhal.open_device("mock") as device:
        leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
        device.deploy(layers, leak=leak, biases={0: [-7]})
        speckhal.run_leak(device, ticks=3, record=tmp_path / "run.h5")

    over = {"backend": f"replay:{tmp_path / 'run.h5'}", "bias": [-7, -8], "ticks": 3}
    table = sweep(over | {"network": ExampleNetwork(layers, (1, 1, 1), "one")})

    assert table.rows[0]["measured_step"] == -7
    assert "it was recorded with [-7]" in str(table.rows[1]["error"])


def test_plans_are_swept_over_and_each_is_deployed_as_it_was_made(tmp_path: Path) -> None:
    plans = [
        speckhal.plan_leak(
            [LayerSpec((2, 1, 1), threshold_high=100)],
            leak,
            input_shape=(1, 1, 1),
            on="mock:speck2f",
        )
        for leak in ("5% per 10 ms", "10% per 10 ms")
    ]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plans[1].as_json()))
    network = ExampleNetwork(
        [LayerSpec((2, 1, 1), threshold_high=100, initial=99)], (1, 1, 1), "two"
    )

    for sampled in ({}, {"ticks": 3}):
        table = sweep(
            {
                "backend": "mock:speck2f",
                "plan": [plans[0], str(file)],
                "network": network,
                **sampled,
            }
        )

        assert [row["error"] for row in table.rows if "error" in row] == []
        assert [row["expected_step"] for row in table.rows] == [
            int(plan.biases[0][0]) for plan in plans
        ]
        assert {row["answer"] for row in table.rows} == {"agrees"}
        is_clocked = {row["measured_leak_per_s"] is not None for row in table.rows}
        assert is_clocked == {not sampled}
