"""Spikes through the vendor's API do what a convolution does, for any geometry of both chips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vendor_spikes import connect, set_core, wire_to

if TYPE_CHECKING:
    from types import SimpleNamespace

    import numpy.typing as npt

KIBI = 1024
KERNEL_WORDS = (16, 16, 16, 32, 32, 64, 64, 16, 16)
NEURON_WORDS = (64, 64, 64, 32, 32, 16, 16, 16, 16)

SAME_BOARD = [HealthCheck.function_scoped_fixture]  # each example configures it anew


def bits(number: int) -> int:
    return (number - 1).bit_length()


@attrs.frozen
class Geometry:
    """A convolution that has room on some core: (y, x) of everything."""

    inputs: int
    outputs: int
    kernel: int
    stride: tuple[int, int]
    padding: tuple[int, int]
    size: tuple[int, int]

    @property
    def cores(self) -> list[int]:
        height, width = (
            (pixels - self.kernel + 2 * edge) // step + 1
            for pixels, edge, step in zip(self.size, self.padding, self.stride, strict=True)
        )
        neurons = self.outputs << bits(height) + bits(width)
        kernels = self.inputs << bits(self.kernel**2) + bits(self.outputs)
        return [
            core
            for core in range(9)
            if kernels <= KERNEL_WORDS[core] * KIBI and neurons <= NEURON_WORDS[core] * KIBI
        ]


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    kernel = draw(st.integers(1, 16))
    stride, padding, size, outputs = [], [], [], 1
    for _ in range(2):
        step, edge = draw(st.sampled_from([1, 2, 4, 8])), draw(st.integers(0, 7))
        least = max(1, kernel - 2 * edge)
        stride.append(step)
        padding.append(edge)
        most = min(128, 63 * step + kernel - 2 * edge)
        size.append(draw(st.integers(least, max(least, min(most, least + 11 * step)))))
        outputs *= (size[-1] - kernel + 2 * edge) // step + 1
    room = 64 * KIBI >> bits(kernel**2)
    channels = draw(st.integers(1, max(1, min(1024 // outputs, room // 2))))
    inputs = draw(st.integers(1, min(1024, room >> bits(channels))))
    return Geometry(
        inputs,
        channels,
        kernel,
        (stride[0], stride[1]),
        (padding[0], padding[1]),
        (size[0], size[1]),
    )


WIDEST = Geometry(1, 16, 5, (2, 2), (2, 2), (128, 128))
MOST_INPUTS = Geometry(1024, 1, 8, (1, 1), (0, 0), (8, 8))
MOST_OUTPUTS = Geometry(4, 1024, 4, (1, 1), (0, 0), (4, 4))
LARGEST_KERNEL = Geometry(2, 64, 16, (8, 4), (7, 7), (16, 40))


def by_torch(
    geometry: Geometry, weights: npt.NDArray[np.int8], counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The convolution of how many spikes came to each place, in whole numbers."""
    result: npt.NDArray[np.int64] = torch.nn.functional.conv2d(
        torch.from_numpy(counts)[None],
        torch.from_numpy(weights).long(),
        stride=geometry.stride,
        padding=geometry.padding,
    )[0].numpy()
    return result


