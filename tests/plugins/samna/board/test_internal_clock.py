"""The internal clock through the driver: leak that follows the events of the chip's sensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import speckhal
from speckhal import ClockDrive
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import nn

    from speckhal import Device
    from speckhal_mock.emulation.board import EmulatedBoard

    MakeNetwork = Callable[..., nn.Module]

pytestmark = pytest.mark.usefixtures("networks_are_placed_once")

SHAPE = (2, 3, 5)
EVENTS_PER_TICK = 2**14
TICKS_PER_S = 10
SETTLE_S = 1.0  # the driver waits so long after it has written a configuration
PATIENT = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)


@pytest.fixture(params=["mock:speck2f", "mock:speck2e"])
def target(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def still(target: str, make_network: MakeNetwork) -> Iterator[Device]:
    """A board before a scene that stands still, with 2 x 3 x 5 neurons at 127 of bias -1."""
    with speckhal.open_device(target, dvs_event_rate_hz=0) as device:
        _deploy(device, make_network)
        yield device


@pytest.fixture
def moving(target: str, make_network: MakeNetwork) -> Iterator[Device]:
    """The same before a scene that makes ten ticks per second."""
    with speckhal.open_device(
        target, dvs_event_rate_hz=TICKS_PER_S * EVENTS_PER_TICK, poll_s=0.0
    ) as device:
        _deploy(device, make_network)
        yield device


def _deploy(
    device: Device, make_network: MakeNetwork, events_per_tick: int | None = EVENTS_PER_TICK
) -> None:
    leak = device.leak_config(drive=ClockDrive.INTERNAL, events_per_tick=events_per_tick)
    network = make_network(bias=(-0.01, -0.01), shape=(1, 3, 5))
    device.deploy(network, input_shape=(1, 3, 5), leak=leak)


def _board(device: Any) -> EmulatedBoard:
    (board,) = (board for board in current_bus().boards if board.clock is device.clock)
    return board


def _lost(device: Device) -> int:
    """How many ticks took away 1 from every neuron's 127."""
    (v_mem,) = set(device.probe().read().v_mem.ravel().tolist())
    return 127 - int(v_mem)


def test_nothing_leaks_before_the_clock_is_started(moving: Device) -> None:
    moving.clock.sleep_s(100)

    assert _lost(moving) == 0
    assert _board(moving).internal_ticks() == 0


def test_leak_follows_the_scene_from_when_the_configuration_was_written(moving: Device) -> None:
    moving.start_slow_clock()
    seen = []
    for _ in range(5):
        seen.append(_lost(moving))
        moving.clock.sleep_s(0.299)  # a reading takes the rest

    first = round(SETTLE_S * TICKS_PER_S)
    assert seen == [first + 3 * reading for reading in range(5)]


@PATIENT
@given(waits_ms=st.lists(st.integers(0, 5000), max_size=4))
def test_every_tick_of_the_chip_is_seen_and_none_is_made_up(
    moving: Device, make_network: MakeNetwork, waits_ms: list[int]
) -> None:
    _deploy(moving, make_network)
    board = _board(moving)
    before = board.internal_ticks()
    moving.start_slow_clock()
    applied_s = moving.clock.now_s() - SETTLE_S
    for wait_ms in waits_ms:
        moving.clock.sleep_s(wait_ms / 1000)
        lost = _lost(moving)
        assert lost == board.internal_ticks() - before
        assert lost == int((moving.clock.now_s() - applied_s) * TICKS_PER_S + 1e-6)


def test_a_stopped_clock_freezes_the_leak(moving: Device) -> None:
    moving.start_slow_clock()
    moving.clock.sleep_s(0.5)
    moving.stop_slow_clock()
    frozen, ticks = _lost(moving), _board(moving).internal_ticks()

    moving.clock.sleep_s(100)

    # the states of the moment that stopping began, 1.5 s after starting
    assert _lost(moving) == frozen == round(1.5 * TICKS_PER_S)
    assert _board(moving).internal_ticks() == ticks


def test_the_clock_can_be_started_again_where_it_was_stopped(moving: Device) -> None:
    losses = [0]
    for _ in range(3):
        moving.start_slow_clock()
        moving.clock.sleep_s(0.55)
        moving.stop_slow_clock()
        moving.clock.sleep_s(10)
        losses.append(_lost(moving))

    assert np.diff(losses).tolist() == [round(1.5 * TICKS_PER_S)] * 3


@PATIENT
@given(v_mem=arrays.arrays(np.int16, SHAPE), biases=arrays.arrays(np.int16, 2))
def test_states_and_biases_survive_start_and_stop(still: Device, v_mem: Any, biases: Any) -> None:
    probe = still.probe()
    probe.write(v_mem)
    probe.write_biases(biases)

    still.start_slow_clock()
    assert (probe.read().v_mem == v_mem).all()
    still.stop_slow_clock()

    assert (probe.read().v_mem == v_mem).all()
    assert (probe.read_biases() == biases).all()


@pytest.mark.parametrize("events_per_tick", [2**14, 2**15, 2**16, 2**17, None])
def test_a_tick_takes_as_many_events_as_were_asked_for(
    still: Device, make_network: MakeNetwork, events_per_tick: int | None
) -> None:
    _deploy(still, make_network, events_per_tick)
    needed = events_per_tick or 2**17
    board = _board(still)

    board.dvs_events(5 * needed)
    assert _lost(still) == 0
    still.start_slow_clock()
    board.dvs_events(3 * needed - 1)
    assert _lost(still) == 2
    board.dvs_events(1)
    assert _lost(still) == 3
    still.stop_slow_clock()
    board.dvs_events(5 * needed)
    assert _lost(still) == 3


def test_starting_twice_is_starting_once(still: Device) -> None:
    still.start_slow_clock()
    _board(still).dvs_events(EVENTS_PER_TICK // 2)
    still.start_slow_clock()
    _board(still).dvs_events(EVENTS_PER_TICK // 2)

    assert _lost(still) == 1


def test_a_stopped_clock_can_be_stepped(still: Device) -> None:
    still.tick(2)
    still.start_slow_clock()
    _board(still).dvs_events(3 * EVENTS_PER_TICK)
    still.stop_slow_clock()
    still.tick(4)

    assert _lost(still) == 2 + 3 + 4


def test_ticks_that_the_sensor_makes_are_not_counted_by_the_device(still: Device) -> None:
    assert still.probe().read().ticks == 0
    still.start_slow_clock()
    assert still.probe().read().ticks is None


def test_deploying_again_starts_again_with_the_clock_off(
    moving: Device, make_network: MakeNetwork
) -> None:
    moving.start_slow_clock()
    moving.clock.sleep_s(0.5)

    _deploy(moving, make_network)
    moving.clock.sleep_s(5)

    assert _lost(moving) == 0


def test_the_external_clock_is_never_switched_on(moving: Device) -> None:
    moving.start_slow_clock()
    moving.clock.sleep_s(1)
    moving.stop_slow_clock()

    assert _board(moving).ticks() == 0


def test_a_board_that_is_closed_while_it_ticks_ticks_no_more(moving: Device) -> None:
    board = _board(moving)
    moving.start_slow_clock()
    moving.close()
    ticks = board.internal_ticks()
    moving.clock.sleep_s(10)

    assert board.internal_ticks() == ticks


def test_it_counts_the_most_events_that_the_chip_can_by_default(moving: Device) -> None:
    assert moving.leak_config(drive=ClockDrive.INTERNAL).events_per_tick == 2**17
