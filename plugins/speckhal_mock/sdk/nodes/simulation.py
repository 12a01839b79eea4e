"""How events get through the vendor's simulator, specksim: each node sends on what its layer makes.

A layer finishes what it gets at once before the next one begins, as sinabs' page on specksim says.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.emulation.specksim import EventColumns, WeightedColumns
from speckhal_mock.pybind.values import make_many
from speckhal_mock.sdk.nodes.stream import EventType, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from speckhal_mock.emulation.specksim import Pair

    # of the columns of what its layer takes, with weights or without
    Rule = Callable[[Any], Iterator[EventColumns]]

_MEMBERS: Final = ("feature", "y", "x", "timestamp")


class Batch(Sequence[object]):
    """Events in columns, which become objects only if somebody looks at them."""

    def __init__(self, event_type: EventType, columns: EventColumns) -> None:
        self.columns = columns
        self._class: type[Any] = event_type.classes[0]
        self._events: list[object] | None = None

    def __len__(self) -> int:
        return len(self.columns)

    @overload
    def __getitem__(self, index: int) -> object: ...

    @overload
    def __getitem__(self, index: slice) -> list[object]: ...

    def __getitem__(self, index: int | slice) -> object:
        return self._made()[index]

    def __iter__(self) -> Iterator[object]:
        return iter(self._made())

    def _made(self) -> list[object]:
        if self._events is None:
            whole = [getattr(self.columns, member).tolist() for member in _MEMBERS]
            if isinstance(self.columns, WeightedColumns):
                whole.append(self.columns.weight.tolist())
            self._events = make_many(self._class, *whole)
        return self._events


class Simulated:
    """What a layer makes of the events that come in.

    Attributes:
        name: of the layer, or of the node that has it, for what is said.
        rule: what it computes.
        in_shape: rows and columns of the input.
    """

    def __init__(
        self,
        name: str,
        offers: EventType,
        rule: Rule,
        features: int | None,
        in_shape: Pair,
        *,
        drops: bool,
    ) -> None:
        self.name = name
        self.rule = rule
        self.in_shape = in_shape
        self._offers = offers
        self._features = features
        self._drops = drops
        self._warned = False

    def make(self, events: Sequence[object]) -> Iterator[Batch]:
        """What the layer makes of `events`, in parts."""
        columns = _columns(events)
        outside = columns.outside(self._features, self.in_shape)
        if outside.any():
            self._go_without(events[int(np.argmax(outside))])
            columns = columns.where(~outside)
        for made in self.rule(columns):
            if len(made):
                yield Batch(self._offers, made)

    def _go_without(self, stranger: object) -> None:
        """Say once that something comes in that is outside the layer's input.

        Raises:
            NotEmulatedError: the options want an end where that is so.
        """
        size = " x ".join(map(str, self.in_shape))
        wanted = size if self._features is None else f"{self._features} features of {size}"
        said = (
            f"A {self.name} got {stranger!r}, and its input has {wanted}. What samna's does with "
            f"that is not known"
        )
        hint = (
            "Convert the spiking model and no DynapcnnNetwork: sinabs 3.1.3 leaves out the pooling "
            "of these, and takes their layers in another order."
        )
        if not self._drops:
            raise NotEmulatedError(f"{said}, and not emulated.", hint=hint)
        if not self._warned:
            self._warned = True
            warn_user(f"{said}: it is dropped (option specksim_outside). {hint}", EmulationWarning)


class SimulatedLayer(Node):
    """Sends on what its layer makes of the events that come in.

    Attributes:
        simulated: the layer; None before there are parameters.
    """

    def __init__(self, name: str, accepts: EventType, offers: EventType) -> None:
        super().__init__(accepts, offers)
        self._name = name
        self.simulated: Simulated | None = None

    def ready(self) -> Simulated:
        """The layer, or RuntimeError before there is one."""
        if self.simulated is None:
            raise RuntimeError(
                f"A {self._name} was asked to work before it had what it needs. Call its "
                f"set_parameters, and set_weights if it has that, first."
            )
        return self.simulated

    def receive(self, events: Sequence[object]) -> None:
        """Pass on what the layer makes of `events`."""
        for batch in self.ready().make(events):
            self.emit(batch)


def _columns(events: Sequence[object]) -> EventColumns:
    if isinstance(events, Batch):
        return events.columns
    feature, y, x, timestamp = (_column(events, member, np.int64) for member in _MEMBERS)
    if events and hasattr(events[0], "weight"):
        weight = _column(events, "weight", np.float64)
        return WeightedColumns(feature, y, x, timestamp, weight)
    return EventColumns(feature, y, x, timestamp)


def _column(events: Sequence[object], member: str, kind: type[Any]) -> npt.NDArray[Any]:
    return np.fromiter(map(attrgetter(member), events), dtype=kind, count=len(events))
