"""Laws of stimulations, through `OpenDevice` on both emulated chips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import speckhal
from placed_once import placed_once
from speckhal import (
    SENSOR_INPUT,
    DeviceClosed,
    InputSpec,
    LayerNotFound,
    LayerSpec,
    Spikes,
)
from speckhal_samna.board import stimulation

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from speckhal import OpenDevice

_DRAW = np.random.default_rng(0)

LAYERS = [
    LayerSpec(
        (4, 6, 6),
        threshold_high=200,
        threshold_low=-100,
        inputs=InputSpec(_DRAW.integers(-60, 127, (4, 1, 3, 3))),
    ),
    LayerSpec(
        (3, 2, 2),
        threshold_high=300,
        threshold_low=-150,
        inputs=InputSpec(_DRAW.integers(-60, 127, (3, 4, 2, 2)), pooling=2),
    ),
]
ONE = [LayerSpec((1, 1, 1))]
"""A neuron that fires for each spike."""


def _drawn(layer: int, shape: tuple[int, int, int], count: int, spacing_us: int) -> Spikes:
    channel, y, x = (_DRAW.integers(0, size, count) for size in shape)
    times_us = spacing_us * np.arange(count) + layer
    return Spikes(time_us=times_us, layer=layer, channel=channel, y=y, x=x)


GIVEN = Spikes.concatenate([_drawn(0, (1, 8, 8), 150, 200), _drawn(1, (4, 3, 3), 40, 750)]).sorted()
"""Into both layers, never two at one time."""


@pytest.fixture(params=["mock:speck2f", "mock:speck2e"])
def device(request: pytest.FixtureRequest) -> Iterator[OpenDevice]:
    """An emulated board."""
    with placed_once(), speckhal.open_device(request.param) as device:
        yield device


def _states(device: OpenDevice) -> list[npt.NDArray[np.int16]]:
    assert device.deployment is not None
    return [device.probe(layer.index).read().v_mem for layer in device.deployment.layers]


def _same(device: OpenDevice, states: list[npt.NDArray[np.int16]]) -> bool:
    return all(map(np.array_equal, _states(device), states))


def test_two_stimulations_are_one_and_the_order_in_which_spikes_are_given_is_none(
    device: OpenDevice,
) -> None:
    device.deploy(LAYERS, monitor=[0, 1])
    sent = device.stimulate(GIVEN)
    states = _states(device)
    assert set(sent.layers) == {0, 1}

    for cut in (1, 60, 100):
        device.deploy(LAYERS, monitor=[0, 1])
        begin_us = int(GIVEN.time_us[cut])
        first = device.stimulate(GIVEN[:cut])
        second = device.stimulate(GIVEN[cut:].shifted(-begin_us))
        assert Spikes.concatenate([first, second.shifted(begin_us)]) == sent
        assert _same(device, states)

    device.deploy(LAYERS, monitor=[0, 1])
    assert device.stimulate(GIVEN[::-1]) == sent
    assert _same(device, states)


def test_monitors_only_listen(device: OpenDevice) -> None:
    device.deploy(LAYERS, monitor=[0, 1])
    sent = device.stimulate(GIVEN)
    states = _states(device)
    for monitor in ([], [0], [1], [1, 0]):
        device.deploy(LAYERS, monitor=monitor)
        assert device.monitored_layers == tuple(monitor)
        assert device.stimulate(GIVEN) == sent[np.isin(sent.layer, monitor)]
        assert _same(device, states)


def test_what_is_refused_and_no_spikes_move_nothing(device: OpenDevice) -> None:
    device.deploy(LAYERS, monitor=[0])
    device.stimulate(GIVEN)
    states = _states(device)
    assert len(device.stimulate(Spikes(time_us=[], layer=[], channel=[]))) == 0
    place = {"time_us": [0, 7], "layer": 1, "channel": 0}
    for outside in ({"y": [0, 3]}, {"x": [0, 3]}, {"channel": [0, 4]}, {"time_us": [0, 1 << 32]}):
        with pytest.raises(speckhal.InputError):
            device.stimulate(Spikes(**{**place, **outside}))  # type: ignore[arg-type]  # lists
    for layer in (2, SENSOR_INPUT):
        with pytest.raises(LayerNotFound):
            device.stimulate(Spikes(time_us=0, layer=layer, channel=0))
    assert _same(device, states)


def test_the_last_microsecond_that_a_board_counts_is_played(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stimulation, "LOOK_EVERY_S", 60.0)  # it is more than an hour
    times_us = [0, (1 << 32) - 1]
    with placed_once(), speckhal.open_device("mock") as device:
        device.deploy(ONE, monitor=[0])
        spikes = device.stimulate(Spikes(time_us=times_us, layer=0, channel=0))
        assert (np.abs(spikes.time_us - times_us) <= 1).all()


def test_ticks_go_on_among_spikes_and_are_counted_by_those_that_get_none(
    device: OpenDevice,
) -> None:
    """Of two channels that leak alike the one with spikes is ahead by just their weights."""
    weights = np.array([50, 0]).reshape(2, 1, 1, 1)
    layer = LayerSpec(
        (2, 1, 1), biases=[-3, -3], threshold_high=30_000, threshold_low=-30_000,
        inputs=InputSpec(weights),
    )  # fmt: skip
    device.deploy([layer], leak=device.leak_config(rate_hz=1000))
    device.start_slow_clock()
    for count in (1, 40):
        before = device.probe().read().v_mem[:, 0, 0].tolist()
        device.stimulate(Spikes(time_us=700 * np.arange(count), layer=0, channel=0))
        device.stop_slow_clock()
        after = device.probe().read().v_mem[:, 0, 0].tolist()
        device.start_slow_clock()
        ticks = (before[1] - after[1]) / 3
        assert ticks >= 0.7 * (count - 1) - 1
        assert after[0] - before[0] == 50 * count + after[1] - before[1]


def test_spikes_that_came_before_an_interrupt_are_recorded(
    device: OpenDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.deploy(ONE, monitor=[0])
    sleep_s, slept = device.clock.sleep_s, []

    def interrupted(duration_s: float) -> None:
        sleep_s(duration_s)
        slept.append(duration_s)
        if len(slept) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(device.clock, "sleep_s", interrupted)
    with pytest.raises(KeyboardInterrupt):
        device.stimulate(Spikes(time_us=[0, 100_000, 250_000, 900_000], layer=0, channel=0))
    monkeypatch.undo()

    assert device.recorded_spikes().time_us.tolist() == [0, 100_000, 250_000]
    assert device.stimulate(Spikes(time_us=5, layer=0, channel=0)).time_us.tolist() == [5]
    assert len(device.recorded_spikes()) == 0


def test_a_board_that_a_signal_handler_closes_meanwhile_is_closed_and_has_not_failed(
    device: OpenDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.deploy(ONE, monitor=[0])
    sleep_s = device.clock.sleep_s

    def handled(duration_s: float) -> None:
        sleep_s(duration_s)
        device.close()

    monkeypatch.setattr(device.clock, "sleep_s", handled)
    with pytest.raises(DeviceClosed, match="to play spikes, and it was closed meanwhile"):
        device.stimulate(Spikes(time_us=[0, 900_000], layer=0, channel=0))
    with pytest.raises(DeviceClosed):
        device.recorded_spikes()
