"""Layers of a run share one clock: what one shows of it holds for all, and makes none wrong."""

from __future__ import annotations

import itertools
import re

import attrs
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import speckhal
from runs_made import INFO
from speckhal import (
    Answer,
    DeployedLayer,
    Deployment,
    LayerVerification,
    Provenance,
    Run,
    Trace,
    Verification,
)

AGREES, DISAGREES, CANNOT_TELL = Answer.AGREES, Answer.DISAGREES, Answer.CANNOT_TELL

Floats = npt.NDArray[np.float64]
RATE_HZ = 10


def deployed(index: int, step: int) -> DeployedLayer:
    return DeployedLayer(
        index=index,
        core=index,
        shape=(1, 1, 2),
        scale=1.0,
        biases=np.array([step], np.int16),
        wanted_biases=np.array([float(step)]),
        threshold_high=16000,
        threshold_low=-16000,
        leak_enable=True,
        rate_hz=RATE_HZ,
    )


def read(
    index: int,
    step: int,
    times_s: Floats,
    *,
    rate_hz: float = RATE_HZ,
    phase: float = 0.3,
    lost_at_s: float | None = None,
    off_s: Floats | float = 0.0,
) -> Trace:
    """Readings of a layer whose clock runs at that rate; its core may lose a tick."""
    ticks = np.floor(phase + rate_hz * (times_s + off_s)).astype(np.int64)
    ticks = np.maximum.accumulate(ticks)
    if lost_at_s is not None:
        ticks = ticks - (ticks > np.floor(phase + rate_hz * lost_at_s))
    v_mem = 15000 + step * ticks
    return Trace(index, times_s, np.stack([v_mem, v_mem], axis=1)[:, None, None].astype(np.int16))


def verified(*traces: Trace, steps: tuple[int, ...]) -> Verification:
    layers = tuple(deployed(one.layer, step) for one, step in zip(traces, steps, strict=True))
    return speckhal.verify(Run(INFO, Deployment(layers), traces, Provenance("one")))


def every(every_s: float, samples: int, first_s: float = 0.0) -> Floats:
    return (first_s + np.arange(samples) * every_s).astype(np.float64)


@st.composite
def good_layers(draw: st.DrawFn) -> tuple[list[Trace], tuple[int, ...]]:
    """Two to four layers that one clock within 0.5 % of its rate moved, each read at own times."""
    error, phase = draw(st.floats(-0.005, 0.005)), draw(st.floats(0, 0.999))
    traces, steps = [], []
    for index in range(draw(st.integers(2, 4))):
        rng = np.random.default_rng(draw(st.integers(0, 1000)))
        samples = draw(st.integers(3, 40))
        times_s = every(draw(st.sampled_from([0.03, 0.07, 0.1, 0.37, 1.0])), samples, index * 0.004)
        steps.append(draw(st.sampled_from([-1, -2, -6, -13])))
        off_s = rng.uniform(-0.005, 0.005, samples)
        rate_hz = RATE_HZ * (1 + error)
        traces.append(read(index, steps[-1], times_s, rate_hz=rate_hz, phase=phase, off_s=off_s))
    return traces, tuple(steps)


def most_hz(layer: LayerVerification) -> float:
    assert layer.rate_hz is not None
    return layer.rate_hz[1]


def width_hz(layer: LayerVerification) -> float:
    assert layer.rate_hz is not None
    return layer.rate_hz[1] - layer.rate_hz[0]


