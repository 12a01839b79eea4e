"""Spikes from and to the formats of tonic, sinabs and NIR: what goes out comes back the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from speckhal import SENSOR_INPUT, InputError, Spikes

if TYPE_CHECKING:
    from speckhal import Shape

SHAPE: Shape = (2, 3, 4)

SPIKES = st.integers(0, 20).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(0, 40_000)),
        *(hnp.arrays(np.int64, n, elements=st.integers(0, size - 1)) for size in SHAPE),
    ).map(lambda one: Spikes(time_us=one[0], layer=1, channel=one[1], y=one[2], x=one[3]))
)


@hypothesis.given(SPIKES, st.permutations("xytp"), st.sampled_from(["u2", "i4", "f4", "f8"]))
@hypothesis.settings(max_examples=50)
def test_a_structured_array_comes_back_whatever_its_fields_types_and_order(
    spikes: Spikes, names: list[str], kind: str
) -> None:
    events = spikes.to_structured()
    assert events.dtype.names == ("x", "y", "t", "p")
    other = events.astype([(name, "i8" if name == "t" else kind) for name in "xytp"])[names]
    assert Spikes.from_structured(other, layer=1) == spikes


def test_a_structured_array_may_lack_what_its_data_set_has_not_and_have_truth_values() -> None:
    heard = np.array([(5, 7)], [("t", "f8"), ("x", "i4")])
    assert Spikes.from_structured(heard, layer=0) == Spikes(time_us=[5], layer=0, channel=0, x=7)
    seen = np.array([(5, 7, 8, True)], [("t", "u4"), ("x", "u2"), ("y", "u2"), ("p", bool)])
    expected = Spikes(time_us=[5], layer=SENSOR_INPUT, channel=1, y=8, x=7)
    assert Spikes.from_structured(seen, layer=SENSOR_INPUT) == expected


@hypothesis.given(
    hnp.arrays(np.int64, (5, *SHAPE), elements=st.integers(0, 3)),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([np.float32, np.int8, np.float64]),
)
@hypothesis.settings(max_examples=50)
def test_a_raster_comes_back_shuffled_or_not(
    raster: Any, seed: int | None, kind: type[np.generic]
) -> None:
    spikes = Spikes.from_raster(raster.astype(kind), layer=1, dt_us=1000, shuffle_seed=seed)
    assert len(spikes) == raster.sum()
    assert spikes.sorted() == spikes
    assert np.array_equal(spikes.to_raster(SHAPE, dt_us=1000, steps=5), raster)
    again = Spikes.from_raster(raster, layer=1, dt_us=1000, shuffle_seed=seed)
    assert again == spikes


def test_within_a_step_spikes_are_by_channel_y_and_x_or_shuffled() -> None:
    raster = np.ones((2, *SHAPE))
    spikes = Spikes.from_raster(raster, layer=0, dt_us=10)
    order = np.lexsort((spikes.x, spikes.y, spikes.channel, spikes.time_us))
    assert order.tolist() == list(range(len(spikes)))
    shuffled = Spikes.from_raster(raster, layer=0, dt_us=10, shuffle_seed=1)
    assert shuffled != spikes
    assert shuffled.counts(SHAPE).tolist() == spikes.counts(SHAPE).tolist()


def test_a_raster_may_be_a_tensor_flat_or_empty() -> None:
    import torch

    raster = torch.tensor([[0.0, 2.0], [1.0, 0.0]], requires_grad=True)
    spikes = Spikes.from_raster(raster, layer=0, dt_us=500)
    assert spikes == Spikes(time_us=[0, 0, 500], layer=0, channel=[1, 1, 0])
    assert spikes.to_raster((2, 1, 1), dt_us=500)[:, :, 0, 0].tolist() == [[0, 2], [1, 0]]
    nothing = Spikes.from_raster(np.zeros((3, 2)), layer=0, dt_us=1)
    assert nothing.to_raster(SHAPE, dt_us=1).shape == (0, *SHAPE)


@hypothesis.given(SPIKES)
@hypothesis.settings(max_examples=50)
def test_events_of_nir_come_back(spikes: Spikes) -> None:
    events = spikes.to_nirdata(SHAPE)
    assert (events.n_neurons, round(events.t_max * 1e6)) == (24, spikes.time_us.max(initial=0))
    assert events.idx.shape == events.time.shape == (1, len(spikes))
    assert Spikes.from_nirdata(events, layer=1, shape=SHAPE) == spikes


def test_of_several_samples_one_is_taken_and_what_fills_them_up_is_left_out() -> None:
    data = SimpleNamespace(
        idx=np.array([[0, 1, 2], [23, 0, -1]]), time=np.array([[0, 0, 0], [0.25, 1e-6, np.inf]])
    )
    spikes = Spikes.from_nirdata(data, layer=0, shape=SHAPE, sample=1)
    assert spikes == Spikes(time_us=[250_000, 1], layer=0, channel=[1, 0], y=[2, 0], x=[3, 0])
    assert Spikes.to_nirdata(spikes, SHAPE, t_max_us=10**6).t_max == 1.0


def raster(value: float) -> Any:
    return np.full((1, *SHAPE), value)


def nir(idx: Any, time: Any) -> Any:
    return SimpleNamespace(idx=np.array(idx), time=np.array(time))


HALF: Any = 0.5
FLAT: Any = (1, 2)
MASKED: Any = np.ma.MaskedArray([[1]], [[True]])
ONE = Spikes(time_us=5, layer=0, channel=1, y=2, x=3)
TWO = Spikes.concatenate([ONE, Spikes(time_us=5, layer=1, channel=0)])


@pytest.mark.parametrize(
    ("do", "says"),
    [
        (lambda: Spikes.from_structured(np.zeros(3), layer=0), "has no fields.*t, x, y and p"),
        (lambda: Spikes.from_structured(np.zeros(3, [("x", int)]), layer=0), "fields x"),
        (
            lambda: Spikes.from_structured(np.array([(0.5,)], [("t", float)]), layer=0),
            "field t has fractions",
        ),
        *(
            (
                lambda time=time: Spikes.from_structured(
                    np.array([(time,)], [("t", float)]), layer=0
                ),
                says,
            )
            for time, says in (
                (np.nan, "what is no number"),
                (np.inf, "field t is inf"),
                (1e30, r"1e\+30"),
            )
        ),
        (lambda: Spikes.from_structured(np.ones(1, [("t", "m8[us]")]), layer=0), "microseconds"),
        (lambda: Spikes.from_raster(raster(1e30), layer=0, dt_us=1), "no numbers of spikes"),
        (lambda: Spikes.from_raster(raster(1e12), layer=0, dt_us=1), r"has 2.4e\+13 of them"),
        (lambda: Spikes.from_raster(np.ones((3, 1)), layer=0, dt_us=2**62), "that lasts"),
        (lambda: Spikes.from_raster(raster(1), layer=0, dt_us=2**63), "of 64 bits"),
        *(
            (
                lambda seed=seed: Spikes.from_raster(
                    raster(1), layer=0, dt_us=1, shuffle_seed=seed
                ),
                f"the seed {seed!r}",
            )
            for seed in (-1, "a", 0.5)
        ),
        (
            lambda: Spikes.from_nirdata(
                SimpleNamespace(idx=[[0]], time=[[1e30]]), layer=0, shape=(1, 1, 1)
            ),
            r"microsecond 1e\+36",
        ),
        (
            lambda: Spikes.from_structured(np.array([(0, -1)], [("t", int), ("p", int)]), layer=0),
            "channel -1",
        ),
        (TWO.to_structured, r"layers \[0, 1\].*of_layer\(0\)"),
        (lambda: Spikes.from_raster(raster(0.5), layer=0, dt_us=1), "no numbers of spikes"),
        (lambda: Spikes.from_raster(raster(-1), layer=0, dt_us=1), "no numbers of spikes"),
        (lambda: Spikes.from_raster(raster(np.nan), layer=0, dt_us=1), "no numbers of spikes"),
        (lambda: Spikes.from_raster(np.full((1, 1), "a"), layer=0, dt_us=1), "type <U1"),
        (lambda: Spikes.from_raster([raster(1)], layer=0, dt_us=1), r"raster\[0\]"),
        (lambda: Spikes.from_raster(np.zeros(4), layer=0, dt_us=1), r"shape \(4,\)"),
        (lambda: Spikes.from_raster(raster(1), layer=0, dt_us=HALF), "0.5 us.*dt_us=1000"),
        (lambda: Spikes.from_raster(MASKED, layer=0, dt_us=1), "mask"),
        (lambda: ONE.to_raster(SHAPE, dt_us=0), "steps of 0 us"),
        (lambda: ONE.to_raster(SHAPE, dt_us=1, steps=5), "of 5 steps, and the spikes take 6"),
        (lambda: ONE.to_raster((1, 3, 4), dt_us=1), "channel 1, y 2, x 3"),
        (lambda: TWO.to_raster(SHAPE, dt_us=1), r"layers \[0, 1\]"),
        (lambda: Spikes.from_nirdata([1], layer=0, shape=SHAPE), "TimeGriddedData is a raster"),
        (
            lambda: Spikes.from_nirdata(nir([[0]], [[0]]), layer=0, shape=SHAPE, sample=1),
            "sample 1",
        ),
        (lambda: Spikes.from_nirdata(nir([[24]], [[0]]), layer=0, shape=SHAPE), "from 0 to 23"),
        (lambda: Spikes.from_nirdata(nir([[0]], [[np.inf]]), layer=0, shape=SHAPE), "has a time"),
        (lambda: Spikes.from_nirdata(3, layer=0, shape=SHAPE), "a int, which has no idx and time"),
        (lambda: Spikes.from_nirdata(nir([[0]], [[0, 1]]), layer=0, shape=SHAPE), "of one length"),
        (lambda: Spikes.from_nirdata(nir([[0]], [[0]]), layer=0, shape=FLAT), r"shape \(1, 2\)"),
        (lambda: ONE.to_raster(FLAT, dt_us=10), r"shape \(1, 2\).*\(channels, height, width\)"),
        (lambda: ONE.to_nirdata(SHAPE, t_max_us=HALF), "until 0.5 us"),
        (lambda: ONE.to_nirdata((2, 2, 2)), "channel 1, y 2, x 3"),
        (lambda: TWO.to_nirdata(SHAPE), r"layers \[0, 1\]"),
    ],
)
def test_what_is_no_spikes_is_refused_with_what_would_be(do: Any, says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        do()
    assert refused.value.hint
