"""The emulated event classes have pybind11's manners."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
from collections import deque
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.pybind.casters import Integer
from speckhal_mock.pybind.values import Record, Value, make_many
from speckhal_mock.samna import speck2e, speck2f

# what a type checker says of wrong calls is not under test here
event_2e: Any = speck2e.event
event_2f: Any = speck2f.event

_INPUT = """
    Spike DvsEvent KillSensorPixel ResetSensorPixel OutputModeSel AverageSel AsiRequest
    ReadoutRequest ScanChainValue WriteNeuronValue ReadNeuronValue WriteWeightValue ReadWeightValue
    WriteBiasValue ReadBiasValue WriteRegisterValue ReadRegisterValue WriteFilterValue
    ReadFilterValue WriteSramValue ReadSramValue IdCodeRequest FlashRead FlashWrite FlashErase
    FlashSpiRaw FlashWriteEnable FlashQueryStatus
""".split()  # noqa: SIM905  # one a line would fill a page
_OUTPUT = """
    Spike DvsEvent InputInterfaceEvent NeuronValue BiasValue WeightValue RegisterValue ReadoutValue
    FilterValue SramValue FilterDvsEvent FilterValueCurrent FilterValuePrevious ScanChainValue
    IdCode FlashValue FlashSpiRaw FlashStatus ReadoutPinValue
