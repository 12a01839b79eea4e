from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.samna.graph import EventFilterGraph, sink_from

if TYPE_CHECKING:
    from types import SimpleNamespace

TYPED_SCRIPT = Path(__file__).resolve().parents[3] / "data" / "typed_filters.py"


def spikes(outputs: SimpleNamespace, *cores: int) -> list[object]:
    return [outputs.event.Spike(layer=core, feature=core + 10) for core in cores]


def test_a_type_filter_passes_what_is_desired_and_not_rejected(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    name = f"{outputs.name}OutputEventTypeFilter"
    _, node, _ = graph.sequential([outputs.source, name, outputs.sink])
    kind: Any = node
    graph.start()
    mixed = [outputs.event.NeuronValue(1), *spikes(outputs, 2), outputs.event.BiasValue(3)]

    available = kind.get_available_types()
    assert available[0] == kind.get_desired_type() == f"{outputs.space}::OutputEvent"
    assert len(available) == 21
    assert {f"{outputs.space}::Spike", f"{outputs.space}::NeuronValue"} < set(available)
    outputs.source.write(mixed)
    assert outputs.sink.get_events() == mixed
    kind.set_rejected_type(f"{outputs.space}::Spike")
    outputs.source.write(mixed)
    assert outputs.sink.get_events() == [mixed[0], mixed[2]]
    kind.set_desired_type(f"{outputs.space}::BiasValue")
    outputs.source.write(mixed)
    assert outputs.sink.get_events() == [mixed[2]]
    assert kind.get_desired_type() == f"{outputs.space}::BiasValue"
    assert kind.get_rejected_type() == f"{outputs.space}::Spike"
    for choose in (kind.set_desired_type, kind.set_rejected_type):
        with pytest.raises(RuntimeError, match="of type 'Spike', which its stream does not carry"):
            choose("Spike")
        with pytest.raises(TypeError, match="takes a str"):
            choose(outputs.event.Spike)


@pytest.mark.parametrize("member", ["feature", "layer"])
def test_a_member_select_passes_listed_values(
    graph: EventFilterGraph, outputs: SimpleNamespace, member: str
) -> None:
    select = samna.graph.JitMemberSelect()
    _, made, _ = graph.sequential([outputs.source, select, outputs.sink])
    node: Any = made
    graph.start()

    outputs.source.write(spikes(outputs, 1, 2))
    assert outputs.sink.get_events() == spikes(outputs, 1, 2)
    node.set_white_list([2, 3, 12, 13], attrName=member)
    outputs.source.write(spikes(outputs, 1, 2, 3, 4))
    assert outputs.sink.get_events() == spikes(outputs, 2, 3)


def test_a_member_may_be_named_as_in_cpp(graph: EventFilterGraph, outputs: SimpleNamespace) -> None:
    name = f"{outputs.name}OutputMemberSelect"
    node: Any
    _, node, _ = graph.sequential([outputs.source, name, outputs.sink])
    node.set_white_list([-5], "neuronState")
    graph.start()
    values = [outputs.event.NeuronValue(0, 0, state) for state in (-5, 5)]

    outputs.source.write(values)

    assert outputs.sink.get_events() == values[:1]


def test_a_white_list_is_of_numbers_or_strings_and_a_member_that_exists(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    (made,) = graph.sequential([f"{outputs.name}OutputMemberSelect"])
    node: Any = made

    with pytest.raises(RuntimeError, match=r"no event of type .*OutputEvent has that member"):
        node.set_white_list([1], "core")
    for values, member in (([1.5], "layer"), (3, "layer"), ([1], 2)):
        with pytest.raises(TypeError, match="set_white_list takes"):
            node.set_white_list(values, member)


def test_filters_of_inputs_stand_before_the_chip(
    graph: EventFilterGraph, rig: SimpleNamespace
) -> None:
    name = f"S{rig.chip.name[1:]}Input"
    source, sink = rig.chip.source(), sink_from(rig.model.get_source_node())
    select: Any
    _, made, select, _ = graph.sequential(
        [source, f"{name}EventTypeFilter", f"{name}MemberSelect", rig.model.get_sink_node()]
    )
    graph.start()
    kind: Any = made
    kind.set_desired_type(f"{rig.chip.name}::event::ReadNeuronValue")
    select.set_white_list([1, 3], "address")

    source.write([*rig.reads(), rig.chip.event.Spike()])

    answers: list[Any] = sink.get_n_events(4, timeout=100)
    assert [answer.address for answer in answers] == [1, 3]


def test_a_compiled_filter_cannot_come_first(
    graph: EventFilterGraph, outputs: SimpleNamespace
) -> None:
    for before in ([], [outputs.sink]):
        with pytest.raises(RuntimeError, match="Put a source node first"):
            graph.sequential([*before, samna.graph.JitMemberSelect()])


@pytest.mark.parametrize(
    "name",
    [
        "CameraToSpeck2fInput",
        "DvsEventCrop",
        "DvsEventDecimate",
        "DvsEventRescale",
        "PostClusteringEventMemberFilter",
        "Speck2fBackgroundNoiseRater",
        "Speck2fDvsImageReconstructFilter",
    ],
)
def test_filters_that_are_not_emulated_say_which_are(graph: EventFilterGraph, name: str) -> None:
    sentence = f"'{name}'.*Speck2fOutputMemberSelect"
    with pytest.raises(NotEmulatedError, match=sentence):
        graph.sequential([name])
    with (
        pytest.warns(DeprecationWarning, match="use sequential"),
        pytest.raises(NotEmulatedError, match=sentence),
    ):
        graph.add_filter_node(name)


def test_a_forward_passes_everything(graph: EventFilterGraph, outputs: SimpleNamespace) -> None:
    graph.sequential([outputs.source, f"{outputs.name}Forward", outputs.sink])
    graph.start()
    mixed = [outputs.event.NeuronValue(1), *spikes(outputs, 2)]

    outputs.source.write(mixed)

    assert outputs.sink.get_events() == mixed


@pytest.mark.parametrize("given", [True, False])
def test_jit_ends_of_a_graph_are_what_the_node_classes_are(
    graph: EventFilterGraph, outputs: SimpleNamespace, *, given: bool
) -> None:
    variant = outputs.event.OutputEvent
    ends = samna.graph.JitSource(variant), samna.graph.JitSink(*([[variant]] if given else []))
    source: Any
    sink: Any
    source, sink = graph.sequential([*ends])
    graph.start()

    source.write(spikes(outputs, 1, 2))

    assert sink.get_events() == spikes(outputs, 1, 2)
    assert (type(source), type(sink)) == (type(outputs.source), type(outputs.sink))
    window: Any = graph.sequential([samna.graph.JitSource(samna.ui.Event)])[0]
    assert type(window) is samna.BasicSourceNode_ui_event


def test_compiled_filters_take_the_vendors_keywords_before_they_refuse() -> None:
    with pytest.raises(NotEmulatedError, match="JitZMQStreamer is not emulated"):
        samna.graph.JitZMQStreamer(anything=1)


def test_coefficients_of_the_rescaling_filter_are_not_made_up() -> None:
    with pytest.raises(NotEmulatedError, match=r"128 x 96 to 64 x 32\. It is not emulated"):
        samna.graph.nodes.detail.rescaling_coefficient(128, 96, 64, 32)


def test_a_typed_script_runs_up_to_the_filters_that_are_not_emulated() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "default", "-m", "speckhal", "emulate", str(TYPED_SCRIPT)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines() == [
        "speck2f::event::Spike unifirm::modules::events::DroppedEventsNum True",
        "speck2f::event::Spike(layer=3, feature=0, y=0, x=0, timestamp=0)",
        "1",
        "True",
    ]
    assert done.stderr.count("add_filter_node is deprecated") == 2
    assert "Asked for a filter called 'DvsEventCrop', and none of that name is" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("builder", "arguments"),
    [
        ("JitFilter", ("Name", "struct")),
        ("JitFunctionFilter", ("Name", "struct")),
        ("JitSource", (samna.speck2f.event.Spike,)),
        ("JitSink", ([samna.speck2f.event.Spike],)),
        ("JitSink", ([samna.speck2f.event.OutputEvent, samna.speck2f.event.InputEvent],)),
        ("JitEventCounterSink", ()),
        ("JitEventCrop", (object,)),
        ("JitEventDecimate", (object,)),
        ("JitEventRescale", (object,)),
        ("JitEventToggle", (object,)),
        ("JitEventTypeFilter", (object,)),
        ("JitSplitting", (object,)),
        ("JitZMQReceiver", (object,)),
        ("JitZMQStreamer", (object,)),
    ],
)
def test_compiled_filters_that_are_not_emulated_say_so(
    builder: str, arguments: tuple[object, ...]
) -> None:
    with pytest.raises(NotEmulatedError, match=f"{builder} is not emulated"):
        getattr(samna.graph, builder)(*arguments)


@pytest.mark.parametrize(("kind", "name"), [("Spike", "SpikeEvent"), ("DvsEvent", "DvsEvent")])
def test_a_crop_passes_its_region_counted_from_the_first_corner(
    graph: EventFilterGraph, outputs: SimpleNamespace, kind: str, name: str
) -> None:
    node: Any
    _, node, _ = graph.sequential([outputs.source, f"{outputs.name}{name}Crop", outputs.sink])
    event: Any = getattr(outputs.event, kind)
    graph.start()
    all_over = [event(x=x, y=y) for x, y in [(1, 4), (2, 4), (3, 6), (4, 6), (3, 7), (2, 3)]]

    outputs.source.write([*all_over, outputs.event.NeuronValue()])
    assert outputs.sink.get_events() == all_over
    node.set_roi(2, 4, 3, 6)
    outputs.source.write(all_over)
    assert outputs.sink.get_events() == [event(x=0, y=0), event(x=1, y=2)]
    assert all_over[1] == event(x=2, y=4), "what others get is not changed"
    with pytest.raises(RuntimeError, match="has no pixel"):
        node.set_roi(3, 4, 2, 6)
    with pytest.raises(TypeError, match="set_roi takes an int"):
        node.set_roi(0, 0, 1.5, 1)


def test_a_scripts_function_picks_events(graph: EventFilterGraph, outputs: SimpleNamespace) -> None:
    node: Any
    _, node, _ = graph.sequential([outputs.source, f"{outputs.name}CustomFilterNode", outputs.sink])
    graph.start()
    given = spikes(outputs, 1, 2, 3)

    outputs.source.write(given)
    assert outputs.sink.get_events() == []
    node.set_filter_function(lambda events: [event for event in events if event.layer != 2])
    outputs.source.write(given)
    assert outputs.sink.get_events() == [given[0], given[2]]
    node.set_filter_function(lambda _: None)
    outputs.source.write(given)
    assert outputs.sink.get_events() == []
    for wrong, said in ((lambda _: 1 / 0, "ZeroDivisionError"), (lambda _: [3], "no list of eve")):
        node.set_filter_function(wrong)
        outputs.source.write(given)
        with pytest.raises(samna.SinkError, match=said):
            outputs.sink.get_events()
    node.stop()
    outputs.source.write(given)
    assert outputs.sink.get_events() == []
    with pytest.raises(TypeError, match="set_filter_function takes a function"):
        node.set_filter_function(3)
