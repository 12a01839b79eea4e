"""What survives what: states, clock sources, and readings while the clock runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.clock import NS_PER_S
from speckhal_characterise.core_setup import V_MAX, CoreSetup
from speckhal_characterise.rates import Rates
from speckhal_characterise.results import finding, unsettled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

_PULSES: Final = 50

_MANY: Final = 3
"""Ticks of the internal clock that no pause of the scene explains away."""


def measure_reapply(bench: Workbench) -> Iterator[Result]:
    """Whether applying the present configuration again rewrites the states."""
    setup = {2: CoreSetup(bias=-1, v_mem=100)}
    bench.configure(setup)
    bench.pulse(5)
    (before,) = bench.first(2)
    bench.configure(setup, again=True)
    (after,) = bench.first(2)
    yield finding(
        "reapply_rewrites_states",
        {100: True, before: False}.get(after, f"{after}"),
        "A neuron at 100 with a bias of -1 had 5 pulses, and the same configuration was applied "
        f"again: {before} before and {after} after.",
    )


def measure_mixed_sources(bench: Workbench) -> Iterator[Result]:
    """Which slow clock counts if some cores ask for the internal and some for the external one."""
    bench.configure({3: CoreSetup(bias=-1), 4: CoreSetup(bias=-1, internal=True)})
    with_pulses, took_s = _moved(bench, lambda: bench.pulse(_PULSES))
    # the internal clock may tick meanwhile
    without, _ = _moved(bench, lambda: bench.sleep_s(took_s))
    first, second = (
        pulsed - idle > _PULSES / 2 for pulsed, idle in zip(with_pulses, without, strict=True)
    )
    known = {
        (True, True): "external",
        (False, False): "internal",
        (True, False): "each core its own",
    }
    yield finding(
        "mixed_leak_sources",
        known.get((first, second), "exchanged"),
        f"Two cores, the second of them configured for the internal slow clock, had {_PULSES} "
        f"external pulses and moved by {with_pulses[0]} and {with_pulses[1]}; as long without "
        f"pulses, by {without[0]} and {without[1]}.",
    )


def _moved(bench: Workbench, action: Callable[[], None]) -> tuple[list[int], float]:
    """By how much the neurons of both cores fall while something is done, and how long it took."""
    begun_ns = bench.watch.now_ns()
    before = bench.first(3, 4)
    action()
    after = bench.first(3, 4)
    took_s = (bench.watch.now_ns() - begun_ns) / NS_PER_S
    return [old - new for old, new in zip(before, after, strict=True)], took_s


def measure_dropped_events(bench: Workbench) -> Iterator[Result]:
    """Whether the internal slow clock counts sensor events that the configuration drops."""
    watched_s = 10.0 if bench.quick else 60.0
    counts = {}
    for sensor_on in (True, False):
        bench.configure({2: CoreSetup(bias=-1, internal=True)}, sensor_on=sensor_on)
        before = bench.first(2)[0]
        bench.sleep_s(watched_s)
        counts[sensor_on] = before - bench.first(2)[0]
    if counts[True] < _MANY and not counts[False]:
        ticked = f"ticked {counts[True]} times only" if counts[True] else "did not tick"
        yield unsettled(
            "dropped_dvs_events_count",
            f"The internal slow clock {ticked} in {watched_s:g} s with the sensor "
            "on; move something in front of the sensor, and try again.",
        )
        return
    yield finding(
        "dropped_dvs_events_count",
        bool(counts[False]),
        f"The internal slow clock ticked {counts[True]} times in {watched_s:g} s with the sensor's "
        f"events passed on, and {counts[False]} times with them dropped.",
    )


def measure_tearing(bench: Workbench) -> Iterator[Result]:
    """Whether a reading can fall into a sweep, so that some neurons lack a tick of others."""
    shape = (4, 16, 16) if bench.quick else (4, 64, 64)
    rates = Rates(bench)
    rate_hz = rates.near_or_present(100)
    bench.configure({2: CoreSetup(shape=shape, bias=-1, v_mem=V_MAX - 1)})
    bench.set_rate(rate_hz)
    upwards = np.arange(shape[0] * shape[1] * shape[2])
    neurons = bench.neurons(2, upwards[::-1]), bench.neurons(2, upwards)
    torn, readings = 0, 4 if bench.quick else 20
    bench.start()
    for reading in range(readings):
        lost = (V_MAX - 1) - neurons[reading % 2].ask().astype(np.int64)
        # answers are in the order of the requests, so later ones have seen more ticks, not less
        torn += bool((np.diff(lost) < 0).any())
    bench.stop()
    yield finding(
        "torn_readings",
        torn,
        f"{upwards.size} neurons were read {readings} times, in both directions, with the clock at "
        f"{rate_hz} Hz; torn is one in which a later answer lacks a tick of an earlier one.",
        uncertainty=f"of {readings} readings",
    )
