"""Reading a layer: every neuron answers exactly once, or the reading fails and says so."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import speckhal
from speckhal import ProbeIncomplete

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

    from speckhal import Device, NeuronProbe


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
    device._board.sink = Meddler(device._board.sink, meddle)


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
    sink = mock._board.sink
    _meddle(mock, lambda events: events[1:])
    with pytest.raises(ProbeIncomplete):
        probe.read()

    mock._board.sink = sink

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
