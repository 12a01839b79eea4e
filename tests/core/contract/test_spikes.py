"""Spikes as arrays: what they are made of, how they are cut and put together, what is refused."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from speckhal import SENSOR_INPUT, InputError, Spikes

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

SHAPE = (3, 4, 5)


def some(rows: npt.ArrayLike) -> Spikes:
    """Spikes of rows (time, layer, channel, y, x)."""
    table = np.asarray(rows, np.int64).reshape(-1, 5).T
    return Spikes(time_us=table[0], layer=table[1], channel=table[2], y=table[3], x=table[4])


SPIKES = st.integers(0, 30).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(0, 9)),
        hnp.arrays(np.int64, n, elements=st.integers(-1, 2)),
        *(hnp.arrays(np.int64, n, elements=st.integers(0, size - 1)) for size in SHAPE),
    ).map(lambda columns: some(np.transpose(columns)))
)


@hypothesis.given(SPIKES)
def test_parts_put_together_are_the_whole_and_the_layers_have_all_of_it(spikes: Spikes) -> None:
    assert Spikes.concatenate([spikes[:7], spikes[7:]]) == spikes
    assert sum(len(spikes.of_layer(layer)) for layer in spikes.layers) == len(spikes)
    assert spikes[spikes.time_us >= 0] == spikes
    assert Spikes.concatenate(iter(spikes)) == spikes
    for layer in spikes.layers:
        one = spikes.of_layer(layer)
        assert one.counts(SHAPE).sum() == len(one)
    assert spikes.shifted(5).shifted(-5) == spikes
    arrived = pickle.loads(pickle.dumps(spikes))  # noqa: S301 - this test's own bytes
    assert arrived == spikes
    assert not arrived.x.flags.writeable


@hypothesis.given(SPIKES)
def test_sorting_is_by_time_and_leaves_those_of_one_microsecond_as_they_are(spikes: Spikes) -> None:
    order = sorted(range(len(spikes)), key=lambda n: spikes.time_us[n])
    assert spikes.sorted() == spikes[order]
    assert spikes.sorted().sorted() == spikes.sorted()


def test_one_number_is_for_all_spikes_and_the_map_of_one_neuron_needs_no_coordinates() -> None:
    assert Spikes(time_us=[3, 1], layer=0, channel=[0, 2]) == some(
        [[3, 0, 0, 0, 0], [1, 0, 2, 0, 0]]
    )
    assert len(Spikes(time_us=7, layer=SENSOR_INPUT, channel=1, y=2, x=3)) == 1
    nothing = Spikes(time_us=[], layer=0, channel=0)
    assert len(nothing) == 0
    assert nothing == Spikes.concatenate([]) == nothing.sorted()
    assert nothing.counts((1, 1, 1)).sum() == 0
    assert nothing != "nothing"
    assert repr(nothing) == "<Spikes: 0>"


def test_what_is_all_of_one_layer_is_not_copied() -> None:
    one = Spikes(time_us=[1, 2], layer=3, channel=0)
    assert one.of_layer(3) is one
    assert len(one.of_layer(2)) == 0


def test_it_says_in_a_line_what_it_has() -> None:
    spikes = some([[30, 2, 0, 0, 0], [10, SENSOR_INPUT, 0, 0, 0]])
    assert repr(spikes) == "<Spikes: 2, layer the sensor's input, 2, 10 to 30 us>"


def test_nobody_can_change_it() -> None:
    times = np.array([1, 2, 3])
    spikes = Spikes(time_us=times, layer=0, channel=0)
    times[0] = 9
    assert spikes.time_us.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        spikes.time_us[0] = 9
    with pytest.raises(TypeError):
        hash(spikes)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"time_us": [0.5]}, r"time_us of type float64.*rint"),
        ({"time_us": [True]}, r"time_us of type bool.*spikes\[mask\]"),
        ({"time_us": None}, r"time_us None.*Give one whole number"),
        ({"time_us": ["a"]}, r"time_us 'a'.*Give one whole number"),
        ({"time_us": np.array([1], "m8[us]")}, r"in whole numbers.*microseconds"),
        ({"time_us": [2**70]}, r"time_us 1180591620717411303424, .*from 0 to 9223372036854775807"),
        ({"time_us": [[1]]}, r"time_us of shape \(1, 1\)"),
        ({"time_us": [[1], [1, 2]]}, r"time_us from lists of different lengths"),
        ({"time_us": [-1]}, r"time_us -1.*from 0"),
        ({"time_us": np.array([2**63], np.uint64)}, r"time_us 9223372036854775808"),
        ({"layer": [-2]}, r"layer -2.*SENSOR_INPUT"),
        ({"time_us": [1, 2], "channel": [1, 2, 3]}, r"2 of time_us, 3 of channel"),
        ({"x": np.ma.MaskedArray([1], [True])}, r"x from a masked array"),
    ],
)
def test_what_names_no_spikes_is_refused(given: dict[str, npt.ArrayLike], says: str) -> None:
    columns: dict[str, npt.ArrayLike] = {"time_us": 0, "layer": 0, "channel": 0, **given}
    with pytest.raises(InputError, match=says) as refused:
        Spikes(**columns)
    assert refused.value.hint


def test_counts_are_of_one_map_and_within_it() -> None:
    spikes = some([[0, 0, 0, 1, 2], [0, 0, 0, 1, 2], [0, 1, 0, 0, 0]])
    assert spikes.of_layer(0).counts((1, 2, 3)).tolist() == [[[0, 0, 0], [0, 0, 2]]]
    with pytest.raises(InputError, match=r"layers \[0, 1\].*of_layer\(0\)"):
        spikes.counts((1, 2, 3))
    with pytest.raises(InputError, match=r"channel 0, y 1, x 2"):
        spikes.of_layer(0).counts((1, 2, 2))


NONSENSE: Any = "x"
NUMBERS: Any = [some([]), 1]


@pytest.mark.parametrize(
    ("do", "says"),
    [
        (lambda spikes: spikes.of_layer(NONSENSE), "of layer 'x'"),
        (lambda spikes: spikes.of_layer(0.5), "of layer 0.5"),
        (lambda spikes: spikes.shifted(NONSENSE), "'x' us later"),
        (lambda spikes: spikes.counts((1, 2)), r"shape \(1, 2\).*\(channels, height, width\)"),
        (lambda spikes: spikes.counts(5), "shape 5"),
        (lambda spikes: spikes.counts(NONSENSE * 3), "shape 'xxx'"),
        (lambda _: Spikes.concatenate(NUMBERS), "a int is not Spikes"),
        (lambda _: Spikes.concatenate(NUMBERS[1]), "a int is not Spikes"),
    ],
)
def test_what_is_asked_of_spikes_and_makes_no_sense_is_refused(
    do: Callable[[Any], object], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        do(some([[0, 0, 0, 1, 2]]))
