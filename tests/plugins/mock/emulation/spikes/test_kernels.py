"""What one input spike does to a core: both kernels against the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spike_cores
from core_tables_made import CoreSettings, core_tables
from speckhal_mock.emulation import spike_rule
from speckhal_mock.emulation.spikes import compiled_kernel, numpy_kernel
from speckhal_mock.emulation.spikes.core_tables import FIRED_ROWS, KERNEL_COUNTS

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from spike_cores import Event

KERNELS: Final = {"compiled": compiled_kernel.take_event, "numpy": numpy_kernel.take_event}
ROOM: Final = 16 * 16 * 70

unhurried = settings(deadline=None, max_examples=50)
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


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@unhurried
@given(data=st.data(), cores=some_cores)
def test_a_kernel_does_what_the_rule_says(
    kernel: Callable[..., int], data: st.DataObject, cores: list[CoreSettings]
) -> None:
    events = data.draw(spike_cores.events(cores))
    states, fired, counts = by_the_rule(cores, events)
    tables = core_tables(cores)
    room = np.full((FIRED_ROWS, ROOM), -1)

    for event, expected in zip(events, fired, strict=True):
        number = kernel(tables, *event, room)

        assert [tuple(column) for column in room[:, :number].T.tolist()] == expected

    after = [attrs.evolve(core, neurons=state) for core, state in zip(cores, states, strict=True)]
    np.testing.assert_array_equal(tables.neurons, core_tables(after).neurons)
    assert tables.counts.tolist() == counts