@given(good_layers())
@settings(max_examples=60, deadline=None)
def test_one_more_layer_never_widens_a_rate_and_makes_no_right_answer_wrong(
    made: tuple[list[Trace], tuple[int, ...]],
) -> None:
    traces, steps = made
    before: Verification | None = None
    for count in range(1, len(traces) + 1):
        now = verified(*traces[:count], steps=steps[:count])
        assert now.answer is not DISAGREES, now.problems
        for old, new in zip(before.layers if before else (), now.layers, strict=False):
            if old.rate_hz is None:
                continue
            assert width_hz(new) <= width_hz(old) + 1e-9
            assert new.rate_hz is not None
            assert (
                old.rate_hz[0] - 1e-9 <= new.rate_hz[0] <= new.rate_hz[1] <= old.rate_hz[1] + 1e-9
            )
            for was, one in zip(old.findings, new.findings, strict=True):
                # a phase is of one rate, and a rate that is better known may be another
                is_of_a_rate = was.name == "phase"
                assert one.answer is was.answer or was.answer is CANNOT_TELL or is_of_a_rate, was
        before = now
    assert before is not None
    known = [one for one in before.layers if one.rate_hz is not None]
    for loose, tight in itertools.permutations(known, 2):
        if float(f"{most_hz(loose):.4g}") > float(f"{most_hz(tight):.4g}"):
            why = re.search(r", as the cores? of (.*) may have", loose.finding("rate").said)
            assert why is not None
            assert str(tight.layer) in re.findall(r"\d+", why[1])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_rate_of_no_other_layer_excludes_the_true_one_whatever_tick_one_core_lost(
    data: st.DataObject,
) -> None:
    rate_hz = RATE_HZ * (1 + data.draw(st.sampled_from([0.0, -0.009, 0.009])))
    phase = data.draw(st.sampled_from([0.0, 0.3, 0.9]))
    traces = []
    for index in range(data.draw(st.integers(2, 3))):
        samples = data.draw(st.integers(3, 40))
        times_s = every(data.draw(st.sampled_from([0.03, 0.07, 0.1, 0.2, 0.37])), samples)
        lost_at_s = None if index else data.draw(st.floats(0, float(times_s[-1])))
        lost = read(index, -3, times_s, rate_hz=rate_hz, phase=phase, lost_at_s=lost_at_s)
        traces.append(lost)
    found = verified(*traces, steps=(-3,) * len(traces))
    for one in found.layers[1:]:
        if one.rate_hz is not None:
            assert one.rate_hz[0] - 1e-9 <= rate_hz <= one.rate_hz[1] + 1e-9, found.problems


@pytest.mark.parametrize("at_s", [18.5, 19.5])
def test_a_tick_that_one_core_lost_unseen_bounds_the_clock_of_no_other_layer(at_s: float) -> None:
    times_s = every(0.2, 20)
    innocent = read(0, -3, times_s, phase=0.0, off_s=1e-9)
    losing = read(1, -3, times_s, phase=0.0, off_s=1e-9, lost_at_s=at_s / RATE_HZ)
    both = verified(innocent, losing, steps=(-3, -3))
    assert both.finding("lost ticks", layer=1).answer is CANNOT_TELL
    alone = verified(innocent, steps=(-3,)).layers[0].rate_hz
    assert alone is not None
    assert both.layers[0].rate_hz is not None
    assert both.layers[0].rate_hz[1] == alone[1] > RATE_HZ


def test_a_layer_that_is_read_rarely_gets_the_rate_of_one_that_is_read_often() -> None:
    rarely, often = read(0, -13, every(0.37, 6)), read(1, -13, every(0.03, 400))
    assert verified(rarely, steps=(-13,)).finding("rate").answer is CANNOT_TELL
    both = verified(rarely, often, steps=(-13, -13))
    # at the ends of a record a lost tick does not show, so these say a little less to the others
    assert both.layers[0].rate_hz == pytest.approx(both.layers[1].rate_hz, rel=1e-4)
    assert both.finding("rate", layer=0).answer is AGREES
    alone = verified(rarely, steps=(-13,)).layers[0].rate_hz
    assert alone is not None
    said = both.finding("rate", layer=0).said
    assert f" (layer 0 alone: {alone[0]:.4g} to {alone[1]:.4g}; layer 1 allows " in said
    assert "layer" not in both.finding("rate", layer=1).said


