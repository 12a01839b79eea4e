"""Runs of a chip that nobody makes, and what makes any: for tests of what keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from plans_made import plans
from speckhal import (
    AddressLayout,
    Certainty,
    ChipFacts,
    ClockDrive,
    CoreMemory,
    DeployedLayer,
    Deployment,
    DeviceInfo,
    Erratum,
    Fact,
    LinearAddresses,
    Provenance,
    Range,
    Reading,
    Run,
    Trace,
)
from speckhal.contract.leak_config import PlainLeakConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INT16 = Range(-(2**15), 2**15 - 1)
CHIP = ChipFacts(
    name="speck9",
    core_memories=Fact((CoreMemory(16_384, 65_536, 1024), CoreMemory(8, 8, 8)), "a data sheet"),
    neuron_address=Fact(AddressLayout(("c0", "x", "y", "c1")), "read in code", Certainty.READ),
    v_mem_range=Fact(INT16, "a data sheet"),
    threshold_high_range=Fact(Range(1, 2**15 - 1), "a guess", Certainty.ASSUMED),
    threshold_low_range=Fact(INT16, "a data sheet"),
    bias_range=Fact(INT16, "a data sheet"),
    channel_range=Fact(Range(1, 1024), "a data sheet"),
    map_size_range=Fact(Range(1, 64), "a data sheet"),
    slow_clock_default_rate_hz=Fact(1, "seen", Certainty.MEASURED),
    errata=(Erratum("Core 3 sleeps", "Do not use it.", "a note", affects="leak", cores=(3,)),),
    particulars={
        "slow_clock_seen_rate_hz": Fact(Range(1, 10_000), "seen", Certainty.MEASURED),
        "names": Fact(("a", ("b", 2)), "a list"),
        "voltage_v": Fact(1.2, "a data sheet"),
    },
)
INFO = DeviceInfo("mock", "Speck9DevKit", CHIP, emulated=True, serial_number="Nr. 1 “ß”")


def layer(index: int = 0, shape: tuple[int, int, int] = (2, 1, 3), **changes: Any) -> DeployedLayer:
    """A layer that leaks by 13 a tick."""
    channels = shape[0]
    made = DeployedLayer(
        index=index,
        core=index + 2,
        shape=shape,
        scale=127 / 0.3,
        biases=np.full(channels, -13, np.int16),
        wanted_biases=np.full(channels, -0.0307),
        threshold_high=127,
        threshold_low=-128,
        leak_enable=True,
        rate_hz=10,
    )
    return attrs.evolve(made, **changes)


def trace_of(leaking: DeployedLayer, samples: int = 5) -> Trace:
    """What is read of it, a tick apart, as the chip would leak."""
    start = np.full(leaking.shape, 100, np.int64)
    steps = leaking.biases.astype(np.int64)[:, None, None]
    v_mem = np.stack([start + steps * tick for tick in range(samples)])
    return Trace(
        layer=leaking.index,
        time_s=np.arange(samples) / 10,
        v_mem=np.maximum(v_mem, leaking.threshold_low).astype(np.int16),
        ticks=np.arange(samples),
    )


def run_of(*layers: DeployedLayer, samples: int = 5, **changes: Any) -> Run:
    """A run that read all of the layers."""
    leaking = layers or (layer(),)
    made = Run(
        info=INFO,
        deployment=Deployment(leaking, PlainLeakConfig(ClockDrive.STEPPED)),
        traces=tuple(trace_of(one, samples) for one in leaking),
        provenance=Provenance("run-1", started_at="2026-01-02T03:04:05+00:00"),
    )
    return attrs.evolve(made, **changes)


def readings(run: Run) -> Iterator[tuple[Reading, float]]:
    """The readings of a run with their times, in the order in which they were taken."""
    for at in range(max(map(len, run.traces))):
        for trace in run.traces:
            ticks = None if trace.ticks is None else int(trace.ticks[at]) + 7
            time_s = float(trace.time_s[at])
            duration_s = float(trace.duration_s[at])
            yield Reading(trace.layer, time_s + 1, trace.v_mem[at], ticks, duration_s), time_s


def refuse_difference(one: Any, other: Any, where: str = "run") -> None:
    """Fail unless two things are equal in every field, to the last attribute and its kind.

    Args:
        one: a run, or what one is made of.
        other: the same, though a trace may be one whose values are in a record.
        where: what the two are called in what is said of a difference.
    """
    if isinstance(one, Trace) and isinstance(other, Trace):
        kind: type[Any] = Trace  # a recorded one too
    else:
        kind = type(one)
        assert kind is type(other), where
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, where)
    elif attrs.has(kind):
        for field in attrs.fields(kind):
            refuse_difference(
                getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}"
            )
    elif isinstance(one, tuple | list):
        assert len(one) == len(other), where
        for number, pair in enumerate(zip(one, other, strict=True)):
            refuse_difference(*pair, f"{where}[{number}]")
    elif isinstance(one, dict):
        assert [*one] == [*other], where
        for name, value in one.items():
            refuse_difference(value, other[name], f"{where}[{name!r}]")
    else:
        assert one == other or [repr(one), repr(other)] == ["nan"] * 2, where


_TEXT = st.text(max_size=30)  # with NUL and with surrogates, as of names of files
_PROBLEMS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
_PLAIN: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
_SHAPES = st.tuples(*[st.integers(1, 4)] * 3) | st.just((16, 16, 16))
_LEAKS = st.none() | st.builds(
    PlainLeakConfig,
    st.sampled_from(ClockDrive),
    st.none() | st.integers(1, 10_000),
    st.none() | st.integers(1, 2**20),
)
_PROVENANCES = st.builds(
    Provenance,
    _TEXT,
    started_at=_TEXT,
    selection=_TEXT,
    options=st.dictionaries(_TEXT, _PLAIN, max_size=3),
    capabilities=st.lists(_TEXT, max_size=3).map(tuple),
    input_shape=st.none() | _SHAPES,
    network_hash=_TEXT,
    sampling=st.dictionaries(_TEXT, _FINITE, max_size=3),
    versions=st.dictionaries(_TEXT, _TEXT, max_size=3),
    plan=st.none() | st.dictionaries(_TEXT, _PLAIN, max_size=3),
    seeds=st.dictionaries(_TEXT, st.integers(0, 2**63), max_size=3),
    states=_TEXT,
    start=st.none() | st.integers(-(2**15), 2**15 - 1),
    notes=st.dictionaries(_TEXT, _TEXT, max_size=3),
)
_CHIPS = st.builds(
    attrs.evolve,
    st.just(CHIP),
    name=_TEXT,
    neuron_address=st.sampled_from(
        [CHIP.neuron_address, Fact(LinearAddresses(("y", "c", "x")), "an array")]
    ),
    particulars=st.dictionaries(_TEXT, _PLAIN.map(lambda value: Fact(value, "a test")), max_size=2),
)
_INFOS = st.builds(DeviceInfo, _TEXT, _TEXT, _CHIPS, st.booleans(), _TEXT, _TEXT)


@st.composite
def runs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Run:
    """Any run, of one to three layers, some of which were read."""
    indices = draw(st.lists(st.integers(0, 12), min_size=1, max_size=3, unique=True))
    layers = tuple(_layer(draw, index) for index in indices)
    read = draw(st.lists(st.sampled_from(layers), unique_by=id))
    is_counted = draw(st.booleans())
    samples = draw(st.integers(1, 6))
    return Run(
        info=draw(_INFOS),
        deployment=Deployment(layers, draw(_LEAKS), draw(st.none() | plans())),
        traces=tuple(_trace(draw, one, samples, is_counted=is_counted) for one in read),
        provenance=draw(_PROVENANCES),
        problem=draw(st.none() | _PROBLEMS),
    )


def _layer(draw: Callable[[st.SearchStrategy[Any]], Any], index: int) -> DeployedLayer:
    shape = draw(_SHAPES)
    return DeployedLayer(
        index=index,
        core=draw(st.integers(0, 12)),
        shape=shape,
        scale=draw(st.floats()),
        biases=draw(arrays.arrays(np.int16, shape[:1])),
        wanted_biases=draw(arrays.arrays(np.float64, shape[:1])),
        threshold_high=draw(st.integers(1, 2**15 - 1)),
        threshold_low=draw(st.integers(-(2**15), 0)),
        leak_enable=draw(st.booleans()),
        rate_hz=draw(st.none() | st.integers(1, 10_000)),
    )


def _trace(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    leaking: DeployedLayer,
    samples: int,
    *,
    is_counted: bool,
) -> Trace:
    return Trace(
        layer=leaking.index,
        time_s=draw(arrays.arrays(np.float64, (samples,), elements=_FINITE)),
        v_mem=draw(arrays.arrays(np.int16, (samples, *leaking.shape))),
        ticks=np.cumsum(draw(arrays.arrays(np.int64, (samples,), elements=st.integers(0, 99))))
        if is_counted
        else None,
        duration_s=draw(arrays.arrays(np.float64, (samples,), elements=_FINITE)),
    )
