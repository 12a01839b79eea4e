"""A process that was forked from the one that opened a board neither uses nor closes it."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from python_process import run_python

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Device

FORKS = """
import atexit, sys
import speckhal
at_exit = atexit.register(lambda: print(json.dumps(left_open.is_open)))
import gc, json, multiprocessing, os, warnings
import torch
from speckhal.discovery.registry import registry
from speckhal_mock.sdk.faults import Faults
from speckhal_mock.sdk.bus import current_bus

# Python 3.12 warns of forks where there are threads, and torch has some
warnings.simplefilter("ignore", DeprecationWarning)
reader, writer = os.pipe()
parent = os.getpid()
calls, due = [], Faults._due

def counted(faults, call, boards):
    calls.append(call)
    if os.getpid() != parent:
        os.write(writer, f"{call.value}\\n".encode())
    return due(faults, call, boards)

Faults._due = counted
example = registry().backend("mock").example()
said = {}

class Numbers(torch.utils.data.Dataset):
    def __init__(self, device):
        self.device = device
    def __len__(self):
        return 2
    def __getitem__(self, index):
        return index

def in_child(end):
    process = os.fork()
    if process == 0:
        end()
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

def try_all():
    used = [
        lambda: device.probe(),
        lambda: probe.read(),
        lambda: probe.write_biases([1]),
        lambda: device.start_slow_clock(),
        lambda: device.stop_slow_clock(),
        lambda: device.tick(),
        lambda: device.reset_states(),
        lambda: device.deploy(example.network, input_shape=example.input_shape),
        lambda: speckhal.measure_leak(device),
        lambda: device.__enter__(),
    ]
    refusals = []
    for use in used:
        try:
            use()
        except speckhal.DeviceClosed as error:
            refusals.append(str(error))
        else:
            refusals.append("not refused")
    os.write(answers, json.dumps(refusals).encode())
    device.close()
    speckhal.close_devices()
    os._exit(0)

def leave():
    atexit.unregister(at_exit)
    sys.exit(3)

def forget():
    global device, probe
    device = probe = None
    gc.collect()
    os._exit(0)

answered, answers = os.pipe()
with speckhal.open_device("mock") as device:
    leak = device.leak_config(rate_hz=10)
    device.deploy(example.network, input_shape=example.input_shape, leak=leak)
    device.start_slow_clock()
    probe = device.probe()
    (board,) = current_bus().boards
    codes = [in_child(end) for end in (try_all, forget, leave, lambda: os._exit(4))]
    forking = multiprocessing.get_context("fork")
    worker = forking.Process(target=device.close)
    worker.start()
    worker.join()
    codes.append(worker.exitcode)
    loader = torch.utils.data.DataLoader(
        Numbers(device), num_workers=1, multiprocessing_context=forking
    )
    said["numbers"] = [int(number) for number in loader]
    said["is open"], said["ticks"] = device.is_open, board.slow_clock_running
    device.stop_slow_clock()
    said["read"] = probe.read().v_mem.shape
os.close(writer)
said["refusals"] = json.loads(os.read(answered, 10_000))
said["codes"], said["calls of children"] = codes, os.read(reader, 10_000).decode()
left_open = speckhal.open_device("mock")
print(json.dumps(said), flush=True)
"""


@pytest.fixture(scope="module")
def said() -> Any:
    """What a process saw whose children ended in all ways that there are, Python's own included."""
    done = run_python("-c", FORKS)
    assert (done.returncode, done.stderr) == (0, "")
    first, last = done.stdout.splitlines()
    return {**json.loads(first), "is open at exit": json.loads(last)}


def test_its_board_stays_open_and_ticks_on_however_a_child_ends(said: Any) -> None:
    assert said["codes"] == [0, 0, 3, 4, 0]
    assert said["numbers"] == [0, 1]
    assert said["is open"]
    assert said["ticks"]
    assert said["read"]


def test_what_a_program_does_at_exit_still_has_its_devices(said: Any) -> None:
    assert said["is open at exit"]


def test_no_child_asks_anything_of_the_board(said: Any) -> None:
    assert not said["calls of children"]


def test_whatever_a_child_asks_for_is_refused_with_a_sentence(said: Any) -> None:
    assert len(said["refusals"]) == 10
    for refusal in said["refusals"]:
        assert "from which this one was forked" in refusal
        assert "open it here after the fork" in refusal


@pytest.mark.parametrize("take_along", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_device_cannot_be_taken_along_in_other_ways_either(
    mock: Device, take_along: Callable[[object], object]
) -> None:
    with pytest.raises(TypeError, match="belongs to the process that opened it"):
        take_along(mock)
