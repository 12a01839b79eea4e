"""Whether a request to read overtakes spikes that wait: for their time, or before a core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_characterise.core_setup import (
    SLOWEST,
    SLOWEST_AT,
    SLOWEST_OPERATIONS,
    CoreSetup,
)
from speckhal_characterise.results import finding, unsettled
from speckhal_characterise.workbench import BURST_AT_US

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result, Value
    from speckhal_characterise.workbench import Workbench

_CORE: Final = 2
_LATER_US: Final = 300_000
"""How much later a spike comes than a request that is sent at once after it."""

_LONGEST_S: Final = 0.5
"""A request must not wait for so long that it would count as without an answer."""

_EVENTS: Final = 3000
"""Of the slowest core, so that the last waits some 0.4 s."""

_NAME: Final = "request_vs_spikes"


def measure_request_order(bench: Workbench) -> Iterator[Result]:
    """What a read finds that was sent after spikes which wait."""
    bench.configure({_CORE: CoreSetup(weight=1)})
    begun_ns = bench.watch.now_ns()
    bench.first(_CORE)
    idle_s = (bench.watch.now_ns() - begun_ns) / 1e9
    if idle_s > _LONGEST_S:
        yield unsettled(_NAME, f"An answer takes {idle_s:g} s, and spikes do not wait for so long.")
        return
    stamp_us = BURST_AT_US + _LATER_US + 2 * round(idle_s * 1e6)
    bench.launch([bench.event.Spike(layer=_CORE, timestamp=stamp_us)])
    (early,) = bench.first(_CORE)
    bench.sleep_s(stamp_us / 1e6)
    (late,) = bench.first(_CORE)
    how = (
        f"A read that was sent after a spike, which was to wait for {_LATER_US // 1000} ms more, "
        f"found {early} spikes, and {late} later"
    )
    if (early, late) not in {(0, 1), (1, 1)}:
        yield unsettled(_NAME, f"{how}.")
        return
    bench.configure({_CORE: SLOWEST})
    spike = bench.event.Spike(layer=_CORE, y=SLOWEST_AT, x=SLOWEST_AT, timestamp=BURST_AT_US)
    bench.launch([spike] * _EVENTS)
    begun_ns = bench.watch.now_ns()
    (taken,) = bench.first(_CORE)
    took_s = (bench.watch.now_ns() - begun_ns) / 1e9
    how = (
        f"{how}; one that was sent as {_EVENTS} spikes had come, of {SLOWEST_OPERATIONS} "
        f"operations each, found {taken} of them after {took_s:.3g} s, where answers take "
        f"{idle_s:.3g} s."
    )
    if not taken or (taken == _EVENTS and took_s < 2 * idle_s + 0.01):
        yield unsettled(_NAME, f"{how} They did not wait for as long as an answer takes.")
        return
    known: dict[tuple[bool, bool], Value] = {
        (False, False): "overtakes",
        (True, False): "after_input",
        (True, True): "after_queue",
    }
    waits = early == 1, taken == _EVENTS
    yield finding(_NAME, known.get(waits, "after the queue and not after the input"), how)
