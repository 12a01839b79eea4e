from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock import samna
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.sdk.event_codec import send

if TYPE_CHECKING:
    from types import SimpleNamespace

    import numpy as np
    import numpy.typing as npt

EVENT = samna.speck2f.event
EMULATED = {
    "ReadNeuronValue": "read_neurons",
    "WriteNeuronValue": "write_neurons",
    "ReadBiasValue": "read_biases",
    "WriteBiasValue": "write_biases",
    "ReadWeightValue": "read_weights",
    "WriteWeightValue": "write_weights",
}
VALUES = {
    "WriteNeuronValue": "neuron_state",
    "WriteBiasValue": "bias",
    "WriteWeightValue": "weight",
}


class RecordingBoard:
    """Writes down its calls: method, core, and one row of ints for each event."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, list[tuple[int, ...]]]] = []

    def __getattr__(self, method: str) -> object:
        def record(core: int, *columns: npt.NDArray[np.int64]) -> None:
            rows = list(zip(*(column.tolist() for column in columns), strict=True))
            self.calls.append((method, core, rows))

        return record


commands = st.tuples(
    st.sampled_from(sorted(EMULATED)), st.integers(0, 1), st.integers(0, 9), st.integers(-9, 9)
)


@given(st.lists(commands))
def test_every_event_arrives_once_in_order_and_neighbours_together(
    wanted: list[tuple[str, int, int, int]],
) -> None:
    events, expected = [], []
    for kind, core, address, value in wanted:
        row = (address, value) if kind in VALUES else (address,)
        events.append(getattr(EVENT, kind)(core, *row))
        expected.append((EMULATED[kind], core, row))
    board = RecordingBoard()

    send(board, events)  # type: ignore[arg-type]  # as much of a board as is needed

    assert [(method, core, row) for method, core, rows in board.calls for row in rows] == expected
    for before, after in zip(board.calls, board.calls[1:], strict=False):
        assert before[:2] != after[:2]


@pytest.mark.parametrize(
    ("module", "union"),
    [(samna.speck2e.event, "Speck2eInputEvent"), (samna.speck2f.event, "InputEvent")],
)
def test_events_that_are_not_emulated_are_refused_by_name(
    module: SimpleNamespace, union: str
) -> None:
    idle = {"KillSensorPixel", "ResetSensorPixel", "AverageSel", "OutputModeSel"}
    idle |= {"ReadFilterValue", "WriteFilterValue", "ReadRegisterValue"}
    known = {*EMULATED, "Spike", "DvsEvent", *idle}
    others = [kind for kind in get_args(getattr(module, union)) if kind.__name__ not in known]
    assert len(others) >= 13
    for kind in others:
        board = RecordingBoard()
        with pytest.raises(NotEmulatedError, match=rf"::event::{kind.__name__}\b"):
            send(board, [module.ReadNeuronValue(), kind()])  # type: ignore[arg-type]  # as above
        assert board.calls == [], "nothing of a list is sent if a part of it is refused"


def test_spikes_arrive_between_commands_and_neighbours_together() -> None:
    board = RecordingBoard()
    spikes = [EVENT.Spike(layer=3, feature=7, y=5, x=6, timestamp=8), EVENT.Spike(layer=12)]
    events = [EVENT.ReadNeuronValue(), *spikes, EVENT.ReadBiasValue()]
    send(board, events)  # type: ignore[arg-type]  # as above

    methods = [method for method, _, _ in board.calls]
    assert methods == ["read_neurons", "play_spikes", "read_biases"]
    layers, rows = board.calls[1][1:]
    assert str(layers) == "[ 3 12]"
    assert rows == [(8, 7, 5, 6), (0, 0, 0, 0)]


def test_what_is_no_event_of_the_chip_is_a_type_error(rig: SimpleNamespace) -> None:
    other = {"speck2e": samna.speck2f, "speck2f": samna.speck2e}[rig.chip.name].event
    source = samna.graph.source_to(rig.model.get_sink_node())

    for stranger in (other.ReadNeuronValue(), rig.chip.event.NeuronValue(), 3, None):
        with pytest.raises(TypeError, match=rf"write takes a list of {rig.chip.name}::event::"):
            source.write([*rig.reads(), stranger])
    for no_list in (rig.reads()[0], "text", 3, None, {1: 2}):
        with pytest.raises(TypeError, match="write takes a list"):
            source.write(no_list)


def test_what_the_core_does_not_have_is_an_error(rig: SimpleNamespace) -> None:
    source = samna.graph.source_to(rig.model.get_sink_node())

    with pytest.raises(ValueError, match="no core 9"):
        source.write(rig.reads(core=9))
    with pytest.raises(ValueError, match="no neuron address 16384"):
        source.write(rig.reads([16384], core=8))


def test_a_whole_core_can_be_read_in_one_write(rig: SimpleNamespace) -> None:
    sink = samna.graph.sink_from(rig.model.get_source_node())
    source = samna.graph.source_to(rig.model.get_sink_node())

    source.write(rig.reads(range(65536)))
    answers: list[Any] = sink.get_n_events(65536, timeout=1000)

    assert [answer.address for answer in answers] == list(range(65536))


def test_what_nobody_hears_is_lost(rig: SimpleNamespace) -> None:
    source = samna.graph.source_to(rig.model.get_sink_node())
    source.write(rig.reads())
    rig.clock.sleep_s(1)

    sink = samna.graph.sink_from(rig.model.get_source_node())

    assert sink.get_events() == []
