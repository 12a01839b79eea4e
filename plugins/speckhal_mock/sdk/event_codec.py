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
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    import numpy.typing as npt

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.outputs import BoardOutputs, Stamps
    from speckhal_mock.emulation.sensor import DvsEvents
    from speckhal_mock.pybind.values import Value
    from speckhal_mock.sdk.nodes.stream import Node
    from speckhal_mock.sdk.session import Session

    # events that have an address; Any, because each class has a value of another name
    Command = Callable[[EmulatedBoard, int, Sequence[Any]], None]

KeyT = TypeVar("KeyT")


def _column(events: Sequence[Any], member: str) -> npt.NDArray[np.int64]:
    return np.fromiter(map(attrgetter(member), events), dtype=np.int64, count=len(events))


_COMMANDS: Final[Mapping[str, Command]] = {
    "ReadNeuronValue": lambda board, core, events: board.read_neurons(
        core, _column(events, "address")
    ),
    "WriteNeuronValue": lambda board, core, events: board.write_neurons(
        core, _column(events, "address"), _column(events, "neuron_state")
    ),
    "ReadBiasValue": lambda board, core, events: board.read_biases(
        core, _column(events, "address")
    ),
    "WriteBiasValue": lambda board, core, events: board.write_biases(
        core, _column(events, "address"), _column(events, "bias")
    ),
    "ReadWeightValue": lambda board, core, events: board.read_weights(
        core, _column(events, "address")
    ),
    "WriteWeightValue": lambda board, core, events: board.write_weights(
        core, _column(events, "address"), _column(events, "weight")
    ),
}

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
            _COMMANDS[kind.__name__](board, core, run)


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
        self._neuron_value: type[Value] = events.NeuronValue
        self._bias_value: type[Value] = events.BiasValue
        self._weight_value: type[Value] = events.WeightValue
        self._spike: type[Value] = events.Spike
        self._dvs_event: type[Value] = events.DvsEvent

    def neuron_values(
        self, core: int, addresses: npt.NDArray[np.int64], values: npt.NDArray[np.int16]
    ) -> None:
        """Answer a request for membrane potentials of a core."""
        self._answer(self._neuron_value, core, addresses, values)

    def bias_values(
        self, core: int, addresses: npt.NDArray[np.int64], values: npt.NDArray[np.int16]
    ) -> None:
        """Answer a request for biases of a core."""
        self._answer(self._bias_value, core, addresses, values)

    def weight_values(
        self, core: int, addresses: npt.NDArray[np.int64], values: npt.NDArray[np.int8]
    ) -> None:
        """Answer a request for weights of a core."""
        self._answer(self._weight_value, core, addresses, values)

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

    def _answer(self, kind: type[Value], core: int, *columns: npt.NDArray[np.integer[Any]]) -> None:
        if self._outlet.is_heard:
            with self._session.calling(Call.ANSWER) as fault:
                events: Sequence[object] = _rows(kind, core, *columns)
                if isinstance(fault, AnswersLate):
                    self._session.board.hold_back(lambda: self._outlet.emit(events), fault.extra_s)
                else:
                    changed = fault.change(events) if isinstance(fault, Garbles) else events
                    self._outlet.emit(changed)


def _rows(kind: type[Value], core: int, *columns: npt.NDArray[np.integer[Any]]) -> Sequence[object]:
    """One event for each row: the core comes first in all of these classes."""
    return make_many(kind, [core] * len(columns[0]), *(column.tolist() for column in columns))


if TYPE_CHECKING:

    def _conforms(uplink: Uplink) -> BoardOutputs:
        return uplink