""".split()  # noqa: SIM905  # one a line would fill a page
_WITHOUT_MEMBERS = {
    "AsiRequest",
    "FlashQueryStatus",
    "FlashWriteEnable",
    "IdCodeRequest",
    "ReadoutRequest",
    "RequestSpiMon",
    "ResetSensorPixel",
}
_MODULES = (event_2f, event_2e)


def classes_of(module: ModuleType) -> list[type[Value]]:
    return [
        item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Value)
    ]


_CLASSES = [event_class for module in _MODULES for event_class in classes_of(module)]
_INTEGERS = [
    (event_class, field.name, field.caster)
    for event_class in _CLASSES
    for field in event_class._layout.fields.values()
    if isinstance(field.caster, Integer)
]


def names(union: object) -> list[str]:
    return [event_class.__name__ for event_class in get_args(union)]


def test_the_unions_hold_the_vendors_classes_in_the_vendors_order() -> None:
    assert names(event_2f.InputEvent) == _INPUT
    assert names(event_2f.OutputEvent) == [*_OUTPUT, "DroppedEventsNum"]
    assert names(event_2e.Speck2eInputEvent) == [*_INPUT, "RequestSpiMon", "Frame"]
    assert names(event_2e.Speck2etInputEvent) == [*_INPUT, "RequestSpiMon"]
    assert names(event_2e.OutputEvent) == [*_OUTPUT, "SpiMon"]


@pytest.mark.parametrize(("module", "number"), [(event_2f, 38 + 5), (event_2e, 41 + 5)])
def test_every_documented_class_and_the_five_others_exist(module: ModuleType, number: int) -> None:
    own = [item for item in classes_of(module) if item.__module__.startswith("samna.speck2")]

    assert len(own) == number


@pytest.mark.parametrize("module", _MODULES)
def test_classes_go_by_the_vendors_names(module: ModuleType) -> None:
    chip = module.__name__.split(".")[-2]
    for name, event_class in vars(module).items():
        if isinstance(event_class, type) and issubclass(event_class, Value) and name[0] != "_":
            assert event_class.__module__ == f"samna.{chip}.event"
            assert event_class.__qualname__ == event_class.__name__ == name


@pytest.mark.parametrize("event_class", _CLASSES)
def test_only_classes_with_members_can_be_written_as_json(event_class: type[Value]) -> None:
    has_json = issubclass(event_class, Record)

    assert has_json == (event_class.__name__ not in _WITHOUT_MEMBERS)
    assert has_json == bool(event_class._layout.fields)
    assert hasattr(event_class, "to_json") == hasattr(event_class, "from_json") == has_json


def test_events_of_the_two_chips_are_of_different_classes() -> None:
    one, other = event_2f.Spike(layer=1), event_2e.Spike(layer=1)

    assert one != other
    assert not issubclass(type(one), type(other))


def test_arguments_go_by_position_in_declaration_order_or_by_name() -> None:
    by_name = event_2f.Spike(timestamp=5, feature=2, x=4, y=3, layer=1)

    assert by_name == event_2f.Spike(1, 2, 3, 4, 5)
    assert by_name == event_2f.Spike(1, 2, x=4, y=3, timestamp=5)
    assert event_2e.KillSensorPixel(7, 9).y == 7


def test_a_new_event_is_all_zeros() -> None:
    spike, erase = event_2f.Spike(), event_2f.FlashErase()

    assert (spike.layer, spike.feature, spike.y, spike.x, spike.timestamp) == (0, 0, 0, 0, 0)
    assert event_2f.DvsEvent().p is False
    assert event_2e.Frame().data == []
    assert erase.type is speck2f.FlashEraseType["SECTOR_4KB"]


@pytest.mark.parametrize(
    ("arguments", "named", "complaint"),
    [
        ((1, 2, 3), {}, "at most 2 arguments"),
        ((), {"timestamp": 1}, "has no argument 'timestamp'"),
        ((1,), {"layer": 1}, "'layer'"),
        ((), {"layer": 256}, "takes an integer in 0..255"),
        ((), {"layer": "1"}, "takes an integer in 0..255"),
    ],
)
def test_a_constructor_refuses_what_it_does_not_know(
    arguments: tuple[int, ...], named: dict[str, object], complaint: str
) -> None:
    constructor: Any = event_2f.ReadNeuronValue
    with pytest.raises(TypeError, match=complaint):
        constructor(*arguments, **named)


def test_a_constructor_shows_its_arguments() -> None:
    assert str(inspect.signature(event_2f.ReadNeuronValue)) == "(layer=0, address=0)"


@pytest.mark.parametrize(("event_class", "member", "caster"), _INTEGERS)
def test_a_member_holds_just_what_its_c_type_holds(
    event_class: type[Value], member: str, caster: Integer
) -> None:
    event = event_class()
    for fitting in (caster.lowest, caster.highest):
        setattr(event, member, fitting)
        assert getattr(event, member) == fitting
    for misfit in (caster.lowest - 1, caster.highest + 1, 1.0, "1", None, [1], np.float64(1)):
        with pytest.raises(TypeError, match=rf"{event_class.__name__}\.{member} takes an integer"):
            setattr(event, member, misfit)
    assert getattr(event, member) == caster.highest


@pytest.mark.parametrize(
    "three", [3, np.int64(3), np.uint8(3), np.array(3), torch.tensor(3), torch.tensor([3])[0]]
)
def test_an_integer_of_any_make_is_read_back_as_a_plain_int(three: Any) -> None:
    event = event_2e.Spike(x=three)
    event.y = three

    assert type(event.x) is type(event.y) is int
    assert event.x == event.y == 3


def test_a_bool_is_an_integer_to_an_integer_member() -> None:
    event = event_2e.Spike(x=True)

    assert type(event.x) is int


@pytest.mark.parametrize(
    "yes", [True, 1, np.True_, np.int8(1), np.array(True), torch.tensor(True), torch.ones(2).any()]
)
def test_truth_of_any_make_is_read_back_as_a_plain_bool(yes: Any) -> None:
    assert event_2f.DvsEvent(p=yes).p is True
    assert event_2f.InputInterfaceEvent(msp=yes).msp is True


@pytest.mark.parametrize(
    "misfit", ["1", b"1", "", [True], [], (), {}, object(), np.array([1, 0]), torch.tensor([1, 0])]
)
def test_a_bool_member_refuses_what_is_no_truth_value(misfit: Any) -> None:
    event = event_2f.DvsEvent(p=True)
    with pytest.raises(TypeError, match="takes a bool, 0 or 1"):
        event.p = misfit
    assert event.p is True


@pytest.mark.parametrize("items", [[1, 255], (1, 255), np.array([1, 255]), deque([1, 255])])
def test_a_vector_member_is_taken_from_a_row_and_read_as_a_copy(items: Any) -> None:
    event = event_2f.FlashSpiRaw(raw_data=items)

    event.raw_data.append(3)

    assert event.raw_data == [1, 255]
    assert event_2f.FlashSpiRaw([1, 255]) == event


@pytest.mark.parametrize(
    "misfit", ["ab", b"ab", 3, [256], [1.0], {1: 2}, {1}, np.zeros((2, 2)), torch.tensor([1])]
)
def test_a_vector_member_refuses_what_is_no_row_of_its_integers(misfit: Any) -> None:
    event = event_2f.FlashSpiRaw([1])
    with pytest.raises(TypeError, match=r"FlashSpiRaw\.raw_data takes"):
        event.raw_data = misfit
    assert event.raw_data == [1]


def test_an_enum_member_takes_only_the_chips_own_enum() -> None:
    erase = event_2f.FlashErase(speck2f.FlashEraseType["CHIP"])
    misfits: list[Any] = [4, speck2e.FlashEraseType["CHIP"], None]
    for misfit in misfits:
        with pytest.raises(TypeError, match=r"FlashErase\.type takes a samna\.speck2f\.Flash"):
            erase.type = misfit
    assert erase.type is speck2f.FlashEraseType["CHIP"]


@pytest.mark.parametrize("chip", [speck2f, speck2e])
def test_enums_look_like_pybind11s(chip: ModuleType) -> None:
    erase, status = chip.FlashEraseType, chip.FlashStatusType

    assert {name: int(member) for name, member in erase.__members__.items()} == {
        "SECTOR_4KB": 1,
        "BLOCK_32KB": 2,
        "BLOCK_64KB": 3,
        "CHIP": 4,
    }
    assert [member.name for member in status] == ["IDLE", "BUSY"]
    assert repr(erase.CHIP) == "<FlashEraseType.CHIP: 4>"
    assert erase(2) is erase.BLOCK_32KB
    assert erase.CHIP != 4
    assert erase.__module__ == status.__module__ == chip.__name__.replace("speckhal_mock.", "")


def test_reading_an_unknown_attribute_fails_in_pybind11s_words() -> None:
    event: Any = event_2e.ReadNeuronValue()
    with pytest.raises(
        AttributeError,
        match=r"^'samna.speck2e.event.ReadNeuronValue' object has no attribute 'timestamp'$",
    ):
        _ = event.timestamp


@pytest.mark.parametrize("event_class", _CLASSES)
def test_writing_or_deleting_an_attribute_that_is_not_a_members_fails(
    event_class: type[Value],
) -> None:
    event = event_class()
    with pytest.raises(AttributeError, match=f"event.{event_class.__name__}|DroppedEventsNum"):
        event.nonsense = 1  # type: ignore[attr-defined]  # that is the point
    for member in event_class._layout.fields:
        with pytest.raises(AttributeError, match="cannot be deleted"):
            delattr(event, member)
        getattr(event, member)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            event_2f.ReadNeuronValue(layer=0, address=2),
            "speck2f::event::ReadNeuronValue(layer=0, address=2)",
        ),
        (
            event_2f.DvsEvent(True, 69, 48, 0),
            "speck2f::event::DvsEvent(p=1, y=69, x=48, timestamp=0)",
        ),
        (event_2e.ResetSensorPixel(), "speck2e::event::ResetSensorPixel()"),
        (event_2e.RegisterValue(0, 241), "speck2e::event::RegisterValue(address=0, data=241)"),
        (event_2e.Frame([1, 2]), "speck2e::event::Frame(data=[1, 2])"),
        (
            event_2e.FlashErase(speck2e.FlashEraseType["CHIP"]),
            "speck2e::event::FlashErase(type=CHIP, address=0)",
        ),
    ],
)
def test_a_repr_is_the_vendors(event: Value, text: str) -> None:
    assert repr(event) == str(event) == text


def test_events_are_equal_member_by_member_and_cannot_be_hashed() -> None:
    event = event_2f.NeuronValue(1, 2, -3)

    assert event == event_2f.NeuronValue(1, 2, -3)
    assert event != event_2f.NeuronValue(1, 2, -4)
    assert event != (1, 2, -3)
    assert event_2f.ResetSensorPixel() == event_2f.ResetSensorPixel()
    assert event_2f.ReadNeuronValue(1, 2) != event_2f.ReadBiasValue(1, 2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(event)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_equal_and_its_own(copied: Any) -> None:
    for event in (event_2f.Spike(1, 2, 3, 4, 5), event_2e.NeuronValue(1, 2, -3)):
        twin = copied(event)
        assert twin == event
        assert type(twin) is type(event)
        twin.layer = 9
        assert event.layer == 1


@pytest.mark.parametrize("event_class", _CLASSES)
def test_events_can_be_pickled_where_the_modules_are_installed(
    event_class: type[Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = ModuleType(event_class.__module__)
    setattr(home, event_class.__name__, event_class)
    for module in (ModuleType("samna"), home):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(sys.modules, "samna.speck2f", speck2f)
    monkeypatch.setitem(sys.modules, "samna.speck2e", speck2e)
    event = event_class(
        *[1 for field in event_class._layout.fields.values() if field.name == "layer"]
    )

    assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301  # our own


rows = st.lists(
    st.tuples(st.integers(0, 255), st.integers(0, 2**32 - 1), st.integers(-(2**15), 2**15 - 1))
)


@given(rows)
def test_many_made_at_once_equal_those_made_one_by_one(rows: list[tuple[int, int, int]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]

    many = make_many(event_2f.NeuronValue, *columns)

    assert many == [event_2f.NeuronValue(*row) for row in rows]


def test_many_made_at_once_can_have_vectors() -> None:
    many = make_many(event_2e.Frame, [(1, 2), (3,)])

    assert many == [event_2e.Frame([1, 2]), event_2e.Frame([3])]
    assert many[0].data == [1, 2]


@pytest.mark.parametrize("columns", [(), ([1], [2]), ([1], [2], [3, 4]), ([1], [2], [3], [4])])
def test_many_need_one_column_per_member(columns: tuple[list[int], ...]) -> None:
    with pytest.raises(ValueError, match="one column for each"):
        make_many(event_2f.NeuronValue, *columns)


@pytest.mark.parametrize(
    "function",
    [
        event_2f.compute_sram_address,
        event_2e.compute_sram_address,
        event_2e.compute_sram_address_t,
        event_2f.determine_sram_eventrom_address,
        event_2e.determine_sram_eventrom_address,
    ],
)
def test_what_is_unpublished_is_refused_and_not_guessed(function: Any) -> None:
    with pytest.raises(NotEmulatedError, match=f"{function.__name__} was asked about 5"):
        function(5)


def test_a_complex_number_of_numpy_warns_at_the_line_that_gives_it() -> None:
    with pytest.warns(np.exceptions.ComplexWarning, match="discards the imaginary part") as caught:
        spike = event_2f.Spike(x=np.complex64(3 + 2j))
    configuration = speck2f.configuration.SpeckConfiguration()
    with pytest.warns(np.exceptions.ComplexWarning) as again:
        configuration.cnn_layers[0].threshold_high = np.complex64(5 + 2j)

    assert [spike.x, configuration.cnn_layers[0].threshold_high] == [3, 5]
    assert [[one.filename for one in which] for which in (caught, again)] == [[__file__]] * 2
