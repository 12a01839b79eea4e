"""What spikes do to cores by the specification, and the same examples of it at each run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import spike_cores
from core_tables_made import CoreSettings, core_tables
from speckhal_mock.emulation import spike_rule
from speckhal_mock.emulation.spikes.core_tables import FIRED_ROWS, KERNEL_COUNTS, OPERATIONS

if TYPE_CHECKING:
    import numpy.typing as npt

    from spike_cores import Event

Kernel: TypeAlias = Callable[..., int]
Rule: TypeAlias = Callable[..., list[spike_rule.Operation]]
FiredNeurons: TypeAlias = list[list[tuple[int, ...]]]
ROOM: Final = 16 * 16 * 70

some_cores = st.lists(spike_cores.cores(), min_size=1, max_size=2)


@attrs.frozen
class Outcome:
    """What spikes leave.

    Attributes:
        memory: neuron memories of all cores, one behind another.
        fired: for each event, (channel, y, x, step) of each neuron that fired, in natural order.
        counts: of each core, as the kernels count.
    """

    memory: list[int]
    fired: FiredNeurons
    counts: list[list[int]]


@attrs.frozen
class Example:
    """Spikes into cores, and what they leave by the specification."""

    cores: list[CoreSettings]
    events: list[Event]
    outcome: Outcome


def by_the_rule(
    cores: list[CoreSettings], events: list[Event], rule: Rule = spike_rule.take_event
) -> Outcome:
    """What the specification says."""
    states = [core.neurons.copy() for core in cores]
    fired: FiredNeurons = []
    counts = [[0] * KERNEL_COUNTS for _ in cores]
    for index, *place in events:
        core = cores[index]
        done = rule(core.rule, core.weights, states[index], tuple(place))
        updates = [(each, each.update) for each in done if each.update]
        fired.append([(*each.neuron, each.step) for each, update in updates if update.fired])
        high = core.rule.threshold_high
        numbers = (
            len(done),
            len(updates),
            sum(update.floored for _, update in updates),
            sum(update.saturated for _, update in updates),
            sum(update.fired for _, update in updates),
            sum(update.fired and update.v >= high for _, update in updates),
        )
        for kind, number in enumerate(numbers):
            counts[index][kind] += number
    after = [attrs.evolve(core, neurons=state) for core, state in zip(cores, states, strict=True)]
    return Outcome(core_tables(after).neurons.tolist(), fired, counts)


def by_a_kernel(kernel: Kernel, cores: list[CoreSettings], events: list[Event]) -> Outcome:
    """What a kernel does."""
    tables = core_tables(cores)
    room: npt.NDArray[np.int64] = np.full((FIRED_ROWS, ROOM), -1)
    fired: FiredNeurons = []
    for event in events:
        number = kernel(tables, *event, room)
        fired.append([tuple(column) for column in room[:, :number].T.tolist()])
    return Outcome(tables.neurons.tolist(), fired, tables.counts.tolist())


def one_neuron(weight: int, *, threshold: int, to_zero: bool = False) -> CoreSettings:
    """A core of one neuron at 0 with one weight."""
    return CoreSettings(
        rule=spike_rule.SpikeRule(
            threshold_high=threshold, threshold_low=-100, return_to_zero=to_zero
        ),
        weights=np.full((1, 1, 1, 1), weight, dtype=np.int8),
        neurons=np.zeros((1, 1, 1), dtype=np.int16),
        input_map=(1, 1),
    )


def examples(many: int, most_operations: int = 400) -> list[Example]:
    """Some drawn by lot, always the same ones, and single neurons.

    Those that reach many kinds of counts come first.

    Args:
        many: how many to draw.
        most_operations: of one example; larger ones are left out.
    """
    made: list[Example] = []
    for core in (one_neuron(127, threshold=127), one_neuron(-100, threshold=100)):
        trains = [(0, 0, 0, 0)]
        made.append(Example([core], trains, by_the_rule([core], trains)))

    @settings(
        derandomize=True, database=None, deadline=None, max_examples=many, phases=[Phase.generate]
    )
    @given(st.data(), some_cores)
    def make(data: st.DataObject, cores: list[CoreSettings]) -> None:
        events = data.draw(spike_cores.events(cores))
        outcome = by_the_rule(cores, events)
        if 0 < sum(counts[OPERATIONS] for counts in outcome.counts) <= most_operations:
            made.append(Example(cores, events, outcome))

    make()
    return sorted(made, key=lambda example: -np.count_nonzero(example.outcome.counts))
