"""Reading a layer: every neuron answers exactly once, or the reading fails and says so."""

from __future__ import annotations

import gc
import random
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import speckhal
from speckhal import ProbeIncomplete
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

    from speckhal import Device, NeuronProbe

pytestmark = pytest.mark.usefixtures("networks_are_placed_once")


class Meddler:
    """A sink whose events pass through a function on their way to the driver."""

    def __init__(self, sink: Any, meddle: Callable[[list[Any]], list[Any]]) -> None:
        self._sink = sink
        self._meddle = meddle

    def get_events(self) -> Sequence[object]:
        return self._meddle(list(self._sink.get_events()))

    def get_n_events(self, n: int, timeout: int | None = None) -> Sequence[object]:
        return self._meddle(list(self._sink.get_n_events(n, timeout=timeout)))

    def clear_events(self) -> None:
        self._sink.clear_events()


def _probe(device: Any, network: nn.Module, shape: tuple[int, int, int]) -> NeuronProbe:
    device.deploy(network, input_shape=shape)
    probe: NeuronProbe = device.probe()
    return probe


@pytest.fixture
def probe(mock: Device, make_network: Callable[..., nn.Module]) -> NeuronProbe:
    """A probe of 2 x 3 x 5 neurons, each of which holds another value."""
    network = make_network(bias=(-0.1, -0.2), shape=(1, 3, 5))
    network.get_buffer("1.v_mem").copy_(
        float_range(30).reshape(1, 2, 3, 5) / 100  # below the threshold of 1
    )
    return _probe(mock, network, (1, 3, 5))


def float_range(count: int) -> Any:
    import torch

    return torch.arange(count, dtype=torch.float32)


def _meddle(device: Any, meddle: Callable[[list[Any]], list[Any]]) -> None:
    device.raw._board.sink = Meddler(device.raw._board.sink, meddle)


def test_a_reading_has_every_neuron_in_its_place(probe: NeuronProbe) -> None:
    reading = probe.read()

    assert reading.v_mem.dtype == np.int16
    assert reading.v_mem.shape == probe.shape == (2, 3, 5)
    flat = reading.v_mem.ravel()
    assert (np.diff(flat) > 0).all()


def test_answers_in_any_order_are_put_in_their_places(mock: Device, probe: NeuronProbe) -> None:
    expected = probe.read().v_mem
    shuffle = random.Random(1)

    def reorder(events: list[Any]) -> list[Any]:
        shuffle.shuffle(events)
        return events

    _meddle(mock, reorder)

    assert (probe.read().v_mem == expected).all()


def test_a_lost_answer_fails_the_reading_and_is_counted(mock: Device, probe: NeuronProbe) -> None:
    _meddle(mock, lambda events: events[3:])

    with pytest.raises(ProbeIncomplete, match="27 of 30 answered exactly once, 3 never") as failure:
        probe.read()

    assert (failure.value.requested, failure.value.answered) == (30, 27)


def test_a_doubled_answer_fails_the_reading_and_is_counted(
    mock: Device, probe: NeuronProbe
) -> None:
    _meddle(mock, lambda events: events + events[:2])

    with pytest.raises(ProbeIncomplete, match=r"28 of 30 .* 2 answered more than once"):
        probe.read()


def test_a_foreign_answer_fails_the_reading_and_is_counted(
    mock: Device, probe: NeuronProbe
) -> None:
    def add_a_stranger(events: list[Any]) -> list[Any]:
        if not events:
            return events
        stranger = type(events[0])()
        stranger.layer, stranger.address = 7, 0
        return [*events, stranger]

    _meddle(mock, add_a_stranger)

    with pytest.raises(ProbeIncomplete, match="1 answers came from addresses that were not asked"):
        probe.read()


def test_a_reading_after_a_failed_one_is_whole(mock: Any, probe: NeuronProbe) -> None:
    expected = probe.read().v_mem
    sink = mock.raw._board.sink
    _meddle(mock, lambda events: events[1:])
    with pytest.raises(ProbeIncomplete):
        probe.read()

    mock.raw._board.sink = sink

    assert (probe.read().v_mem == expected).all()


class Straggler(Meddler):
    """A sink that keeps answers back, and gives them before those of the next reading."""

    def __init__(self, sink: Any, keep: Callable[[list[Any]], tuple[list[Any], list[Any]]]) -> None:
        super().__init__(sink, self._keep_back)
        self._keep = keep
        self._kept: list[Any] = []
        self._has_kept = False

    def _keep_back(self, events: list[Any]) -> list[Any]:
        if events and not self._has_kept:
            self._has_kept = True
            events, self._kept = self._keep(events)
        return events

    def get_n_events(self, n: int, timeout: int | None = None) -> Sequence[object]:
        if self._has_kept and self._kept and self._is_next_reading:
            late, self._kept = self._kept, []
            return late
        return super().get_n_events(n, timeout=timeout)

    _is_next_reading = False

    def let_go(self) -> None:
        """The rest comes from now on."""
        self._is_next_reading = True