def test_a_layer_that_bounds_the_clock_of_no_other_is_named_with_the_reason() -> None:
    times_s = every(0.2, 20)
    innocent, other = (read(index, -3, times_s, phase=0.0, off_s=1e-9) for index in (0, 2))
    losing = read(1, -3, times_s, phase=0.0, off_s=1e-9, lost_at_s=1.85)
    said = verified(innocent, losing, other, steps=(-3,) * 3).finding("rate", layer=0).said
    assert "; layers 1 and 2 allow 9.711 or more, as the core of layer 1 may have missed" in said


def test_a_tick_that_one_layer_lost_and_another_counted_is_laid_to_the_core() -> None:
    losing = read(2, -13, every(0.05, 200), lost_at_s=5.0)
    other = read(5, -26, every(0.05, 200, 0.004))
    lost = verified(losing, other, steps=(-13, -26)).finding("lost ticks", layer=2)
    assert lost.answer is DISAGREES
    assert lost.said.endswith(
        "Layer 5, read at the same time, missed none: the core of layer 2 lost it, not the clock."
    )


def test_a_tick_that_both_layers_lost_is_laid_to_the_clock() -> None:
    one = read(2, -13, every(0.05, 200), lost_at_s=5.0)
    other = read(5, -26, every(0.05, 200, 0.004), lost_at_s=5.0)
    lost = verified(one, other, steps=(-13, -26)).finding("lost ticks", layer=2)
    assert lost.said.endswith("Layer 5 lost one at the same time: it was the clock's.")


def test_a_tick_too_many_of_one_layer_is_not_said_to_be_lost_by_its_core() -> None:
    times_s = every(0.05, 200)
    ticks = np.floor(0.3 + RATE_HZ * times_s).astype(np.int64)
    ticks = ticks + (ticks >= 50)
    v_mem = (15000 - 13 * ticks).astype(np.int16)[:, None, None, None].repeat(2, 3)
    twice, other = Trace(2, times_s, v_mem), read(5, -26, every(0.05, 200, 0.004))
    lost = verified(twice, other, steps=(-13, -26)).finding("lost ticks", layer=2)
    assert lost.said.startswith("One tick is too many between ")
    assert "Layer 5" not in lost.said


@pytest.mark.parametrize("other", [every(1.0, 12), every(0.05, 90), every(0.05, 80, 6.0)])
def test_a_layer_that_was_not_watched_closely_then_says_nothing_of_a_lost_tick(
    other: Floats,
) -> None:
    losing = read(2, -13, every(0.05, 200), lost_at_s=5.0)
    lost = verified(losing, read(5, -26, other), steps=(-13, -26)).finding("lost ticks", layer=2)
    assert lost.answer is DISAGREES
    assert "Layer 5" not in lost.said


def test_what_aliases_in_one_layer_is_settled_by_another() -> None:
    aliased, clear = read(0, -13, every(0.2, 40)), read(1, -13, every(0.033, 300))
    alone = verified(aliased, steps=(-13,)).finding("aliasing")
    assert alone.answer is CANNOT_TELL
    assert verified(aliased, clear, steps=(-13, -13)).finding("aliasing", layer=0).answer is AGREES
    both_open = verified(aliased, attrs.evolve(aliased, layer=1), steps=(-13, -13))
    assert both_open.finding("aliasing", layer=0).answer is CANNOT_TELL


def test_layers_that_count_clocks_of_different_rates_disagree() -> None:
    times_s = every(0.033, 1500)
    slow, fast = read(0, -1, times_s, rate_hz=9.95), read(1, -1, times_s, rate_hz=10.05)
    for one in (slow, fast):
        assert verified(one, steps=(-1,)).answer is AGREES
    both = verified(slow, fast, steps=(-1, -1))
    for index in (0, 1):
        rate = both.finding("rate", layer=index)
        assert rate.answer is DISAGREES
        assert rate.said.startswith("Layer 0 counts 9.9")
        assert rate.said.endswith("and all layers share one clock.")
        assert both.layers[index].rate_hz is None


