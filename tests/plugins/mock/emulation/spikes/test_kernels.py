"""What one input spike does to a core: both kernels against the specification."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import spike_cores
from core_tables_made import CoreSettings, core_tables, neurons_of
from speckhal_mock.emulation import spike_rule
from speckhal_mock.emulation.spikes import compiled_kernel, numpy_kernel
from speckhal_mock.emulation.spikes.core_tables import FIRED, FIRED_ROWS, KERNEL_COUNTS

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.emulation.spikes.core_tables import CoreTables
    from spike_cores import Event

Kernel: TypeAlias = Callable[..., int]

KERNELS: Final = {"compiled": compiled_kernel.take_event, "numpy": numpy_kernel.take_event}
BOTH: Final = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
ROOM: Final = 16 * 16 * 70

unhurried = settings(deadline=None, max_examples=50)
few = settings(deadline=None, max_examples=15)
some_cores = st.lists(spike_cores.cores(), min_size=1, max_size=2)


def by_the_rule(
    cores: list[CoreSettings], events: list[Event]
) -> tuple[list[npt.NDArray[np.int16]], list[list[tuple[int, ...]]], list[list[int]]]:
    """Membrane potentials of each core, what each event makes fire, and counts of each core."""
    states = [core.neurons.copy() for core in cores]
    fired: list[list[tuple[int, ...]]] = []
    counts = [[0] * KERNEL_COUNTS for _ in cores]
    for index, *event in events:
        core = cores[index]
        place = event[0], event[1], event[2]
        done = spike_rule.take_event(core.rule, core.weights, states[index], place)
        updates = [(each, each.update) for each in done if each.update]
        fired.append([(*each.neuron, each.step) for each, update in updates if update.fired])
        high = core.rule.threshold_high
        for kind, number in enumerate(
            (
                len(done),
                len(updates),
                sum(update.floored for _, update in updates),
                sum(update.saturated for _, update in updates),
                sum(update.fired for _, update in updates),
                sum(update.fired and update.v >= high for _, update in updates),
            )
        ):
            counts[index][kind] += number
    return states, fired, counts


def by_a_kernel(
    kernel: Kernel, cores: list[CoreSettings], events: list[Event]
) -> tuple[CoreTables, list[list[tuple[int, ...]]]]:
    """Tables after the events, and what each event makes fire."""
    tables = core_tables(cores)
    room = np.full((FIRED_ROWS, ROOM), -1)
    numbers = ((kernel(tables, *event, room), room) for event in events)
    return tables, [[*map(tuple, fired[:, :number].T.tolist())] for number, fired in numbers]


@BOTH
@unhurried
@given(data=st.data(), cores=some_cores)
def test_a_kernel_does_what_the_rule_says(
    kernel: Kernel, data: st.DataObject, cores: list[CoreSettings]
) -> None:
    events = data.draw(spike_cores.events(cores))
    states, expected, counts = by_the_rule(cores, events)

    tables, fired = by_a_kernel(kernel, cores, events)

    assert fired == expected
    after = [attrs.evolve(core, neurons=state) for core, state in zip(cores, states, strict=True)]
    np.testing.assert_array_equal(tables.neurons, core_tables(after).neurons)
    assert tables.counts.tolist() == counts


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

    tables, _ = by_a_kernel(kernel, [core], events)

    expected = torch.nn.functional.conv2d(
        torch.from_numpy(picture),
        torch.from_numpy(core.weights.astype(float)),
        stride=rule.stride,
        padding=rule.padding,
    )
    np.testing.assert_array_equal(neurons_of(tables, [core])[0], expected.numpy())


@BOTH
@few
@given(data=st.data(), core=spike_cores.cores())
def test_events_in_two_parts_equal_events_in_one(
    kernel: Kernel, data: st.DataObject, core: CoreSettings
) -> None:
    events = data.draw(spike_cores.events([core]))
    part = data.draw(st.integers(0, len(events)))

    tables, fired = by_a_kernel(kernel, [core], events)

    meanwhile, first = by_a_kernel(kernel, [core], events[:part])
    core = attrs.evolve(core, neurons=neurons_of(meanwhile, [core])[0])
    later, second = by_a_kernel(kernel, [core], events[part:])
    assert fired == first + second
    np.testing.assert_array_equal(tables.neurons, later.neurons)
    np.testing.assert_array_equal(tables.counts, meanwhile.counts + later.counts)


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

    tables, fired = by_a_kernel(kernel, [core], events)
    moved = [(0, int(np.flatnonzero(ins == c)[0]), y, x) for _, c, y, x in events]
    other, permuted_fired = by_a_kernel(kernel, [permuted], moved)

    np.testing.assert_array_equal(
        neurons_of(tables, [core])[0][outs], neurons_of(other, [permuted])[0]
    )
    np.testing.assert_array_equal(tables.counts, other.counts)
    for plain, turned in zip(fired, permuted_fired, strict=True):
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
    core = one_neuron(weight, to_zero=reset == "hard")

    tables, fired = by_a_kernel(kernel, [core], [(0, 0, 0, 0)] * 15)

    assert "".join(str(len(each)) for each in fired) == spikes
    assert neurons_of(tables, [core])[0].item() == left


@BOTH
def test_input_of_two_and_a_half_thresholds_fires_once_and_the_rest_waits_for_the_next_update(
    kernel: Kernel,
) -> None:
    core = one_neuron(125, to_zero=False, threshold=50)

    tables, fired = by_a_kernel(kernel, [core], [(0, 0, 0, 0)] * 2)

    assert [len(each) for each in fired] == [1, 1]
    assert neurons_of(tables, [core])[0].item() == 2 * (125 - 50)
    assert tables.counts[0].tolist()[FIRED:] == [2, 2]


def one_neuron(weight: int, *, to_zero: bool, threshold: int = 100) -> CoreSettings:
    """A core of one neuron with one weight."""
    return CoreSettings(
        rule=spike_rule.SpikeRule(
            threshold_high=threshold, threshold_low=-100, return_to_zero=to_zero
        ),
        weights=np.full((1, 1, 1, 1), weight, dtype=np.int8),
        neurons=np.zeros((1, 1, 1), dtype=np.int16),
        input_map=(1, 1),
    )
