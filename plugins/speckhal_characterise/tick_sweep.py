"""Whether a tick takes time: whether events find some neurons with it and others without it.

A neuron at -1 gets +2 by a tick, and +100 and then -100 by a pair of events, with a threshold of
101, a reset to 0 and a floor of -1. So it fires at the first pair after each tick and at no other,
whether ticks themselves make neurons fire or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.facts import Range
from speckhal_characterise.core_setup import CoreSetup
from speckhal_characterise.rates import Rates
from speckhal_characterise.results import finding, unsettled
from speckhal_characterise.workbench import BURST_AT_US

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

_CORE: Final = 2
_SIDE: Final = 64
_FIRST, _LAST = 0, _SIDE - 1
"""Row and column of the neurons with the lowest and the highest address."""

_WEIGHT: Final = 100
_PAIRS_EVERY_US: Final = 20
_TICKS: Final = 8
_QUICK_TICKS: Final = 3
_FEWEST: Final = 2

_RATES_HZ: Final = Range(20, 200)
"""A period is to be longer than two ticks take, and short enough to be filled with events."""


def measure_tick_sweep(bench: Workbench) -> Iterator[Result]:
    """Whether the last neuron of a core has a tick later than the first one."""
    setup = CoreSetup(
        shape=(1, _SIDE, _SIDE),
        inputs=2,
        weight=np.array([_WEIGHT, -_WEIGHT], dtype=np.int8).reshape(1, 2, 1, 1),
        bias=2,
        v_mem=-1,
        threshold_low=-1,
        threshold_high=_WEIGHT + 1,
        to_zero=True,
        monitored=True,
    )
    rate_hz = Rates(bench).near_or_present(100)
    if rate_hz not in _RATES_HZ:
        yield unsettled(
            "leak_sweep",
            f"The slow clock takes no rate from {_RATES_HZ} Hz, as far as was tried: it is at "
            f"{rate_hz} Hz.",
        )
        return
    bench.configure({_CORE: setup})
    bench.start()
    period_us = 1e6 / rate_hz
    ticks = _QUICK_TICKS if bench.quick else _TICKS
    pairs = int((ticks + 1) * period_us / _PAIRS_EVERY_US)
    spike = bench.event.Spike
    bench.launch(
        [
            spike(
                layer=_CORE,
                feature=feature,
                y=place,
                x=place,
                timestamp=BURST_AT_US + number * _PAIRS_EVERY_US,
            )
            for number in range(pairs)
            for place in (_FIRST, _LAST)
            for feature in (0, 1)
        ]
    )
    bench.sleep_s(pairs * _PAIRS_EVERY_US / 1e6)
    came = [event for event in bench.heard() if isinstance(event, spike)]
    bench.stop()
    # those that came before the first pair fire then, at no moment of a tick
    stamps = {
        place: [one.timestamp for one in came if one.y == one.x == place][1:]
        for place in (_FIRST, _LAST)
    }
    how = f"At {rate_hz} Hz, with a pair of events each {_PAIRS_EVERY_US} us,"
    if min(map(len, stamps.values())) < _FEWEST:
        yield unsettled("leak_sweep", f"{how} ticks made no neurons of core {_CORE} fire.")
        return
    late_us = [min((last - first for last in stamps[_LAST]), key=abs) for first in stamps[_FIRST]]
    median_us = float(np.median(late_us))
    yield finding(
        "leak_sweep",
        "interleaved" if abs(median_us) >= 2 * _PAIRS_EVERY_US else "at_once",
        f"{how} the last of {_SIDE**2} neurons had ticks {median_us:g} us after the first one.",
        uncertainty=f"± {2 * _PAIRS_EVERY_US} us",
    )
