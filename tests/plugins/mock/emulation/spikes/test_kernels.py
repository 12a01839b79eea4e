"""What one input spike does to a core: both kernels against the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import spike_cores
from kernel_examples import by_a_kernel, by_the_rule, one_neuron, some_cores
from speckhal_mock.emulation import spike_rule
from speckhal_mock.emulation.leak_rule import LeakRule, tick
from speckhal_mock.emulation.spikes import compiled_kernel, numpy_kernel
from speckhal_mock.emulation.spikes.core_tables import FIRED

if TYPE_CHECKING:
    from core_tables_made import CoreSettings
    from kernel_examples import Kernel

KERNELS: Final = {"compiled": compiled_kernel.take_event, "numpy": numpy_kernel.take_event}
BOTH: Final = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)

unhurried = settings(deadline=None, max_examples=50)
few = settings(deadline=None, max_examples=15)


@BOTH
@unhurried
@given(data=st.data(), cores=some_cores)
def test_a_kernel_does_what_the_rule_says(
    kernel: Kernel, data: st.DataObject, cores: list[CoreSettings]
) -> None:
    events = data.draw(spike_cores.events(cores))

    outcome = by_a_kernel(kernel, cores, events)

    assert outcome == by_the_rule(cores, events)


@BOTH
@few
@given(data=st.data(), core=spike_cores.cores())
def test_without_firing_and_floor_the_states_are_the_integers_of_conv2d(
    kernel: Kernel, data: st.DataObject, core: CoreSettings
) -> None:
    rule = attrs.evolve(core.rule, threshold_high=32767, threshold_low=-32768)
    core = attrs.evolve(core, rule=rule, neurons=np.zeros_like(core.neurons))
    events = data.draw(spike_cores.events([core], at_most=20))
    picture = np.zeros((core.weights.shape[1], *core.input_map))
    for event in events:
        picture[event[1:]] += 1

    outcome = by_a_kernel(kernel, [core], events)

    expected = torch.nn.functional.conv2d(
        torch.from_numpy(picture),
        torch.from_numpy(core.weights.astype(float)),
        stride=rule.stride,
        padding=rule.padding,
    )
    np.testing.assert_array_equal(core.neurons_in(outcome.memory), expected.numpy())


@BOTH
@few
@given(data=st.data(), core=spike_cores.cores())
def test_events_in_two_parts_equal_events_in_one(
    kernel: Kernel, data: st.DataObject, core: CoreSettings
) -> None:
    events = data.draw(spike_cores.events([core]))
    part = data.draw(st.integers(0, len(events)))

    whole = by_a_kernel(kernel, [core], events)

    first = by_a_kernel(kernel, [core], events[:part])
    core = attrs.evolve(core, neurons=core.neurons_in(first.memory))
    second = by_a_kernel(kernel, [core], events[part:])
    assert whole.memory == second.memory
    assert whole.fired == first.fired + second.fired
    assert whole.counts == (np.array(first.counts) + second.counts).tolist()


@BOTH
@few
@given(data=st.data(), core=spike_cores.cores())
def test_a_permutation_of_channels_permutes_the_results(
    kernel: Kernel, data: st.DataObject, core: CoreSettings
) -> None:
    events = data.draw(spike_cores.events([core]))
    out, into = core.weights.shape[:2]
    outs = np.array(data.draw(st.permutations(range(out))))
    ins = np.array(data.draw(st.permutations(range(into))))
    permuted = attrs.evolve(core, weights=core.weights[outs][:, ins], neurons=core.neurons[outs])

    outcome = by_a_kernel(kernel, [core], events)
    moved = [(0, int(np.flatnonzero(ins == c)[0]), y, x) for _, c, y, x in events]
    other = by_a_kernel(kernel, [permuted], moved)

    np.testing.assert_array_equal(
        core.neurons_in(outcome.memory)[outs], permuted.neurons_in(other.memory)
    )
    assert other.counts == outcome.counts
    for plain, turned in zip(outcome.fired, other.fired, strict=True):
        assert {(outs[c], y, x) for c, y, x, _ in turned} == {fired[:3] for fired in plain}


@few
@given(data=st.data(), core=spike_cores.cores())
def test_a_spike_reaches_a_neuron_once_at_most_so_that_the_order_changes_no_state(
    data: st.DataObject, core: CoreSettings
) -> None:
    (event,) = data.draw(spike_cores.events([core], at_most=1))

    done = spike_rule.take_event(core.rule, core.weights, core.neurons.copy(), event[1:])

    assert len({operation.neuron for operation in done}) == len(done)


@BOTH
@pytest.mark.parametrize(
    ("weight", "reset", "spikes", "left"),
    [
        (70, "soft", "011011011101101", 50),
        (90, "soft", "011111111101111", 50),
        (90, "hard", "010101010101010", 90),
        (120, "soft", "111111111111111", 300),
        (120, "hard", "111111111111111", 0),
    ],
)
def test_a_train_makes_a_neuron_fire_once_for_an_update_at_most(
    kernel: Kernel,
    weight: int,
    reset: str,
    spikes: str,
    left: int,
) -> None:
    core = one_neuron(weight, threshold=100, to_zero=reset == "hard")

    outcome = by_a_kernel(kernel, [core], [(0, 0, 0, 0)] * 15)

    assert "".join(str(len(each)) for each in outcome.fired) == spikes
    assert outcome.memory == [left]


@BOTH
def test_one_weight_of_127_fires_at_a_threshold_of_127(kernel: Kernel) -> None:
    outcome = by_a_kernel(kernel, [one_neuron(127, threshold=127)], [(0, 0, 0, 0)])

    assert (outcome.fired, outcome.memory) == ([[(0, 0, 0, 1)]], [0])


@BOTH
def test_input_of_two_and_a_half_thresholds_fires_once_and_the_rest_waits_for_the_next_update(
    kernel: Kernel,
) -> None:
    core = one_neuron(125, threshold=50)

    outcome = by_a_kernel(kernel, [core], [(0, 0, 0, 0)] * 2)

    assert [len(each) for each in outcome.fired] == [1, 1]
    assert outcome.memory == [2 * (125 - 50)]
    assert outcome.counts[0][FIRED:] == [2, 2]


def test_a_destination_divides_coordinates_and_shifts_channels() -> None:
    assert spike_rule.arrival((5, 13, 22), pooling=(4, 2), feature_shift=3) == (8, 3, 11)
    assert spike_rule.arrival((0, 63, 62), pooling=(1, 4), feature_shift=0) == (0, 63, 15)


@unhurried
@given(core=spike_cores.cores(), v=st.integers(-32768, 32767), weight=st.integers(-128, 127))
def test_a_weight_does_to_a_neuron_what_a_tick_does_with_such_a_bias(
    core: CoreSettings, v: int, weight: int
) -> None:
    rule = core.rule
    leak = LeakRule(
        threshold_high=rule.threshold_high,
        threshold_low=rule.threshold_low,
        return_to_zero=rule.return_to_zero,
        overflow=rule.overflow,
        below_threshold_low=rule.below_threshold_low,
    )

    after, fired = tick([v], [weight], leak)

    update = spike_rule.updated(rule, v, weight)
    assert (update.v, update.fired) == (after.item(), fired.item())
