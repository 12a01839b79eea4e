"""What one input spike does to a neuron. Spikes come one by one, so timing plays no part.

Each question has a core of its own, with one neuron, which has address 0 under every layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_characterise.core_setup import CoreSetup
from speckhal_characterise.results import finding, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

_EVENTS: Final = 5
_WEIGHT: Final = 100
_PARALLEL: Final = 0
"""One of the cores that are said to keep the last spike of a train."""


def measure_input_spikes(bench: Workbench) -> Iterator[Result]:
    """When spikes make a neuron fire, and which of them have no effect."""
    exact = CoreSetup(weight=_WEIGHT, threshold_high=_WEIGHT, monitored=True)
    steep = CoreSetup(weight=_WEIGHT, threshold_high=10, monitored=True)
    without = CoreSetup(weight=0, v_mem=350, threshold_high=_WEIGHT, monitored=True)
    bench.configure({_PARALLEL: exact, 2: exact, 3: steep, 4: without})
    bench.read(2, [0])  # drops what spikes there may have been
    for core in (_PARALLEL, 2, 3, 4):
        bench.play(core, _EVENTS)
    spikes = bench.spikes()
    kept, at_threshold, fired = (spikes.get(core, 0) for core in (_PARALLEL, 2, 3))
    yield finding(
        "fires_at_threshold",
        {_EVENTS: True, _EVENTS // 2: False}.get(at_threshold, f"{at_threshold} in {_EVENTS}"),
        f"A neuron with a threshold of {_WEIGHT} got {_EVENTS} spikes of that weight: "
        f"{at_threshold} spikes.",
    )
    per_event, rest = divmod(fired, _EVENTS)
    yield finding(
        "most_spikes_per_event",
        f"{fired} in {_EVENTS} events" if rest else per_event,
        f"A neuron with a threshold of 10 got {_EVENTS} spikes of weight {_WEIGHT}.",
    )
    if at_threshold == _EVENTS:
        yield finding(
            "retained_last_spike",
            {_EVENTS: False, _EVENTS - 1: True}.get(kept, f"{kept} of {_EVENTS} came"),
            f"The same on core {_PARALLEL}: {kept} spikes.",
        )
    else:
        yield unsettled("retained_last_spike", "Not every spike made a neuron fire.")
    yield _zero_weight(bench, spikes.get(4, 0))
    yield _after_write(bench)


def _zero_weight(bench: Workbench, spikes: int) -> Result:
    (left,) = bench.first(4)
    return finding(
        "zero_weight_skips",
        left == 350 and not spikes,
        f"A neuron at 350 with a threshold of {_WEIGHT} got {_EVENTS} spikes of weight 0: {spikes} "
        f"spikes, and {left} in the end.",
    )


def _after_write(bench: Workbench) -> Result:
    bench.configure({2: CoreSetup(weight=_WEIGHT)})
    bench.write_first(2, 7)
    bench.play(2)
    (first,) = bench.first(2)
    bench.play(2)
    (second,) = bench.first(2)
    known = {(107, 207): False, (7, 107): True}
    return finding(
        "lost_event_after_write",
        known.get((first, second), f"{first} and {second}"),
        f"A neuron that was written to 7 was read after each of two spikes of weight {_WEIGHT}: "
        f"{first} and {second}.",
    )
