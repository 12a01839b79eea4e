"""What one tick does to a neuron. Ticks are made one by one, so timing plays no part.

Each question has a core of its own, with one neuron, which has address 0 under every layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal_characterise.core_setup import V_MAX, V_MIN, CoreSetup
from speckhal_characterise.results import finding, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

_BIASES: Final = (-13, -1, -127, -1000, 1, 50, 5000)
"""More than the eight bits that sinabs uses, and across zero. Three times as much in each of the
steps would still fit 16 bits."""

_FIRST_CORE: Final = 2

_STEPS: Final = 2
_SPIKE_TICKS: Final = 50


def measure_step(bench: Workbench) -> Iterator[Result]:
    """How much a tick adds, and where it stops."""
    free = len(bench.facts.core_memories.value) - _FIRST_CORE
    ratios: set[float] = set()
    for begin in range(0, len(_BIASES), free):
        ratios |= _ratios(bench, _BIASES[begin : begin + free])
    how = (
        f"Neurons at 10 with biases {', '.join(map(str, _BIASES))} were read after each "
        f"of {_STEPS} pulses; this is the change divided by the bias."
    )
    ratio = ratios.pop() if len(ratios) == 1 else None
    yield finding(
        "step_per_bias",
        int(ratio) if ratio is not None and ratio.is_integer() else f"{ratio or 'irregular'}",
        how,
    )
    bench.configure({2: CoreSetup(bias=-13, v_mem=-40, threshold_low=-50)})
    bench.pulse(3)
    (v_mem,) = bench.first(2)
    stops = {-50: "at threshold_low", -40: "before threshold_low", -79: "nowhere"}
    yield finding(
        "lower_bound",
        stops.get(v_mem, f"at {v_mem}"),
        "A neuron at -40 with a bias of -13 and a threshold_low of -50 was read after 3 pulses.",
    )


def _ratios(bench: Workbench, biases: Sequence[int]) -> set[float]:
    """By how much neurons change at each tick, over their biases."""
    cores = range(_FIRST_CORE, _FIRST_CORE + len(biases))
    setups = (CoreSetup(bias=bias, v_mem=10) for bias in biases)
    bench.configure(dict(zip(cores, setups, strict=True)))
    ratios = set()
    before = bench.first(*cores)
    for _ in range(_STEPS):
        bench.pulse()
        after = bench.first(*cores)
        changes = zip(before, after, biases, strict=True)
        ratios |= {(new - old) / bias for old, new, bias in changes}
        before = after
    return ratios


def measure_spikes(bench: Workbench) -> Iterator[Result]:
    """Whether ticks make neurons fire, and how often."""
    rising = CoreSetup(bias=10, threshold_high=100, monitored=True)
    steep = CoreSetup(bias=35, threshold_high=10, monitored=True)
    residue = CoreSetup(bias=-1, v_mem=350, threshold_high=100, monitored=True)
    bench.configure({2: rising, 3: steep, 4: residue})
    bench.pulse()
    (left,) = bench.first(4)
    bench.configure({2: rising, 3: steep})
    bench.read(2, [0])  # drops what spikes there may have been
    bench.pulse(_SPIKE_TICKS)
    spikes = bench.spikes()
    seen = spikes.get(2, 0)
    (v_mem,) = bench.first(2)
    fires = bool(seen) or v_mem < 10 * _SPIKE_TICKS
    yield finding(
        "spike_on_tick",
        fires,
        f"A neuron with a bias of +10 and a threshold of 100 had {_SPIKE_TICKS} pulses: {seen} "
        f"spikes, and {v_mem} in the end.",
    )
    if not fires and left == 349:
        for name in ("spike_on_negative_tick", "most_spikes_per_tick"):
            yield unsettled(name, "Ticks make no neuron fire.")
        return
    yield finding(
        "spike_on_negative_tick",
        left < 349,
        "A neuron at 350 with a bias of -1 and a threshold of 100, which a spike subtracts, was "
        f"read after a pulse: {left}.",
    )
    per_tick, rest = divmod(spikes.get(3, 0), _SPIKE_TICKS)
    yield finding(
        "most_spikes_per_tick",
        per_tick if not rest else f"{spikes.get(3, 0)} in {_SPIKE_TICKS} ticks",
        f"A neuron with a bias of +35 and a threshold of 10 had {_SPIKE_TICKS} pulses.",
    )


def measure_overflow(bench: Workbench) -> Iterator[Result]:
    """What becomes of a sum that 16 bits do not hold."""
    bench.configure({2: CoreSetup(bias=100, v_mem=32700), 3: CoreSetup(bias=-100, v_mem=-32700)})
    bench.pulse()
    above, below = bench.first(2, 3)
    wraps = (above < 0, below > 0)
    saturates = (above in {V_MAX, 0}, below == V_MIN)
    yield finding(
        "overflow",
        "wrap" if all(wraps) else "saturate" if all(saturates) else f"{above} and {below}",
        f"Neurons at 32700 and -32700 with biases of +100 and -100 were read after a pulse: "
        f"{above} and {below}, where a spike at {V_MAX} leaves 0.",
    )


def measure_below_threshold_low(bench: Workbench) -> Iterator[Result]:
    """What a tick does to a neuron that was written below the lower threshold."""
    bench.configure(
        {
            2: CoreSetup(bias=-1, threshold_low=-10),
            3: CoreSetup(bias=1, threshold_low=-10),
        }
    )
    for core in (2, 3):
        bench.write_first(core, -100)
    bench.pulse()
    falling, rising = bench.first(2, 3)
    known = {(-10, -10): "raised", (-100, -99): "kept", (-101, -99): "free"}
    yield finding(
        "below_threshold_low",
        known.get((falling, rising), f"{falling} and {rising}"),
        "Neurons written to -100 with a threshold_low of -10 and biases of -1 and +1 were read "
        f"after a pulse: {falling} and {rising}.",
    )


def measure_odd_maps(bench: Workbench) -> Iterator[Result]:
    """Whether cores 0 and 1 leak maps whose sizes are no powers of two, as errata deny."""
    shape, ticks, bias = (3, 5, 5), 4, -3
    setup = CoreSetup(shape=shape, bias=bias, v_mem=1000)
    bench.configure({0: setup, 1: setup, 2: setup})
    addresses = np.arange(1 << 8)
    before = {core: bench.read(core, addresses) for core in (0, 1, 2)}
    bench.pulse(ticks)
    right = {
        core: int(((bench.read(core, addresses) - before[core]) == ticks * bias).sum())
        for core in (0, 1, 2)
    }
    size = shape[0] * shape[1] * shape[2]
    yield finding(
        "odd_maps_leak_on_cores_0_1",
        right[0] == right[1] == size,
        f"Maps of 3 x 5 x 5 with a bias of {bias} had {ticks} pulses; of {size} neurons, "
        f"{right[0]} moved as they should on core 0, {right[1]} on core 1, {right[2]} on core 2.",
    )
