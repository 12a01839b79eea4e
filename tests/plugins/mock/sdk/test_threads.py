"""Scripts with threads on emulated boards: one time for all, and waits that others end."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from speckhal import VirtualClock
from speckhal_mock import samna
from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.boards.targets import choose_target
from speckhal_mock.scripts.virtual_time import virtual_time
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from speckhal_mock.samna.device import Handle


@pytest.fixture
def kit() -> Iterator[Handle]:
    """A board with a core that leaks by 10 from 500, in the virtual time of a script."""
    with virtual_time(VirtualClock(), patience_s=60.0) as shared:
        bus = current_bus()
        bus.plug(make_board(choose_target("speck2fmodule"), clock=shared))
        try:
            kit = samna.device.open_device("Speck2fModuleDevKit")
            configuration = samna.speck2f.configuration.SpeckConfiguration()
            core = configuration.cnn_layers[3]
            core.biases, core.threshold_high, core.threshold_low = [-1], 32767, -32768
            core.neurons_initial_value = [[[500]]]
            core.leak_enable = True
            kit.get_model().apply_configuration(configuration)
            yield kit
        finally:
            bus.clear()


def _states(events: Iterable[object]) -> list[int]:
    answers = [event for event in events if isinstance(event, samna.speck2f.event.NeuronValue)]
    return [answer.neuron_state for answer in answers]


def test_a_recorder_in_a_thread_does_not_make_time_run_faster(kit: Handle) -> None:
    requests = samna.graph.source_to(kit.get_model_sink_node())
    answers = samna.graph.sink_from(kit.get_model_source_node())
    io = kit.get_io_module()
    io.set_slow_clk_rate(10)
    recorded: list[int] = []
    done = threading.Event()

    def record() -> None:
        while not done.is_set():
            requests.write([samna.speck2f.event.ReadNeuronValue(layer=3, address=0)])
            time.sleep(0.1)
            recorded.extend(_states(answers.get_events()))

    recorder = threading.Thread(target=record)
    recorder.start()
    begun = time.monotonic()
    io.set_slow_clk(True)
    time.sleep(5.0)
    io.set_slow_clk(False)
    took_s = time.monotonic() - begun
    done.set()
    recorder.join()

    assert took_s == pytest.approx(5.005, abs=1e-3)
    assert recorded[-1] in {449, 450, 451}
    assert recorded == sorted(recorded, reverse=True)
    assert len(recorded) == pytest.approx(50, abs=3)


def test_a_wait_for_events_ends_when_another_thread_asks_for_them(kit: Handle) -> None:
    requests = samna.graph.source_to(kit.get_model_sink_node())
    answers = samna.graph.sink_from(kit.get_model_source_node())

    def ask() -> None:
        time.sleep(0.5)
        requests.write([samna.speck2f.event.ReadNeuronValue(layer=3, address=0)])

    thread = threading.Thread(target=ask)
    thread.start()
    begun = time.monotonic()
    states = _states(answers.get_n_events(1, timeout=10_000))
    took_s = time.monotonic() - begun
    thread.join()

    assert states == [500]
    assert took_s == pytest.approx(0.501, abs=2e-3)


def test_a_wait_without_end_ends_when_another_thread_asks_for_events(kit: Handle) -> None:
    requests = samna.graph.source_to(kit.get_model_sink_node())
    answers = samna.graph.sink_from(kit.get_model_source_node())
    event = samna.speck2f.event.ReadNeuronValue(layer=3, address=0)
    timer = threading.Timer(0.5, requests.write, args=([event],))
    timer.start()
    states = _states(answers.get_events_blocking())
    timer.join()

    assert states == [500]


def test_two_threads_on_one_board_take_turns(kit: Handle) -> None:
    io = kit.get_io_module()
    begun = time.monotonic()

    def pulse() -> None:
        for _ in range(10):
            io.pulse_slow_clk()

    threads = [threading.Thread(target=pulse) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # one line leads to the board, so that 20 commands of 2.5 ms take 50 ms
    assert time.monotonic() - begun == pytest.approx(0.05, abs=1e-3)