@settings(max_examples=15, suppress_health_check=SAME_BOARD)
@given(geometry=geometries(), seed=st.integers(0, 2**32 - 1))
@example(geometry=MOST_INPUTS, seed=0)
@example(geometry=MOST_OUTPUTS, seed=0)
@example(geometry=LARGEST_KERNEL, seed=0)
def test_states_are_the_whole_numbers_of_a_convolution(
    rig: SimpleNamespace, geometry: Geometry, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    core = int(chance.choice(geometry.cores))
    shape = (geometry.outputs, geometry.inputs, geometry.kernel, geometry.kernel)
    weights = chance.integers(-128, 128, shape).astype(np.int8)
    configuration = rig.chip.configuration.SpeckConfiguration()
    neurons = set_core(
        configuration.cnn_layers[core],
        weights,
        geometry.size,
        stride=geometry.stride,
        padding=geometry.padding,
    )
    rig.model.apply_configuration(configuration)
    wire = wire_to(rig)
    places = [chance.integers(0, size, 200) for size in (geometry.inputs, *geometry.size)]
    counts = np.zeros((geometry.inputs, *geometry.size), np.int64)
    np.add.at(counts, tuple(places), 1)

    seen = wire.play((0, core, *map(int, place)) for place in zip(*places, strict=True))

    assert seen == []
    np.testing.assert_array_equal(wire.states(core, neurons), by_torch(geometry, weights, counts))


@settings(max_examples=8, suppress_health_check=SAME_BOARD)
@given(
    pooling=st.sampled_from([1, 2, 4]),
    shift=st.integers(0, 5),
    cores=st.permutations(range(9)),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_passes_a_core_is_pooled_by_sums_and_shifted_in_its_channels(
    rig: SimpleNamespace, pooling: int, shift: int, cores: list[int], seed: int
) -> None:
    chance = np.random.default_rng(seed)
    first, second, other = cores[:3]
    channels, size = 3, (8, 16)
    pooled = (size[0] // pooling, size[1] // pooling)
    configuration = rig.chip.configuration.SpeckConfiguration()
    layers = configuration.cnn_layers
    passing = (127 * np.eye(channels, dtype=np.int8)).reshape(channels, channels, 1, 1)
    set_core(layers[first], passing, size, threshold=(-1, 127))
    connect(layers[first], 0, second, pooling=pooling, feature_shift=shift)
    connect(layers[first], 1, other)
    geometry = Geometry(channels + shift, 4, 3, (1, 2), (1, 0), pooled)
    weights = chance.integers(-128, 128, (4, channels + shift, 3, 3)).astype(np.int8)
    if pooled[1] < 3:
        geometry = attrs.evolve(geometry, padding=(1, 1))
    neurons = set_core(
        layers[second], weights, pooled, stride=geometry.stride, padding=geometry.padding
    )
    plain = np.ones((1, channels, 1, 1), np.int8)
    set_core(layers[other], plain, size)
    rig.model.apply_configuration(configuration)
    wire = wire_to(rig)
    places = [chance.integers(0, limit, 150) for limit in (channels, *size)]
    stamps = np.sort(chance.integers(0, 5000, 150))

    rows = zip(stamps, *places, strict=True)
    wire.play((int(stamp), first, *map(int, place)) for stamp, *place in rows)

    counts = np.zeros((channels, *size), np.int64)
    np.add.at(counts, tuple(places), 1)
    sums = torch.nn.functional.avg_pool2d(
        torch.from_numpy(counts).double(), pooling, divisor_override=1
    ).numpy()
    shifted = np.concatenate([np.zeros((shift, *pooled)), sums]).astype(np.int64)
    np.testing.assert_array_equal(
        wire.states(second, neurons), by_torch(geometry, weights, shifted)
    )
    np.testing.assert_array_equal(wire.states(other, (1, *size))[0], counts.sum(axis=0))


def test_a_full_core_of_the_largest_maps_is_a_convolution_too(rig_2f: SimpleNamespace) -> None:
    chance = np.random.default_rng(1)
    weights = chance.integers(-128, 128, (16, 1, 5, 5)).astype(np.int8)
    configuration = rig_2f.chip.configuration.SpeckConfiguration()
    neurons = set_core(
        configuration.cnn_layers[0], weights, WIDEST.size, stride=(2, 2), padding=(2, 2)
    )
    assert neurons == (16, 64, 64)
    rig_2f.model.apply_configuration(configuration)
    wire = wire_to(rig_2f)
    places = chance.integers(0, 128, (2, 2000))
    wire.play((0, 0, 0, int(y), int(x)) for y, x in places.T)

    counts = np.zeros((1, 128, 128), np.int64)
    np.add.at(counts, (0, *places), 1)
    expected = by_torch(WIDEST, weights, counts)
    words = rig_2f.board._chip.cores[0].neurons.words
    # 65,536 events for reading them would take a second
    np.testing.assert_array_equal(words.reshape(64, 64, 16), expected.transpose(1, 2, 0))


TRAINS = [
    # weight, spikes of 11 events and what is left: of a subtracted threshold, of a reset to zero
    (28, (7, 28), (5, 28)),
    (36, (9, 36), (5, 36)),
    (48, (11, 88), (11, 0)),
    (100, (11, 660), (11, 0)),
]
"""Events of 0.7, 0.9, 1.2 and 2.5 times the threshold, as one laboratory gave a kit."""


@pytest.mark.parametrize(("weight", "subtracting", "to_zero"), TRAINS)
def test_a_neuron_has_one_update_for_each_event_and_one_spike_for_each_update(
    rig: SimpleNamespace, weight: int, subtracting: tuple[int, int], to_zero: tuple[int, int]
) -> None:
    for returns, (spikes, left) in ((False, subtracting), (True, to_zero)):
        configuration = rig.chip.configuration.SpeckConfiguration()
        set_core(
            configuration.cnn_layers[3],
            np.full((1, 1, 1, 1), weight, np.int8),
            (1, 1),
            threshold=(-40, 40),
            return_to_zero=returns,
            monitor_enable=True,
        )
        rig.model.apply_configuration(configuration)
        wire = wire_to(rig)
        seen = wire.play((1000 * number, 3, 0, 0, 0) for number in range(11))

        v_mem, expected = 0, []
        for number in range(11):
            v_mem += weight
            if v_mem >= 40:
                v_mem = 0 if returns else v_mem - 40
                expected.append(1000 * number)
        assert [stamp for stamp, *_ in seen] == expected
        assert (len(seen), wire.states(3, (1, 1, 1)).item()) == (spikes, left)
