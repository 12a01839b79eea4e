"""What input spikes do on a real chip, and how its spikes come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from speckhal import ClockDrive, LayerSpec
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
