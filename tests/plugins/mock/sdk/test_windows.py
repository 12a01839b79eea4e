"""What a program only shows in a window is taken and dropped, with one warning in a process."""

from __future__ import annotations

import multiprocessing
import pickle
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna, samnagui
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.sdk import windows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

ENDPOINT = "tcp://0.0.0.0:40000"
NAMED = (
    "DvsToVizConverter",
    "SpikeCollectionNode",
    "SpikeCountNode",
    "MajorityReadoutNode",
)


@pytest.fixture(autouse=True)
def news() -> Iterator[list[warnings.WarningMessage]]:
    """What is warned of in the test, as in a process that just began."""
    said, windows._said[:] = list(windows._said), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
    windows._said[:] = said


def plots() -> list[object]:
    """The plots of sinabs' visualizer, with its arguments."""
    ui, layout = samna.ui, (0, 0, 0.5, 0.66)
    return [
        ui.ActivityPlotConfiguration(128, 128, "Dvs Plot", layout),
        ui.SpikeCountPlotConfiguration("Spikes", 2, ["a", "b"], layout, 25, 2.5, "", 1.2, True, 10),
        ui.ReadoutPlotConfiguration("Readout", ["a.png", "b.png"], layout),
        ui.PowerMeasurementPlotConfiguration("Power", 3, ["io", "ram", "logic"], layout, 10, 2),
    ]


def test_a_graph_as_sinabs_makes_it_for_its_visualizer_runs_and_shows_nothing(
    rig: SimpleNamespace, news: list[warnings.WarningMessage]
) -> None:
    source, graph = rig.handle.get_model_source_node(), samna.graph.EventFilterGraph()
    _, dvs, _, streamer = graph.sequential(
        [
            source,
            samna.graph.JitMemberSelect(),
            samna.graph.JitDvsEventToViz(samna.ui.Event),
            "VizEventStreamer",
        ]
    )
    node: Any = streamer
    node.set_streamer_endpoint(ENDPOINT)
    select: Any = dvs
    select.set_white_list([13], "layer")
    window, _ = graph.sequential([samna.BasicSourceNode_ui_event(), streamer])
    branch: list[Any] = graph.sequential(
        [
            source,
            samna.graph.JitMemberSelect(),
            samna.graph.JitSpikeCollection(rig.chip.event.Spike),
            samna.graph.JitSpikeCount(samna.ui.Event),
            streamer,
        ]
    )
    _, last, collection, count, _ = branch
    last.set_white_list([3], "layer")
    collection.set_interval_milli_sec(500)
    count.set_feature_count(10)
    readout: Any = graph.sequential(
        [collection, samna.graph.JitMajorityReadout(samna.ui.Event), streamer]
    )[1]
    for setting in ("feature_count", "default_feature", "threshold_low", "threshold_high"):
        getattr(readout, f"set_{setting}")(9)
    monitor = rig.handle.get_power_monitor()
    assert monitor.start_auto_power_measurement(50) == 50.0
    graph.sequential([monitor.get_source_node(), "MeasurementToVizConverter", streamer])
    sink: Any = samna.graph.sink_from(source)
    graph.start()
    configuration: Any = samna.ui.VisualizerConfiguration(plots=plots())
    show: Any = window
    show.write([configuration])
    assert node.wait_for_receiver_count() == node.wait_for_receiver_count(1, 1000) == 1

    rig.model.apply_configuration(rig.configuration(monitor_enable=True))
    samna.graph.source_to(rig.handle.get_model_sink_node()).write(rig.reads())
    rig.clock.sleep_s(0.01)
    graph.stop()

    assert len(sink.get_events()) == 4, "what the chip sends goes on to whoever else listens"
    assert (collection.get_interval_milli_sec(), count.get_feature_count()) == (500, 10)
    assert len(configuration.plots) == 4
    said = [str(warning.message) for warning in news]
    assert [sum(word in text for text in said) for word in ("windows", "power is an estimate")] == [
        1,
        1,
    ]
    assert {warning.filename for warning in news} == {__file__}


@pytest.mark.parametrize("name", NAMED)
def test_stand_ins_have_a_name_for_each_chip(outputs: SimpleNamespace, name: str) -> None:
    graph = samna.graph.EventFilterGraph()
    before = [f"{outputs.name}SpikeCollectionNode"] if name in NAMED[2:] else []
    after = ["VizEventStreamer"] if name != NAMED[1] else []
    made = graph.sequential([outputs.source, *before, f"{outputs.name}{name}", *after])

    assert len(made) == 2 + len(before) + len(after)
    assert all(graph.has_node(node) for node in made)