def test_a_layer_that_is_wrong_by_itself_makes_no_other_wrong() -> None:
    times_s = every(0.033, 600)
    good, wrong = read(0, -1, times_s), read(1, -1, times_s, rate_hz=10.3)
    both = verified(good, wrong, steps=(-1, -1))
    assert both.layers[0].answer is AGREES
    assert both.finding("rate", layer=1).answer is DISAGREES
    assert both.layers[0].rate_hz == verified(good, steps=(-1,)).layers[0].rate_hz


def stepped(index: int, *, ticks: int = 20, lost: int | None = None) -> Trace:
    """Readings after each tick; the core of the layer may have missed that one."""
    made = np.arange(ticks + 1).astype(np.int64)
    counted = made if lost is None else made - (made >= lost)
    v_mem = (15000 - 13 * counted).astype(np.int16)[:, None, None, None].repeat(2, 3)
    return Trace(index, made.astype(np.float64) * 0.1, v_mem, made)


def test_of_a_stepped_clock_the_layer_that_lost_a_tick_is_named_and_no_other() -> None:
    assert verified(stepped(0), stepped(1), steps=(-13, -13)).answer is AGREES
    found = verified(stepped(0), stepped(1, lost=8), steps=(-13, -13))
    assert found.layers[0].answer is AGREES
    assert found.finding("lost ticks", layer=1).said == (
        "From tick 8 on the neurons count 7 ticks, and 8 were made. Layer 0 counts all of them: "
        "the core of layer 1 lost it, not the clock."
    )
    both = verified(stepped(0, lost=8), stepped(1, lost=8), steps=(-13, -13))
    assert both.finding("lost ticks", layer=1).said.endswith("and 8 were made.")
    twice = attrs.evolve(stepped(1), v_mem=stepped(1, ticks=21).v_mem[[*range(8), *range(9, 22)]])
    more = verified(stepped(0), twice, steps=(-13, -13)).finding("lost ticks", layer=1)
    assert more.said == "From tick 8 on the neurons count 9 ticks, and 8 were made."
    short = verified(stepped(0, ticks=7), stepped(1, lost=8), steps=(-13, -13))
    assert short.finding("lost ticks", layer=1).said.endswith("and 8 were made.")


@pytest.mark.parametrize("readings", [0, 1])
def test_a_layer_that_was_hardly_read_is_open_at_each_point_and_changes_nothing_of_the_others(
    readings: int,
) -> None:
    whole = read(0, -13, every(0.07, 200))
    hardly = attrs.evolve(
        whole,
        layer=1,
        time_s=whole.time_s[:readings],
        v_mem=whole.v_mem[:readings],
        duration_s=whole.duration_s[:readings],
    )
    found = verified(hardly, whole, steps=(-13, -13))
    assert found.answer is CANNOT_TELL
    alone = verified(whole, steps=(-13,))
    assert found.layers[1] == alone.layers[0]
    assert found.layers[0].open_points == ("step", "rate", "lost ticks", "outliers")
    assert [one.name for one in found.layers[0].findings] == [one.name for one in alone.findings]
    assert len(found.problems) == 1
    assert found.would_do is not None
    assert (found.would_do.every_s, found.would_do.for_s) == (0.07, 13.93)
    with pytest.raises(speckhal.InputError, match="shows from two readings on"):
        verified(hardly, steps=(-13,))


def test_of_a_stepped_clock_a_layer_that_was_hardly_read_has_no_rate_to_leave_open() -> None:
    found = verified(stepped(0), attrs.evolve(stepped(1, ticks=0), ticks=None), steps=(-13, -13))
    assert found.layers[1].open_points == ("step", "lost ticks", "outliers")
    assert found.would_do is None


def test_a_run_that_read_nothing_is_refused() -> None:
    with pytest.raises(speckhal.InputError, match="a run without a reading of any layer"):
        verified(steps=())