@pytest.mark.parametrize(
    "keep",
    [
        lambda events: (events[4:], events[:4]),
        lambda events: ([*events, events[0]], events[:4]),
        lambda events: ([], events),
    ],
    ids=["late", "doubled, and once more", "all late"],
)
def test_answers_that_come_after_a_failed_reading_are_not_taken_for_the_next_ones(
    mock: Any, probe: NeuronProbe, keep: Callable[[list[Any]], tuple[list[Any], list[Any]]]
) -> None:
    sink = Straggler(mock.raw._board.sink, keep)
    mock.raw._board.sink = sink
    with pytest.raises(ProbeIncomplete):
        probe.read()
    sink.let_go()
    # written past the driver, which would wait for the chip's answers itself
    for address in range(64):
        event = mock.raw._board.classes.event.WriteNeuronValue()
        event.layer, event.address = mock.raw._deployed.layer(0).core, address
        event.neuron_state = -5
        mock.raw._board.source.write([event])

    reading = probe.read()

    assert (reading.v_mem == -5).all()
    assert not sink._kept


def test_the_time_of_a_reading_does_not_count_the_wait_for_late_answers(
    mock: Any, probe: NeuronProbe
) -> None:
    sink = mock.raw._board.sink
    _meddle(mock, lambda events: events[1:])
    with pytest.raises(ProbeIncomplete):
        probe.read()
    mock.raw._board.sink = sink
    before_s = mock.clock.now_s()

    reading = probe.read()

    assert reading.time_s - before_s >= 2
    assert reading.duration_s < 0.1


class Interrupting(Meddler):
    """A sink while whose events are waited for the user presses Ctrl-C, once."""

    def __init__(self, sink: Any) -> None:
        super().__init__(sink, lambda events: events)
        self._left = 1

    def get_n_events(self, n: int, timeout: int | None = None) -> Sequence[object]:
        if self._left:
            self._left -= 1
            signal.raise_signal(signal.SIGINT)
        return super().get_n_events(n, timeout=timeout)


@pytest.mark.parametrize("running", [True, False])
def test_ctrl_c_while_reading_ends_a_block_with_the_clock_off_and_the_board_closed(
    make_network: Callable[..., nn.Module], *, running: bool
) -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt), speckhal.open_device("mock") as device:
        inside: Any = device
        board = next(each for each in current_bus().boards if each.clock is device.clock)
        device.deploy(make_network(), input_shape=(1, 2, 2), leak=device.leak_config(rate_hz=10))
        if running:
            device.start_slow_clock()
        inside.raw._board.sink = Interrupting(inside.raw._board.sink)
        device.probe().read()

    assert gc.isenabled()
    assert not board.slow_clock_running
    assert board not in current_bus().boards
    with pytest.raises(speckhal.DeviceClosed):
        device.tick()


def test_a_reading_after_ctrl_c_is_whole(mock: Any, probe: NeuronProbe) -> None:
    expected = probe.read().v_mem
    mock.raw._board.sink = Interrupting(mock.raw._board.sink)
    with pytest.raises(KeyboardInterrupt):
        probe.read()

    assert gc.isenabled()
    assert (probe.read().v_mem == expected).all()


def test_a_silent_board_ends_the_wait(mock: Device, probe: NeuronProbe) -> None:
    _meddle(mock, lambda _: [])

    with pytest.raises(ProbeIncomplete, match="0 of 30 answered exactly once, 30 never answered"):
        probe.read()


@pytest.mark.parametrize("shape", [(1, 2, 8), (1, 8, 2), (3, 5, 7), (2, 1, 9), (5, 7, 1)])
def test_non_square_maps_are_read_right(
    mock: Device, make_network: Callable[..., nn.Module], shape: tuple[int, int, int]
) -> None:
    channels, height, width = shape
    network = make_network(bias=(-0.1,) * channels, shape=shape)
    count = channels * height * width
    network.get_buffer("1.v_mem").copy_(float_range(count).reshape(1, *shape) / 128)

    deployed = mock.deploy(network, input_shape=shape).layer(0)

    expected = np.round(np.arange(count).reshape(shape) / 128 * deployed.scale)
    assert (mock.probe().read().v_mem == expected).all()


def test_reading_changes_nothing(probe: NeuronProbe) -> None:
    assert (probe.read().v_mem == probe.read().v_mem).all()


def test_a_reading_cannot_be_written_to(probe: NeuronProbe) -> None:
    with pytest.raises(ValueError, match="read-only"):
        probe.read().v_mem[0, 0, 0] = 1


def test_a_reading_after_close_is_refused(make_network: Callable[..., nn.Module]) -> None:
    with speckhal.open_device("mock") as device:
        probe = _probe(device, make_network(), (1, 2, 2))
    with pytest.raises(speckhal.DeviceClosed, match="it is closed"):
        probe.read()


@pytest.mark.parametrize("latency_s", [0.0, 0.25])
def test_a_reading_says_how_long_it_took(
    make_network: Callable[..., nn.Module], latency_s: float
) -> None:
    with speckhal.open_device("mock", read_latency_s=latency_s, poll_s=0.0) as device:
        probe = _probe(device, make_network(), (1, 2, 2))
        before_s = device.clock.now_s()
        reading = probe.read()

        assert reading.time_s == before_s
        assert reading.duration_s == device.clock.now_s() - before_s
        assert reading.duration_s == pytest.approx(latency_s, abs=1e-3)


def test_more_or_fewer_values_than_neurons_are_not_the_boards_fault(probe: Any) -> None:
    raw = probe.raw  # an open device refuses them before
    with pytest.raises(ValueError, match="zip"):
        raw.write(np.zeros(29, np.int16))
    with pytest.raises(ValueError, match="zip"):
        raw.write_biases(np.zeros(3, np.int16))
    assert raw.read().v_mem.shape == (2, 3, 5)
