"""Spikes that fire, through the vendor's API, against loops that know nothing of the emulation.

The loops follow the published rules in plain whole numbers. Where several cores work, all weights
excite and none exceeds its threshold, so that no order of events changes who fires how often; the
loop then goes depth first, which no chip does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from vendor_spikes import connect, set_core, wire_to

if TYPE_CHECKING:
    from types import SimpleNamespace

Neuron = tuple[int, int, int]


@attrs.define
class PlainCore:
    """A core in words of the datasheet: what it is, and the potential of each of its neurons."""

    weights: list[Any]  # [out][in][y][x]
    stride: tuple[int, int]
    padding: tuple[int, int]
    out: tuple[int, int]
    low: int
    high: int
    to_zero: bool
    sends: list[tuple[int, int, int]] = attrs.field(factory=list)  # core, pooling, shift
    potential: defaultdict[Neuron, int] = attrs.field(factory=lambda: defaultdict(int))

    def take(self, channel: int, y: int, x: int) -> list[Neuron]:
        """Which neurons fire at one event; each is visited once."""
        fired = []
        for f in range(len(self.weights)):
            for oy in range(self.out[0]):
                for ox in range(self.out[1]):
                    ky = y + self.padding[0] - oy * self.stride[0]
                    kx = x + self.padding[1] - ox * self.stride[1]
                    kernel = self.weights[f][channel]
                    if not (0 <= ky < len(kernel) and 0 <= kx < len(kernel)):
                        continue
                    if kernel[ky][kx] == 0:
                        continue
                    v = max(self.potential[f, oy, ox] + kernel[ky][kx], self.low)
                    if v >= self.high:
                        v = 0 if self.to_zero else v - self.high
                        fired.append((f, oy, ox))
                    self.potential[f, oy, ox] = v
        return fired


def configured(rig: SimpleNamespace, cores: dict[int, tuple[PlainCore, tuple[int, int]]]) -> None:
    """Write the same cores to a board, each with the (height, width) of its input."""
    configuration = rig.chip.configuration.SpeckConfiguration()
    for index, (core, size) in cores.items():
        layer = configuration.cnn_layers[index]
        shape = set_core(
            layer,
            np.array(core.weights, np.int8),
            size,
            stride=core.stride,
            padding=core.padding,
            threshold=(core.low, core.high),
            return_to_zero=core.to_zero,
            monitor_enable=True,
        )
        assert shape[1:] == core.out
        for number, (to, pooling, shift) in enumerate(core.sends):
            connect(layer, number, to, pooling=pooling, feature_shift=shift)
    rig.model.apply_configuration(configuration)


@pytest.mark.parametrize("seed", range(6))
def test_one_core_fires_event_by_event_what_the_rule_in_words_says(
    rig: SimpleNamespace, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    kernel, size = int(chance.integers(1, 5)), (7, 6)
    stride = (int(chance.choice([1, 2, 4])), int(chance.choice([1, 2, 4])))
    padding = (int(chance.integers(0, 4)), int(chance.integers(0, 4)))
    out = tuple(
        (pixels + 2 * edge - kernel) // step + 1
        for pixels, edge, step in zip(size, padding, stride, strict=True)
    )
    core = PlainCore(
        weights=chance.integers(-90, 128, (4, 3, kernel, kernel)).tolist(),
        stride=stride,
        padding=padding,
        out=(out[0], out[1]),
        low=-int(chance.integers(1, 150)),
        high=int(chance.integers(20, 200)),
        to_zero=bool(seed % 2),
    )
    index = int(chance.integers(9))
    configured(rig, {index: (core, size)})
    wire = wire_to(rig)
    events = [
        (100 * number, index, int(chance.integers(3)), int(chance.integers(7)), int(y))
        for number, y in enumerate(chance.integers(0, 6, 150))
    ]

    seen = wire.play(events)

    # an event ends within 100 us, so that a stamp says of which event a spike is
    found = [(stamp // 100, *rest) for stamp, *rest in seen]
    expected = [
        (stamp // 100, index, *neuron)
        for stamp, _, *place in events
        for neuron in core.take(*place)
    ]
    assert Counter(found) == Counter(expected)
    assert len(found) > 20
    shape = (4, *core.out)
    potentials = [core.potential[neuron[0], neuron[1], neuron[2]] for neuron in np.ndindex(shape)]
    assert wire.states(index, shape).ravel().tolist() == potentials


def excitatory(
    chance: np.random.Generator, channels: tuple[int, int], kernel: int, **members: Any
) -> PlainCore:
    # each event makes about one neuron fire
    weights = chance.integers(
        0, min(100, 180 // (channels[0] * kernel)), (*channels, kernel, kernel)
    )
    return PlainCore(
        weights=weights.tolist(), stride=(1, 1), low=-1, high=100, to_zero=False, **members
    )


@pytest.mark.parametrize("seed", range(3))
def test_nine_cores_that_branch_and_meet_fire_as_often_as_a_loop_depth_first(
    rig: SimpleNamespace, seed: int
) -> None:
    # 0 sends to 1 and 2; these meet in 3, each in channels of its own; 3 to 4 .. 8, with short cuts
    chance = np.random.default_rng(seed)
    order = chance.permutation(9).tolist()
    same = {"padding": (1, 1), "out": (8, 8)}
    half = {"padding": (1, 1), "out": (4, 4)}
    inner = {"padding": (0, 0), "out": (1, 1)}
    plan: list[tuple[PlainCore, tuple[int, int]]] = [
        (excitatory(chance, (2, 2), 3, **same, sends=[(1, 1, 0), (2, 1, 0)]), (8, 8)),
        (excitatory(chance, (2, 2), 3, **same, sends=[(3, 2, 0)]), (8, 8)),
        (excitatory(chance, (2, 2), 3, **same, sends=[(3, 2, 2)]), (8, 8)),
        (excitatory(chance, (3, 4), 3, **half, sends=[(4, 1, 0), (5, 1, 3)]), (4, 4)),
        (excitatory(chance, (3, 3), 3, **half, sends=[(5, 1, 0)]), (4, 4)),
        (excitatory(chance, (4, 6), 4, **inner, sends=[(6, 1, 0), (7, 1, 0)]), (4, 4)),
        (excitatory(chance, (4, 4), 1, **inner, sends=[(8, 1, 4)]), (1, 1)),
        (excitatory(chance, (4, 4), 1, **inner, sends=[(8, 1, 0)]), (1, 1)),
        (excitatory(chance, (5, 8), 1, **inner), (1, 1)),
    ]
    for core, _ in plan:
        core.sends = [(order[to], pooling, shift) for to, pooling, shift in core.sends]
    cores = {order[number]: made for number, made in enumerate(plan)}
    configured(rig, cores)
    wire = wire_to(rig)
    places = chance.integers(0, (2, 8, 8), (200, 3)).tolist()
    counts: Counter[tuple[int, ...]] = Counter()

    def deliver(index: int, c: int, y: int, x: int) -> None:
        core = cores[index][0]
        for neuron in core.take(c, y, x):
            f, oy, ox = neuron
            counts[index, f, oy, ox] += 1
            for to, pooling, shift in core.sends:
                deliver(to, f + shift, oy // pooling, ox // pooling)

    for c, y, x in places:
        deliver(order[0], c, y, x)
    seen = wire.play((0, order[0], *place) for place in places)

    assert Counter(tuple(row[1:]) for row in seen) == counts
    assert {row[1] for row in seen} == set(range(9))
    for index, (core, _) in cores.items():
        shape = (len(core.weights), *core.out)
        potentials = [core.potential[n[0], n[1], n[2]] for n in np.ndindex(shape)]
        assert wire.states(index, shape).ravel().tolist() == potentials
