"""Any leak plan: for tests of what keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from speckhal import Certainty, Fact, LeakPlan
from speckhal.leak.planning.planned_layer import PlannedLayer, TradeOff

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = st.integers(-(2**15), 2**15 - 1)
SIZED = st.floats(1e-100, 1e100)
FINITE = st.just(0.0) | SIZED | SIZED.map(lambda size: -size)


def plan() -> LeakPlan:
    """One plan, of one layer of two channels."""
    layer = PlannedLayer(
        index=0,
        shape=(2, 1, 3),
        scale=127 / 0.3,
        threshold_high=127,
        threshold_low=-128,
        wanted="5 % per 10 ms",
        wanted_per_s=np.array([1.0, 1.0]),
        biases=np.array([-13, -13], np.int16),
        rate_hz=10,
    )
    return LeakPlan("speck9", 10, (layer,), (), 0.05, 0.2, None, is_applied=False)


@st.composite
def plans(draw: Callable[[st.SearchStrategy[Any]], Any]) -> LeakPlan:
    """Any plan, whether it does well or not."""
    rate_hz = draw(st.integers(1, 10_000))
    indices = draw(st.lists(st.integers(0, 20), min_size=1, max_size=3, unique=True))
    layers = []
    for index in indices:
        channels = draw(st.integers(1, 5))
        high = draw(st.integers(1, 2**15 - 1))
        layers.append(
            PlannedLayer(
                index=index,
                shape=(channels, *draw(st.tuples(st.integers(1, 64), st.integers(1, 64)))),
                scale=draw(SIZED),
                threshold_high=high,
                threshold_low=draw(st.integers(-(2**15), high - 1)),
                wanted=draw(st.text()),
                wanted_per_s=np.array(draw(st.lists(FINITE, min_size=channels, max_size=channels))),
                biases=np.array(
                    draw(st.lists(WORDS, min_size=channels, max_size=channels)), np.int16
                ),
                rate_hz=rate_hz,
            )
        )
    trade_offs = st.builds(
        TradeOff, st.integers(1, 9999), FINITE, FINITE, st.integers(0, 2**40), st.booleans()
    )
    budgets = st.builds(
        Fact, st.integers(0, 2**40), st.text().filter(str.strip), st.sampled_from(Certainty)
    )
    return LeakPlan(
        chip=draw(st.text().filter(str.strip)),
        rate_hz=rate_hz,
        layers=tuple(layers),
        trade_offs=tuple(draw(st.lists(trade_offs, max_size=3))),
        max_error=draw(SIZED),
        max_ripple=draw(SIZED),
        budget=draw(st.none() | budgets),
        is_applied=draw(st.booleans()),
    )
