"""What input spikes do on a real chip, and how its spikes come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from speckhal import SENSOR_INPUT, ClockDrive, InputSpec, LayerSpec, StimulationUnfinished
from speckhal.contract.network_spec import SPIKE_WEIGHT, Reset
from speckhal.contract.spikes import Spikes

if TYPE_CHECKING:
    from speckhal import OpenDevice

pytestmark = pytest.mark.hardware

SHARES = (0.7, 0.9, 1.2, 2.5)
"""Of a threshold that one spike adds; a kit was measured with these, in another laboratory."""

SPACING_US = 5000


def _train(count: int, layer: int = 0) -> Spikes:
    return Spikes(time_us=SPACING_US * np.arange(count), layer=layer, channel=0)


@pytest.mark.parametrize("reset", Reset)
@pytest.mark.parametrize("share", SHARES)
def test_each_event_updates_a_neuron_once_which_fires_at_most_once(
    device: OpenDevice, share: float, reset: Reset
) -> None:
    """Needs one board."""
    threshold = round(SPIKE_WEIGHT / share)
    spec = LayerSpec((1, 1, 1), threshold_high=threshold, reset=reset)
    device.deploy([spec], monitor=[0])
    spikes = device.stimulate(_train(12))

    v_mem, fired = 0, []
    for number in range(12):
        v_mem += SPIKE_WEIGHT
        if v_mem >= threshold:
            fired.append(number)
            v_mem = 0 if reset is Reset.ZERO else v_mem - threshold
    assert (spikes.time_us // SPACING_US).tolist() == fired
    assert device.probe().read().v_mem.ravel().tolist() == [v_mem]


def test_a_neuron_fires_when_it_is_just_at_its_threshold(device: OpenDevice) -> None:
    """Needs one board; the data sheet says that a neuron must exceed it."""
    device.deploy([LayerSpec((1, 1, 1), threshold_high=SPIKE_WEIGHT)], monitor=[0])

    assert len(device.stimulate(_train(3))) == 3


def test_each_spike_reaches_the_neurons_of_its_place(device: OpenDevice) -> None:
    """Needs one board; settles whether rows and columns are where they are taken to be."""
    layers = [LayerSpec((2, 4, 6), threshold_high=9000), LayerSpec((3, 3, 5), threshold_high=9000)]
    device.deploy(layers)
    draw = np.random.default_rng(1)
    given = []
    for layer, into in enumerate([(1, 4, 6), (2, 4, 6)]):
        place = {
            name: draw.integers(0, size, 30)
            for name, size in zip(("channel", "y", "x"), into, strict=True)
        }
        given.append(Spikes(time_us=np.arange(30) * 1000 + layer, layer=layer, **place))
    device.stimulate(Spikes.concatenate(given))

    (first,) = given[0].counts((1, 4, 6))
    assert (device.probe(0).read().v_mem == first * SPIKE_WEIGHT).all()
    counts = given[1].counts((2, 4, 6)).sum(axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(counts, (2, 2))
    assert (device.probe(1).read().v_mem == windows.sum(axis=(2, 3)) * SPIKE_WEIGHT).all()


def test_only_monitored_layers_are_heard_with_their_neurons(device: OpenDevice) -> None:
    """Needs one board."""
    layers = [LayerSpec((1, 2, 3)), LayerSpec((2, 2, 3))]
    given = Spikes(time_us=np.arange(6) * SPACING_US, layer=0, channel=0, y=[0, 0, 0, 1, 1, 1],
                   x=[0, 1, 2, 0, 1, 2])  # fmt: skip
    for monitor in ([0], [1]):
        device.deploy(layers, monitor=monitor)
        spikes = device.stimulate(given)
        assert list(spikes.layers) == monitor
        assert (spikes.counts(layers[monitor[0]].shape) == 1).all()
        numbers = spikes.time_us // SPACING_US
        assert (spikes.y * 3 + spikes.x == numbers).all()


def test_the_first_spikes_of_a_burst_are_not_late(device: OpenDevice) -> None:
    """Needs one board; if this fails, the lead (fact stimulation_lead_s) is too short."""
    device.deploy([LayerSpec((1, 1, 1), threshold_high=SPIKE_WEIGHT)], monitor=[0])
    times_us = np.arange(2000) * 20
    spikes = device.stimulate(Spikes(time_us=times_us, layer=0, channel=0))

    assert len(spikes) == 2000
    assert np.abs(spikes.time_us - times_us).max() < 1000


def test_no_spike_is_held_back_in_the_first_core(device: OpenDevice) -> None:
    """Needs one board; the vendor says that cores 0 and 1 may keep the last one."""
    device.deploy([LayerSpec((1, 1, 1), threshold_high=SPIKE_WEIGHT)], monitor=[0])

    for count in (1, 2, 5):
        assert len(device.stimulate(_train(count))) == count


def test_the_first_spike_after_a_write_is_not_lost(device: OpenDevice) -> None:
    """Needs one board; another laboratory lost it."""
    device.deploy([LayerSpec((1, 1, 1), threshold_high=2000)])
    device.probe().write([[[10]]])
    device.stimulate(_train(2))

    assert device.probe().read().v_mem.ravel().tolist() == [10 + 2 * SPIKE_WEIGHT]


def test_ticks_come_between_stimulations(device: OpenDevice) -> None:
    """Needs one board."""
    spec = LayerSpec((1, 2, 2), [-13], threshold_high=2000, threshold_low=-2000)
    device.deploy([spec], leak=device.leak_config(drive=ClockDrive.STEPPED))
    for _ in range(2):
        device.stimulate(_train(1))
        device.tick(3)

    v_mem = device.probe().read().v_mem
    assert v_mem[0, 0, 0] == 2 * SPIKE_WEIGHT - 6 * 13
    assert v_mem[0, 1, 1] == -6 * 13


@pytest.mark.parametrize("reset", Reset)
def test_each_update_keeps_a_neuron_at_or_above_its_floor(device: OpenDevice, reset: Reset) -> None:
    """Needs one board; no published measurement shows that the floor acts at every update."""
    weights = np.array([-90, 60]).reshape(1, 2, 1, 1)
    spec = LayerSpec((1, 1, 1), threshold_low=-100, reset=reset, inputs=InputSpec(weights))
    device.deploy([spec], monitor=[0])
    channels = [0, 0, 1, 1, 1, 1, 0, 0, 0, 1]
    times_us = SPACING_US * np.arange(len(channels))
    spikes = device.stimulate(Spikes(time_us=times_us, layer=0, channel=channels))

    # -90, -100, -40, 20, 80, and 140 fires; then down to the floor, and up once
    assert (spikes.time_us // SPACING_US).tolist() == [5]
    assert device.probe().read().v_mem.ravel().tolist() == [-40]


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (4, 0)])
def test_weights_strides_and_padding_are_those_of_a_convolution(
    device: OpenDevice, stride: int, padding: int
) -> None:
    """Needs one board; settles whether kernels are the right way round."""
    draw = np.random.default_rng(2)
    weights = draw.integers(-128, 128, (3, 2, 3, 3))
    inputs = InputSpec(weights, stride=stride, padding=padding)
    device.deploy([LayerSpec((3, 3, 4), threshold_high=9000, threshold_low=-9000, inputs=inputs)])
    _, height, width = device.input_shape or (0, 0, 0)
    channel, y, x = (draw.integers(0, size, 25) for size in (2, height, width))
    device.stimulate(Spikes(time_us=1000 * np.arange(25), layer=0, channel=channel, y=y, x=x))

    counts = np.zeros((2, height, width), int)
    np.add.at(counts, (channel, y, x), 1)
    padded = np.pad(counts, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    expected = np.einsum("cyxij,fcij->fyx", windows[:, ::stride, ::stride], weights)
    assert (device.probe().read().v_mem == expected).all()


def test_layers_behind_get_places_pooled_and_the_host_as_they_are(device: OpenDevice) -> None:
    """Needs one board."""
    behind = InputSpec(np.full((1, 1, 1, 1), SPIKE_WEIGHT), pooling=2)
    device.deploy([LayerSpec((1, 4, 6)), LayerSpec((1, 2, 3), inputs=behind)], monitor=[0, 1])
    y, x = np.unravel_index(np.arange(24), (4, 6))
    spikes = device.stimulate(
        Spikes(time_us=SPACING_US * np.arange(24), layer=0, channel=0, y=y, x=x)
    )

    for layer, pooling in enumerate((1, 2)):
        sent = spikes.of_layer(layer)
        assert (sent.time_us // SPACING_US).tolist() == list(range(24))
        assert sent.y.tolist() == (y // pooling).tolist()
        assert sent.x.tolist() == (x // pooling).tolist()


@pytest.mark.parametrize("channels", [1, 2])
def test_events_of_pixels_reach_the_first_layer_by_polarity_and_pooled(
    device: OpenDevice, channels: int
) -> None:
    """Needs one board."""
    weights = np.array([3, -5])[:channels].reshape(1, channels, 1, 1)
    inputs = InputSpec(weights, pooling=2, from_sensor=True)
    device.deploy([LayerSpec((1, 2, 3), threshold_high=900, threshold_low=-900, inputs=inputs)])
    off, on, off_again = 0, 1, 0
    device.stimulate(
        Spikes(
            time_us=SPACING_US * np.arange(3),
            layer=SENSOR_INPUT,
            channel=[off, on, off_again],
            y=[0, 3, 1],
            x=[1, 5, 0],
        )
    )

    expected = [[6, 0, 0], [0, 0, 3 if channels == 1 else -5]]
    assert device.probe().read().v_mem[0].tolist() == expected


def test_a_stimulation_that_does_not_end_is_given_up_and_deploying_ends_it(
    device: OpenDevice,
) -> None:
    """Needs one board, for 15 s; the neuron that fires itself is slowed down by the others."""
    weights = np.full((32, 32, 5, 5), -1)
    weights[0, 0, 2, 2] = SPIKE_WEIGHT
    for is_endless in (True, False):
        inputs = InputSpec(weights, padding=2, from_itself=is_endless)
        device.deploy([LayerSpec((32, 5, 5), inputs=inputs)], monitor=[0])
        given = Spikes(time_us=0, layer=0, channel=0, y=2, x=2)
        if is_endless:
            with pytest.raises(StimulationUnfinished) as caught:
                device.stimulate(given)
            assert len(caught.value.spikes) > 1000
        else:
            assert len(device.stimulate(given)) == 1
