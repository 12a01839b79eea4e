"""What goes over the wire: events become commands of the board, its arrays become events."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.pybind.values import make_many
from speckhal_mock.sdk.faults import AnswersLate, Call, Garbles
from speckhal_mock.sdk.nodes.stream import cpp_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    import numpy.typing as npt

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.memory import MemoryKind
    from speckhal_mock.emulation.outputs import Stamps
    from speckhal_mock.emulation.sensor import DvsEvents
    from speckhal_mock.pybind.values import Value
    from speckhal_mock.sdk.nodes.stream import Node
    from speckhal_mock.sdk.session import Session

KeyT = TypeVar("KeyT")


def _column(events: Sequence[Any], member: str) -> npt.NDArray[np.int64]:
    return np.fromiter(map(attrgetter(member), events), dtype=np.int64, count=len(events))


_COMMANDS: Final = {
    "ReadNeuronValue": ("read_neurons", "address"),
    "WriteNeuronValue": ("write_neurons", "address", "neuron_state"),
    "ReadBiasValue": ("read_biases", "address"),
    "WriteBiasValue": ("write_biases", "address", "bias"),
    "ReadWeightValue": ("read_weights", "address"),
    "WriteWeightValue": ("write_weights", "address", "weight"),
}
"""By the event's name: the board's method, and the members that it takes besides the core."""

DVS_LAYER: Final = 13
"""What stands for a core in events from behind the sensor's pre-processing."""

_SPIKES: Final = frozenset({"Spike", "DvsEvent"})

_OF_THE_SENSOR: Final = frozenset({"KillSensorPixel", "ResetSensorPixel"})
"""What makes no difference to a scene that stands still."""

_OF_THE_READOUT: Final = frozenset({"AverageSel", "OutputModeSel"})
"""What makes no difference to a readout that no spike reaches."""


def send(board: EmulatedBoard, events: Sequence[object]) -> None:
    """Send a script's events to the board, in their order; neighbours of one kind in one piece.

    Raises:
        NotEmulatedError: the emulated chip does not do one of them; then none is sent.
        ValueError: there is no such core, or no such address on it; those before are sent.
    """
    runs = list(_runs(events, type))
    for kind, _ in runs:
        if kind.__name__ not in _COMMANDS and not _is_idle(kind.__name__, board):
            raise NotEmulatedError(_why_not(kind))
    for kind, of_kind in runs:
        if kind.__name__ not in _COMMANDS:
            continue
        for core, run in _runs(of_kind, _core):
            method, *members = _COMMANDS[kind.__name__]
            getattr(board, method)(core, *(_column(run, member) for member in members))


_core: Callable[[object], int] = attrgetter("layer")


def _runs(
    events: Sequence[object], key: Callable[[object], KeyT]
) -> Iterator[tuple[KeyT, Sequence[object]]]:
    """Neighbours with one key, together with it. Most often that is all of them.

    A full core is 65,536 events, so what is done for each is done in C.
    """
    keys = set(map(key, events))
    if len(keys) == 1:
        yield keys.pop(), events
    else:
        for one, run in groupby(events, key=key):
            yield one, list(run)


def _is_idle(kind: str, board: EmulatedBoard) -> bool:
    """Whether the board may take such events as they come, since nothing follows from them."""
    if kind in _OF_THE_SENSOR:
        return not board.options.dvs_event_rate_hz
    return kind in _OF_THE_READOUT


def _why_not(kind: type[object]) -> str:
    known = ", ".join(_COMMANDS)
    if kind.__name__ in _OF_THE_SENSOR:
        return (
            f"Asked to send a {cpp_name(kind)}: which pixels the events of dvs_event_rate_hz come "
            f"from is not emulated. Leave that option at 0."
        )
    if kind.__name__ in _SPIKES:
        return (
            f"Asked to send a {cpp_name(kind)}: input spikes are not emulated yet; leak, reads and "
            f"writes are. Events that are emulated: {known}."
        )
    return f"Asked to send a {cpp_name(kind)}, which is not emulated. Events that are: {known}."


class Uplink:
    """Turns what a board sends into one chip's events, if anybody listens.

    Args:
        events: the chip's event module.
        outlet: where the events come out.
        session: of the board.
    """

    def __init__(self, events: ModuleType, outlet: Node, session: Session) -> None:
        self._outlet = outlet
        self._session = session
        self._of_memory: dict[MemoryKind, type[Value]] = {
            "neuron": events.NeuronValue,
            "bias": events.BiasValue,
            "weight": events.WeightValue,
        }
        self._spike: type[Value] = events.Spike
        self._dvs_event: type[Value] = events.DvsEvent

    def memory_values(
        self,
        kind: MemoryKind,
        core: int,
        addresses: npt.NDArray[np.int64],
        values: npt.NDArray[np.int8] | npt.NDArray[np.int16],
    ) -> None:
        """Answer one request to read, unless something goes wrong with that on purpose."""
        if self._outlet.is_heard:
            with self._session.calling(Call.ANSWER) as fault:
                events: Sequence[object] = _rows(self._of_memory[kind], core, addresses, values)
                if isinstance(fault, AnswersLate):
                    self._session.board.hold_back(lambda: self._outlet.emit(events), fault.extra_s)
                else:
                    changed = fault.change(events) if isinstance(fault, Garbles) else events
                    self._outlet.emit(changed)

    def spikes(
        self,
        core: int,
        c: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        timestamps_us: npt.NDArray[np.int64],
    ) -> None:
        """Send spikes of a core, one event for each."""
        if self._outlet.is_heard:
            self._outlet.emit(_rows(self._spike, core, c, y, x, timestamps_us))

    def dvs_events(
        self, raw: DvsEvents | None, processed: DvsEvents | None, stamps_us: Stamps
    ) -> None:
        """Events of the sensor, in the order of time where both monitors are on."""
        if not self._outlet.is_heard:
            return
        moments: list[npt.NDArray[np.int64]] = []
        events: list[object] = []
        if raw is not None:
            moments.append(raw.moments)
            columns = (raw.p.astype(bool), raw.y, raw.x, stamps_us(raw.moments))
            events += make_many(self._dvs_event, *(column.tolist() for column in columns))
        if processed is not None:
            moments.append(processed.moments)
            stamps = stamps_us(processed.moments)
            events += _rows(self._spike, DVS_LAYER, processed.p, processed.y, processed.x, stamps)
        if len(moments) > 1:
            order = np.argsort(np.concatenate(moments), kind="stable")
            events = [events[number] for number in order.tolist()]
        if events:
            self._outlet.emit(events)


def _rows(kind: type[Value], core: int, *columns: npt.NDArray[np.integer[Any]]) -> Sequence[object]:
    """One event for each row: the core comes first in all of these classes."""
    return make_many(kind, [core] * len(columns[0]), *(column.tolist() for column in columns))
