"""What each core had to do with spikes, for devices that can say it: emulations, no chip."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final, Protocol, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@attrs.frozen
class CoreActivity:
    """What a core did since its configuration was written, or in the run that it is of.

    Attributes:
        core: which one.
        events: input spikes that it took.
        operations: synaptic operations, those through a weight of 0 among them.
        updates: neurons that were added to and compared.
        floor_hits: updates that the lower threshold held up.
        saturations: updates whose sum left 16 bits.
        spikes: neurons that fired at an input spike.
        spikes_of_ticks: neurons that fired at a tick and whose spikes went on.
        residues: spikes that left their neuron at or above the threshold.
        busy_s: time that its events took.
        stalled_s: time that its spikes waited for room in the core behind.
        longest_queue: most events that were waiting at one moment, since the last stimulation
            began.
        delay_s: time that all events were waiting together.
        longest_delay_s: most that one was waiting, since the last stimulation began.
        dropped: events that the congestion balancer dropped.
        lost: events that were lost since neurons had just been written.
        outside: events outside its input map.
        decimated: spikes that the output decimator kept back.
    """

    core: int
    events: int
    operations: int
    updates: int
    floor_hits: int
    saturations: int
    spikes: int
    spikes_of_ticks: int
    residues: int
    busy_s: float
    stalled_s: float
    longest_queue: int
    delay_s: float
    longest_delay_s: float
    dropped: int
    lost: int
    outside: int
    decimated: int

    def since(self, before: CoreActivity) -> CoreActivity:
        """What it did after that, where nothing began to count anew in between."""
        sums = (field.name for field in attrs.fields(CoreActivity) if field.name not in _NO_SUMS)
        return attrs.evolve(
            self, **{name: getattr(self, name) - getattr(before, name) for name in sums}
        )


_NO_SUMS: Final = frozenset({"core", "longest_queue", "longest_delay_s"})


class ReportsActivity(Protocol):
    """A device that knows what its cores had to do. It may leave this out; ask by `activity_of`."""

    def activity(self) -> Sequence[CoreActivity]:
        """What each core did since the network was deployed; empty where no spike came yet.

        `longest_queue` and `longest_delay_s` are since the last stimulation began.

        Raises:
            DeviceClosed: the device is closed.
        """


class PermitsOrders(Protocol):
    """A backend whose boards can follow any of the orders of spikes that a chip may follow.

    It may leave this out; ask by `order_options`.
    """

    def order_options(self, number: int) -> Mapping[str, object]:
        """Options for `open` by which a board follows one of these orders.

        Args:
            number: which one, from 1 on; the same number is the same order.
        """


def activity_of(device: object) -> tuple[CoreActivity, ...]:
    """What the cores of a plugin's device did; empty where it does not say it.

    What a wrapper only passes on by `__getattr__` does not count.
    """
    if inspect.getattr_static(device, "activity", None) is None:
        return ()
    return tuple(cast("ReportsActivity", device).activity())


def activity_since(
    before: Sequence[CoreActivity], after: Sequence[CoreActivity]
) -> tuple[CoreActivity, ...]:
    """What each core did between two answers of `activity_of`.

    Where it counted anew in between, as with another network, it is what it did since then.
    """
    known = {core.core: core for core in before}
    return tuple(
        core.since(known[core.core])
        if core.core in known and known[core.core].events <= core.events
        else core
        for core in after
    )


def order_options(backend: object, number: int) -> Mapping[str, object] | None:
    """Options of a backend for one of the permitted orders; None where it knows no orders.

    What a wrapper only passes on by `__getattr__` does not count.
    """
    if inspect.getattr_static(backend, "order_options", None) is None:
        return None
    return dict(cast("PermitsOrders", backend).order_options(number))
