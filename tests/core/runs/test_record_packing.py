"""What compresses readings makes chunks that HDF5 reads, about as small as its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal.runs.record_packing import Packing

if TYPE_CHECKING:
    import numpy.typing as npt

SHAPE = (4, 32, 32)
GENERATOR = np.random.default_rng(0)
BIASES = np.arange(-4, 0)[:, None, None]

READINGS = {
    "equal neurons": np.zeros(SHAPE),
    "one value a channel": np.zeros(SHAPE) + 127 + 9 * BIASES,
    "on the floor": np.maximum(GENERATOR.integers(-300, 60, SHAPE), -128),
    "random": GENERATOR.integers(-99, 99, SHAPE),
    "any int16": GENERATOR.integers(-(2**15), 2**15, SHAPE),
    "one tick apart": np.zeros(SHAPE) + BIASES * GENERATOR.integers(7, 9, SHAPE),
    "the same in each row": np.zeros(SHAPE) + 3 * np.arange(32) + BIASES,
}


def _stored(packing: Packing | None, readings: list[npt.NDArray[np.int16]]) -> tuple[object, int]:
    """What HDF5 reads, checksums compared, of readings that it or `packing` has packed; bytes."""
    shape = readings[0].shape
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        dataset = file.create_dataset(
            "v_mem", (len(readings), *shape), np.int16, chunks=(1, *shape),
            shuffle=True, compression="gzip", compression_opts=1, fletcher32=True,
        )  # fmt: skip
        for at, values in enumerate(readings):
            if packing is None:
                dataset[at] = values
            else:
                dataset.id.write_direct_chunk((at, 0, 0, 0), packing.chunk(at, values))
        file.flush()
        return dataset[:].tolist(), dataset.id.get_storage_size()


@pytest.mark.parametrize("name", READINGS)
def test_every_reading_is_read_by_hdf5_and_takes_about_its_bytes(name: str) -> None:
    readings = [READINGS[name].astype(np.int16)] * 3
    values, size = _stored(Packing(), readings)
    assert values == [one.tolist() for one in readings]
    assert size <= 1.05 * _stored(None, readings)[1] + 3 * 32


@settings(max_examples=25)
@given(st.binary(min_size=1, max_size=64), st.sampled_from([1, 2, 31, 700, 2049]))
def test_any_readings_one_after_the_other_are_read_by_hdf5(pattern: bytes, size: int) -> None:
    values = np.resize(np.frombuffer(pattern, np.uint8).astype(np.int16), (1, 1, size))
    readings = [values, values * 257, values[..., ::-1], values - 128]
    assert _stored(Packing(), readings)[0] == [one.tolist() for one in readings]


def test_neurons_that_reach_the_floor_take_no_more_bytes_than_hdf5_makes_of_them() -> None:
    readings = [
        np.maximum(READINGS["random"] + 30 * number * BIASES, -128).astype(np.int16)
        for number in range(12)
    ]
    assert _stored(Packing(), readings)[1] <= 1.05 * _stored(None, readings)[1]


def test_a_reading_that_is_packed_again_has_the_same_bytes() -> None:
    packing = Packing()
    for at, values in enumerate(READINGS.values()):
        reading = values.astype(np.int16)
        assert packing.chunk(at, reading) == packing.chunk(at, reading)
