"""Beyond reading: writing membrane potentials and biases, partial probes, direct biases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from speckhal import ClockDrive, InputError, LayerNotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from speckhal import Deployment, Device

    MakeNetwork = Callable[..., nn.Module]

pytestmark = pytest.mark.usefixtures("networks_are_placed_once")

SHAPE = (2, 3, 5)
PATIENT = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)


@pytest.fixture
def device(mock: Device, make_network: MakeNetwork) -> Device:
    """The mock, with 2 x 3 x 5 neurons of bias -13 and -25 at 0, to be stepped."""
    _deploy(mock, make_network)
    return mock


def _deploy(device: Device, make_network: MakeNetwork, **options: Any) -> Deployment:
    network = make_network(bias=(-0.1, -0.2), shape=(1, 3, 5), v_mem=0.0)
    leak = device.leak_config(drive=ClockDrive.STEPPED)
    return device.deploy(network, input_shape=(1, 3, 5), leak=leak, **options)


@PATIENT
@given(v_mem=arrays.arrays(np.int16, SHAPE))
def test_what_is_written_is_read(device: Device, v_mem: Any) -> None:
    probe = device.probe()

    probe.write(v_mem)

    assert (probe.read().v_mem == v_mem).all()


def test_written_potentials_leak_from_where_they_are(device: Device) -> None:
    start = np.arange(30).reshape(SHAPE) + 60
    device.probe().write(start)

    device.tick()

    assert (device.probe().read().v_mem == start + np.array([-13, -25])[:, None, None]).all()


@PATIENT
@given(mask=arrays.arrays(np.bool_, SHAPE).filter(lambda mask: mask.any()))
def test_a_mask_reads_what_a_full_probe_reads_there(device: Device, mask: Any) -> None:
    device.probe().write(np.arange(30).reshape(SHAPE))

    reading = device.probe(neurons=mask).read()

    assert (reading.v_mem == device.probe().read().v_mem[mask]).all()


@PATIENT
@given(neurons=st.permutations([(c, y, x) for c in range(2) for y in range(3) for x in range(5)]))
def test_a_list_reads_in_its_own_order(device: Device, neurons: list[tuple[int, int, int]]) -> None:
    values = np.arange(30).reshape(SHAPE)
    device.probe().write(values)

    reading = device.probe(neurons=neurons[:7]).read()

    assert reading.v_mem.tolist() == [values[neuron] for neuron in neurons[:7]]


def test_a_partial_probe_writes_only_its_own_neurons(device: Device) -> None:
    device.probe(neurons=[(1, 2, 4), (0, 0, 0)]).write([7, 8])

    v_mem = device.probe().read().v_mem
    assert (v_mem[1, 2, 4], v_mem[0, 0, 0]) == (7, 8)
    assert np.count_nonzero(v_mem) == 2


@pytest.mark.parametrize(
    ("neurons", "said"),
    [
        ([], "names no neurons"),
        ([(0, 3, 0)], r"neuron \(0, 3, 0\)"),
        ([(0, -1, 0)], r"neuron \(0, -1, 0\)"),
        ([(0, 0, 0), (0, 0, 0)], "twice"),
        ([0, 1, 2], "names no neurons"),
        ([(0.0, 0.0, 0.0)], "names no neurons"),
        (np.zeros(SHAPE, bool), "named none of them"),
        (np.ones((3, 5), bool), r"by a mask of shape \(3, 5\)"),
    ],
)
def test_neurons_that_do_not_exist_are_refused(device: Device, neurons: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        device.probe(neurons=neurons)


@PATIENT
@given(biases=arrays.arrays(np.int16, 2))
def test_biases_are_written_and_read_back(device: Device, biases: Any) -> None:
    probe = device.probe()

    assert (probe.write_biases(biases) == biases).all()
    assert (probe.read_biases() == biases).all()


def test_deployed_biases_can_be_read(device: Device) -> None:
    assert device.probe().read_biases().tolist() == [-13, -25]


def test_written_biases_count_from_the_next_tick(device: Device) -> None:
    device.tick()
    device.probe().write_biases([-1, 2])
    device.tick()

    assert device.probe().read().v_mem[:, 0, 0].tolist() == [-14, -23]


@pytest.mark.parametrize(
    ("values", "said"),
    [([1], "shape"), ([0.5, 1.0], "whole numbers"), ([40_000, 0], "takes -32768 to 32767")],
)
def test_values_that_the_chip_cannot_hold_are_refused(
    device: Device, values: Any, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        device.probe().write_biases(values)
    with pytest.raises(InputError, match=said):
        device.probe(neurons=[(0, 0, 0), (0, 0, 1)]).write(values)
    assert device.probe().read_biases().tolist() == [-13, -25]


def test_reset_clears_every_potential(device: Device) -> None:
    device.probe().write(np.full(SHAPE, 99))

    device.reset_states()

    assert not device.probe().read().v_mem.any()


def test_direct_biases_keep_all_16_bits(mock: Device, make_network: MakeNetwork) -> None:
    layer = _deploy(mock, make_network, biases={0: [-1, -3000]}).layer(0)

    assert layer.biases.tolist() == [-1, -3000]
    assert layer.threshold_high == 127  # the weights keep their resolution
    assert layer.rounding_error.tolist() == [0, 0]
    mock.probe().write(np.full(SHAPE, 100))
    mock.tick()
    assert mock.probe().read().v_mem[:, 0, 0].tolist() == [99, -127]


def test_direct_biases_make_a_network_without_biases_leak(
    mock: Device, make_network: MakeNetwork
) -> None:
    leak = mock.leak_config(drive=ClockDrive.STEPPED)

    mock.deploy(make_network(bias=None), input_shape=(1, 2, 2), leak=leak, biases={0: [-5]})
    mock.tick()

    assert (mock.probe().read().v_mem == 122).all()


def test_direct_biases_of_a_layer_that_does_not_exist_are_refused(
    mock: Device, make_network: MakeNetwork
) -> None:
    with pytest.raises(LayerNotFound, match="biases of layer 4"):
        _deploy(mock, make_network, biases={4: [1, 2]})


@pytest.mark.parametrize("index", ["0", True, 0.0, None, np.True_, (0,)])
def test_direct_biases_of_what_is_no_int_say_what_layers_are_named_by(
    mock: Device, make_network: MakeNetwork, index: Any
) -> None:
    with pytest.raises(LayerNotFound) as refusal:
        _deploy(mock, make_network, biases={index: [1, 2]})
    assert refusal.value.message == (
        f"Asked for biases of layer {index!r}, and layers are named by int."
    )
    assert "biases={0: [-13, -26]}" in str(refusal.value.hint)


@pytest.mark.parametrize("index", [np.int64(0), np.uint8(0)])
def test_direct_biases_take_whole_numbers_of_any_type_for_the_layer(
    mock: Device, make_network: MakeNetwork, index: Any
) -> None:
    assert _deploy(mock, make_network, biases={index: [-1, -2]}).layer(0).biases.tolist() == [
        -1,
        -2,
    ]


def test_masked_arrays_are_refused_wherever_arrays_are_taken(
    mock: Device, make_network: MakeNetwork
) -> None:
    masked: Any = np.ma.MaskedArray([5, 6], [False, True])
    with pytest.raises(InputError, match="biases of layer 0 by a masked array"):
        _deploy(mock, make_network, biases={0: masked})
    _deploy(mock, make_network)
    with pytest.raises(InputError, match="biases of layer 0 by a masked array"):
        mock.probe().write_biases(masked)
    with pytest.raises(InputError, match="membrane potentials of layer 0 by a masked array"):
        mock.probe().write(np.ma.MaskedArray(np.zeros(SHAPE, int), np.ones(SHAPE, bool)))
    with pytest.raises(InputError, match="neurons of layer 0 by a masked array"):
        mock.probe(neurons=np.ma.MaskedArray(np.ones(SHAPE, bool), np.ones(SHAPE, bool)))


@pytest.mark.parametrize("biases", [5, [-5], np.array([-5, -6])])
def test_direct_biases_of_no_layer_are_refused(
    mock: Device, make_network: MakeNetwork, biases: Any
) -> None:
    with pytest.raises(InputError, match="nothing says of which layer they are"):
        _deploy(mock, make_network, biases=biases)


def test_lists_of_different_lengths_are_refused(mock: Device, make_network: MakeNetwork) -> None:
    uneven: Any = [[1], [1, 2]]
    with pytest.raises(InputError, match="biases of layer 0 by lists of different lengths"):
        _deploy(mock, make_network, biases={0: uneven})
    _deploy(mock, make_network)
    with pytest.raises(InputError, match="neurons of layer 0 by lists of different lengths"):
        mock.probe(neurons=uneven)


def test_direct_biases_of_the_wrong_shape_are_refused(
    mock: Device, make_network: MakeNetwork
) -> None:
    with pytest.raises(InputError, match=r"biases of shape \(3,\) to layer 0"):
        _deploy(mock, make_network, biases={0: [1, 2, 3]})
