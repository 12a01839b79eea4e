"""What the sensor's pre-processing makes of events of pixels that the host sends.

The slow clock stands but for single ticks, which the filter counts, so that timing plays no part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_characterise.chip_setup import PROCESSED, PixelSetup
from speckhal_characterise.core_setup import V_MIN, CoreSetup
from speckhal_characterise.rates import Rates
from speckhal_characterise.results import finding, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result, Value
    from speckhal_characterise.chip_setup import FilterMode
    from speckhal_characterise.workbench import Workbench

_AT: Final = 10
_POOLED: Final = 2

_OLD: Final = 3
"""Ticks after which an event is no longer recent, with the threshold of `PixelSetup`."""

_AGAIN: Final = 8
_PLACES: Final = (20, 50, 80)
"""Rows and columns that are no neighbours of each other."""

_COUNTERS: Final = 1 << 16
_SHORT_OF: Final = 500
"""Ticks that are left to be made one by one, where the clock makes the rest."""
_LONGEST_S: Final = 60.0
_COUNTING: Final = 2
"""A core with one neuron, which counts ticks."""


def measure_pixel_monitor(bench: Workbench) -> Iterator[Result]:
    """Which polarity merged events have at the monitor, and which coordinates pooled ones have."""
    bench.configure({}, PixelSetup(merge=True))
    marks = [_seen(bench, _AT, _AT, brighter=brighter)[:1] for brighter in (False, True)]
    how = "Events of a pixel that gets darker and brighter, with merged polarities, came as "
    if any(len(mark) != 1 for mark in marks):
        yield unsettled("merge_polarity_mark", f"{how}no event of the monitor.")
    else:
        features = [feature for ((feature, _, _),) in marks]
        yield finding(
            "merge_polarity_mark",
            features[0] if len({*features}) == 1 else "the polarity",
            f"{how}features {features[0]} and {features[1]} at the monitor.",
        )
    bench.configure({}, PixelSetup(pooling=_POOLED))
    seen = _seen(bench, _AT, _AT)
    how = f"With pooling by {_POOLED}, an event of row and column {_AT} came as "
    if len(seen) != 1:
        yield unsettled("dvs_monitor_pooled", f"{how}{len(seen)} events of the monitor.")
        return
    ((_, y, x),) = seen
    known = {(_AT, _AT): False, (_AT // _POOLED, _AT // _POOLED): True}
    yield finding(
        "dvs_monitor_pooled",
        known.get((y, x), f"row {y}, column {x}"),
        f"{how}one of row {y} and column {x}.",
    )


def measure_pixel_filter(bench: Workbench) -> Iterator[Result]:
    """What the filter remembers, and which pixels it takes for neighbours and for hot."""
    one, two, _ = _PLACES
    _filter(bench, "noise")
    first = _passes(bench, one)
    bench.pulse(_OLD)
    alone, again, beside = _passes(bench, two), _passes(bench, two), _passes(bench, two, two + 1)
    how = (
        f"Of an event after a configuration, of two of one pixel {_OLD} ticks later and of one of "
        "its neighbour then, the filter against noise let pass: "
        f"{', '.join(map(str, (first, alone, again, beside)))}."
    )
    if alone or not beside:
        for name in ("dvs_filter_start", "dvs_filter_own_pixel", "dvs_filter_wraps"):
            yield unsettled(name, f"{how} It must drop the first of the two, and pass the last.")
    else:
        yield finding("dvs_filter_start", "zero" if first else "empty", how)
        yield finding("dvs_filter_own_pixel", again, how)
        yield _wraps(bench)
    yield _hot_pixels(bench)
    yield _low_pass(bench)


def _hot_pixels(bench: Workbench) -> Result:
    """Whether a pixel whose neighbour always has company is dropped when it comes again."""
    _filter(bench, "noise and hot pixels")
    bench.pulse(_OLD)
    place, passed = _PLACES[0], []
    for _ in range(1 + _AGAIN):
        bench.send(bench.event.DvsEvent(p=True, y=place, x=place - 1))
        bench.heard()
        passed.append(_passes(bench, place))
    bench.pulse(_OLD)
    bench.send(bench.event.DvsEvent(p=True, y=place, x=place - 1))
    bench.heard()
    rested = _passes(bench, place)
    count = sum(passed[1:])
    how = (
        f"A pixel had an event and {_AGAIN} more without a tick between them, each after one of "
        f"its neighbour: the first {'passed' if passed[0] else 'did not pass'}, then {count}; one "
        f"{_OLD} ticks later {'passed' if rested else 'did not'}."
    )
    if not (passed[0] and rested):
        return unsettled("hot_pixel_rule", how)
    known: dict[int, Value] = {0: "rate", _AGAIN: "none"}
    return finding("hot_pixel_rule", known.get(count, f"{_AGAIN - count} of {_AGAIN} dropped"), how)


def _low_pass(bench: Workbench) -> Result:
    """Whether the low-pass filter drops an event for one of a neighbour."""
    try:
        _filter(bench, "low pass")
    except AttributeError:
        return unsettled("flicker_filter_pixels", "The filter of this chip has no low-pass mode.")
    bench.pulse(_OLD)
    place = _PLACES[0]
    passed = [_passes(bench, place), _passes(bench, place), _passes(bench, place, place + 1)]
    how = (
        "An event of a pixel, one more of it and one of its neighbour came without a tick between "
        f"them; of these the low-pass filter let pass: {', '.join(map(str, passed))}."
    )
    known: dict[tuple[bool, ...], Value] = {
        (True, False, True): "own",
        (True, False, False): "window",
    }
    if tuple(passed) not in known:
        return unsettled("flicker_filter_pixels", how)
    return finding("flicker_filter_pixels", known[tuple(passed)], how)


def _wraps(bench: Workbench) -> Result:
    """Whether an event counts as recent when the filter's counters have gone round."""
    name, place = "dvs_filter_wraps", _PLACES[2]
    rate_hz = Rates(bench).near_or_present(10_000)
    if _COUNTERS / rate_hz > _LONGEST_S:
        return unsettled(name, f"{_COUNTERS} ticks take too long: the slow clock is at {rate_hz}.")
    counts = CoreSetup(bias=1, v_mem=V_MIN)
    bench.configure({_COUNTING: counts}, PixelSetup(filter="noise"))
    bench.pulse(_OLD)
    bench.send(bench.event.DvsEvent(p=True, y=place, x=place))
    bench.heard()
    passed, done = [], 0
    for ticks, column in ((_COUNTERS // 2, place - 1), (_COUNTERS, place + 1)):
        bench.start()
        bench.sleep_s(max(0, ticks - done - _SHORT_OF) / rate_hz)
        bench.stop()
        (v_mem,) = bench.first(_COUNTING)
        done = v_mem - V_MIN - _OLD
        if not ticks - 3 * _SHORT_OF <= done <= ticks - _OLD:
            return unsettled(name, f"The slow clock made {done} ticks, and not close to {ticks}.")
        bench.pulse(ticks - done)
        done = ticks
        passed.append(_passes(bench, place, column))
    half, whole = passed
    return finding(
        name,
        "after 15 bits or fewer" if half else whole,
        "An event came next to one that was "
        f"{_COUNTERS // 2} ticks old, and another {_COUNTERS // 2} ticks later: they "
        f"{'passed' if half else 'did not pass'} and {'passed' if whole else 'did not pass'}.",
    )


def _filter(bench: Workbench, mode: FilterMode) -> None:
    """Configure the filter; what it had stored may have outlived that."""
    bench.configure({}, PixelSetup(filter=mode))


def _seen(bench: Workbench, y: int, x: int, *, brighter: bool = True) -> list[tuple[int, int, int]]:
    """Polarity, row and column of what the monitor shows of an event of a pixel."""
    bench.heard()
    bench.send(bench.event.DvsEvent(p=brighter, y=y, x=x))
    return bench.fired(PROCESSED)


def _passes(bench: Workbench, y: int, x: int | None = None) -> bool:
    """Whether the monitor shows an event of a pixel, whose column is by default as its row."""
    return bool(_seen(bench, y, y if x is None else x))
