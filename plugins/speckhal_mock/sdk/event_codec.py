"""What goes over the wire: events become commands of the board, its arrays become events."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.emulation.registers import check_registers
from speckhal_mock.pybind.values import make_many
from speckhal_mock.sdk.faults import AnswersLate, Call, Garbles
from speckhal_mock.sdk.nodes.stream import cpp_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    import numpy.typing as npt

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.memory import MemoryKind
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

_TO_MANY: Final = {
    "Spike": ("play_spikes", "layer", "timestamp", "feature", "y", "x"),
    "DvsEvent": ("play_dvs_events", "timestamp", "p", "y", "x"),
    "KillSensorPixel": ("kill_pixels", "y", "x"),
    "ReadFilterValue": ("read_filter", "y", "x"),
    "WriteFilterValue": ("write_filter", "y", "x", "data"),
    "ReadRegisterValue": ("read_registers", "address"),
}
"""The same of events that are of no core; the board takes neighbours in one piece."""

_TO_ONE: Final = {
    "ResetSensorPixel": ("revive_pixels",),
    "OutputModeSel": ("set_readout_mode", "mode_sel"),
    "AverageSel": ("select_readout", "average_sel"),
}
"""The same of events that the board takes one by one."""

_INSTEAD: Final = {
    "ReadoutRequest": ": what a chip answers is not published. With readout.enable and "
    "readout.monitor_enable a ReadoutValue comes at each tick of its slow clock",
    "IdCodeRequest": ": the identity of a chip is not published",
    "WriteRegisterValue": ": registers are not published. apply_configuration() sets what they do",
    "WriteSramValue": ": addresses of bytes are not published. WriteNeuronValue, WriteWeightValue, "
    "WriteBiasValue and WriteFilterValue write words of a core and of the filter",
    "ReadSramValue": ": addresses of bytes are not published. ReadNeuronValue, ReadWeightValue, "
    "ReadBiasValue and ReadFilterValue read words of a core and of the filter",
}
"""Of events that are not emulated: why, and what does what a script may want."""

_EMULATED: Final = (*_COMMANDS, *_TO_MANY, *_TO_ONE)


def send(board: EmulatedBoard, events: Sequence[object]) -> None:
    """Send a script's events to the board, in their order; neighbours of one kind in one piece.

    Raises:
        NotEmulatedError: the emulated chip does not do one of them; then none is sent.
        ValueError: there is no such core, or no such address on it; those before are sent.
    """
    runs = list(_runs(events, type))
    for kind, of_kind in runs:
        if kind.__name__ == "ReadRegisterValue":
            check_registers(board.kit.chip, _column(of_kind, "address"))
        if kind.__name__ not in _EMULATED:
            instead = _INSTEAD.get(kind.__name__, "")
            raise NotEmulatedError(
                f"Asked to send a {cpp_name(kind)}, which is not emulated{instead}. Events that "
                f"are: {', '.join(_EMULATED)}."
            )
    for kind, of_kind in runs:
        name = kind.__name__
        if name in _TO_MANY:
            method, *members = _TO_MANY[name]
            getattr(board, method)(*(_column(of_kind, member) for member in members))
        elif name in _TO_ONE:
            method, *members = _TO_ONE[name]
            for event in of_kind:
                getattr(board, method)(*(getattr(event, member) for member in members))
        else:
            method, *members = _COMMANDS[name]
            for core, run in _runs(of_kind, _core):
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
        self._kinds: dict[str, type[Value]] = {
            "spikes": events.Spike,
            "dvs_events": events.DvsEvent,
            "readout_values": events.ReadoutValue,
            "readout_pins": events.ReadoutPinValue,
            "filter_values": events.FilterValue,
            "register_values": events.RegisterValue,
        }

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
        layers: npt.NDArray[np.int64],
        c: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        timestamps_us: npt.NDArray[np.int64],
    ) -> None:
        """Send spikes of cores, one event for each."""
        self._send("spikes", layers, c, y, x, timestamps_us)

    def dvs_events(
        self,
        p: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        timestamps_us: npt.NDArray[np.int64],
    ) -> None:
        """Send events of pixels as they come into the pre-processing."""
        self._send("dvs_events", p, y, x, timestamps_us)

    def readout_values(self, values: npt.NDArray[np.int64]) -> None:
        """Send values of the readout."""
        self._send("readout_values", values)

    def readout_pins(
        self, indices: npt.NDArray[np.int64], timestamps_us: npt.NDArray[np.int64]
    ) -> None:
        """Send events of the readout's pins."""
        self._send("readout_pins", indices, timestamps_us)

    def filter_values(
        self,
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        counters: npt.NDArray[np.int64],
    ) -> None:
        """Answer requests for counters of the sensor's filter."""
        self._send("filter_values", y, x, counters)

    def register_values(
        self, addresses: npt.NDArray[np.int64], values: npt.NDArray[np.int64]
    ) -> None:
        """Answer requests for registers."""
        self._send("register_values", addresses, values)

    def mixed(
        self,
        tables: Sequence[tuple[str, Sequence[npt.NDArray[np.int64]]]],
        order: npt.NDArray[np.int64],
    ) -> None:
        """Send events of several kinds in that order."""
        if self._outlet.is_heard:
            events = [event for kind, columns in tables for event in self._made(kind, columns)]
            self._outlet.emit([events[number] for number in order.tolist()])

    def _send(self, kind: str, *columns: npt.NDArray[np.int64]) -> None:
        if self._outlet.is_heard:
            self._outlet.emit(self._made(kind, columns))

    def _made(self, kind: str, columns: Sequence[npt.NDArray[np.int64]]) -> Sequence[object]:
        """One event for each row."""
        rows: list[list[Any]] = [column.tolist() for column in columns]
        if kind == "dvs_events":
            rows[0] = [bool(p) for p in rows[0]]
        return make_many(self._kinds[kind], *rows)


def _rows(kind: type[Value], core: int, *columns: npt.NDArray[np.integer[Any]]) -> Sequence[object]:
    """One event for each row: the core comes first in all of these classes."""
    return make_many(kind, [core] * len(columns[0]), *(column.tolist() for column in columns))