@pytest.mark.parametrize("what", ["Camera", "Measurement"])
def test_what_is_no_chips_has_a_converter_for_windows_too(what: str) -> None:
    graph = samna.graph.EventFilterGraph()
    made = graph.sequential([f"{what}ToVizConverter", "VizEventStreamer"])

    assert all(graph.has_node(node) for node in made)


def test_one_warning_is_given_in_a_process_whichever_stand_in_comes_first(
    news: list[warnings.WarningMessage],
) -> None:
    graph = samna.graph.EventFilterGraph()
    graph.sequential(["VizEventStreamer"])
    plots()
    samnagui.run_visualizer(ENDPOINT, 0.5, 0.5)

    assert [warning.category for warning in news] == [EmulationWarning]
    assert "VizEventStreamer is a stand-in that shows nothing" in str(news[0].message)


def test_the_window_is_closed_as_soon_as_it_is_open(news: list[warnings.WarningMessage]) -> None:
    samnagui.run_visualizer(receiver_endpoint=ENDPOINT)

    assert ENDPOINT in str(news[0].message)
    with pytest.raises(TypeError, match="run_visualizer takes a str"):
        samnagui.run_visualizer(40000)


def test_the_window_takes_what_any_version_of_it_does(news: list[warnings.WarningMessage]) -> None:
    samnagui.run_visualizer(ENDPOINT, 0.5, 0.5, "tcp://0.0.0.0:40001", 1, window_title="Spikes")
    samnagui.run_visualizer()

    assert len(news) == 1


def test_a_spawned_process_can_open_the_window() -> None:
    sent = pickle.dumps(samnagui.run_visualizer)

    assert pickle.loads(sent) is samnagui.run_visualizer  # noqa: S301  # ours


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_process_opens_the_window_and_ends() -> None:
    process = multiprocessing.get_context("fork").Process(
        target=samnagui.run_visualizer, args=(ENDPOINT, 0.5, 0.5)
    )
    process.start()
    process.join()

    assert process.exitcode == 0


def test_a_receiver_is_connected_and_gets_nothing() -> None:
    graph = samna.graph.EventFilterGraph()
    node: Any = graph.sequential(["VizEventReceiver"])[0]
    node.set_receiver_endpoint(ENDPOINT)

    assert node.wait_for_connect(1000)
    assert node.reconnect()
    assert node.is_connected()
    streamer: Any = graph.sequential(["VizEventStreamer"])[0]
    assert streamer.is_receiver_connected(node.get_id())
    assert streamer.get_connected_receiver_count() == 1


def test_settings_are_taken_as_pybind11_takes_them() -> None:
    graph = samna.graph.EventFilterGraph()
    node: Any = graph.sequential(["Speck2fSpikeCountNode"])[0]

    with pytest.raises(TypeError, match="set_feature_count takes an integer"):
        node.set_feature_count("ten")
    streamer: Any = graph.sequential(["VizEventStreamer"])[0]
    with pytest.raises(TypeError, match="set_streamer_endpoint takes a str"):
        streamer.set_streamer_endpoint(40000)


def test_only_what_goes_to_windows_can_be_written_to_one() -> None:
    window = samna.BasicSourceNode_ui_event()
    shown, sink = plots(), samna.graph.sink_from(window)
    window.write(shown)
    assert sink.get_events() == shown
    with pytest.raises(TypeError, match="write takes a list of ui::Event"):
        window.write([samna.speck2f.event.Spike()])


@pytest.mark.parametrize("stand_in", ["Speck2fDvsToVizConverter", "VizEventReceiver"])
def test_nobody_can_take_the_silence_of_a_stand_in_for_an_answer(stand_in: str) -> None:
    (made,) = samna.graph.EventFilterGraph().sequential([stand_in])
    with pytest.raises(NotEmulatedError, match="a stand-in, and gives nothing"):
        samna.graph.sink_from(made)
    for sink in (samna.BasicSinkNode_ui_event(), samna.graph.JitSink()):
        graph = samna.graph.EventFilterGraph()
        with pytest.raises(NotEmulatedError, match=r"sink for ui::Event .* Windows are not"):
            graph.sequential([stand_in, sink])


def test_collected_spikes_can_be_counted_and_others_cannot(outputs: SimpleNamespace) -> None:
    graph = samna.graph.EventFilterGraph()
    with pytest.raises(RuntimeError, match="takes those of type spikes of an interval"):
        graph.sequential([outputs.source, samna.graph.JitSpikeCount(samna.ui.Event)])


@pytest.mark.parametrize("builder", ["JitFilter", "JitFunctionFilter"])
def test_cpp_is_refused_by_name(builder: str) -> None:
    with pytest.raises(NotEmulatedError, match=f"{builder} is not emulated.*'Loudest' does to"):
        getattr(samna.graph, builder)("Loudest", "struct Loudest {};")
