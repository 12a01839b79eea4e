"""Where a real chip keeps its neurons, and that what is written there is read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from speckhal import ClockDrive

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from speckhal import Device, NeuronProbe

    MakeNetwork = Callable[..., nn.Sequential]

pytestmark = pytest.mark.hardware


def _probe(
    device: Device, make_network: MakeNetwork, shape: tuple[int, int, int]
) -> tuple[NeuronProbe, np.ndarray]:
    """A probe of neurons whose initial values, written by the configuration, are all different."""
    start = np.arange(np.prod(shape)).reshape(shape)
    device.deploy(
        make_network(start),
        input_shape=(1, *shape[1:]),
        leak=device.leak_config(drive=ClockDrive.STEPPED),
        biases={0: [-1] * shape[0]},
    )
    return device.probe(), start


@pytest.mark.parametrize(
    "shape", [(1, 2, 8), (1, 8, 2), (4, 2, 16), (3, 5, 7), (3, 7, 5), (2, 1, 9), (120, 1, 1)]
)
def test_every_neuron_is_where_the_data_sheet_says(
    device: Device, make_network: MakeNetwork, shape: tuple[int, int, int]
) -> None:
    """Needs one board; settles whether the layout holds on maps that are not square."""
    probe, start = _probe(device, make_network, shape)

    assert (probe.read().v_mem == start).all()
    device.tick()
    assert (probe.read().v_mem == start - 1).all()


def test_potentials_that_are_written_are_read_and_leak_on(
    device: Device, make_network: MakeNetwork
) -> None:
    """Needs one board."""
    probe, _ = _probe(device, make_network, (2, 3, 5))
    written = np.arange(30).reshape(2, 3, 5)[:, ::-1] * 3 - 40
    probe.write(written)

    assert (probe.read().v_mem == written).all()
    device.tick()
    assert (probe.read().v_mem == written - 1).all()


def test_some_neurons_can_be_read_and_written_alone(
    device: Device, make_network: MakeNetwork
) -> None:
    """Needs one board."""
    whole, start = _probe(device, make_network, (2, 3, 5))
    some = device.probe(neurons=[(1, 2, 4), (0, 1, 0)])

    assert some.read().v_mem.tolist() == [start[1, 2, 4], start[0, 1, 0]]
    some.write([-100, 100])
    changed = start.copy()
    changed[1, 2, 4], changed[0, 1, 0] = -100, 100
    assert (whole.read().v_mem == changed).all()


def test_biases_can_be_written_while_a_network_is_deployed(
    device: Device, make_network: MakeNetwork
) -> None:
    """Needs one board; no public program has tried this."""
    probe, start = _probe(device, make_network, (2, 3, 5))
    assert probe.read_biases().tolist() == [-1, -1]

    assert probe.write_biases([-2, -30]).tolist() == [-2, -30]
    device.tick()

    assert (probe.read().v_mem == start - np.array([2, 30])[:, None, None]).all()


def test_a_reset_clears_every_potential(device: Device, make_network: MakeNetwork) -> None:
    """Needs one board; whether a reset gives 0 or the initial values is not documented."""
    probe, _ = _probe(device, make_network, (2, 3, 5))
    device.reset_states()

    assert not probe.read().v_mem.any()
