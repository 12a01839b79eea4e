"""Many events through the vendor's API: waiting for them, circles that never end, collecting."""

from __future__ import annotations

import gc
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal.contract.clock import VirtualClock
from speckhal_mock import samna
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.emulation.kits import KITS
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.spikes import circles, traffic
from speckhal_mock.pybind.values import make_many
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.nodes.ends import Buffer
from speckhal_samna.speck_facts import CORE_MEMORIES

if TYPE_CHECKING:
    from collections.abc import Iterator

Spike: Any = samna.speck2f.event.Spike
Read: Any = samna.speck2f.event.ReadNeuronValue


class Circle:
    """Two monitored cores that feed each other, on a board of its own, which can leak too."""

    def __init__(self, *, bias: int = 0, threshold: int = 100, **options: Any) -> None:
        self.clock = VirtualClock()
        self.board = EmulatedBoard(
            KITS["Speck2fModuleDevKit"],
            CORE_MEMORIES.value,
            clock=self.clock,
            options=EmulationOptions(dvs_event_rate_hz=0, **options),
        )
        current_bus().plug(self.board)
        self.handle: Any = samna.device.open_device("Speck2fModuleDevKit:0")
        configuration = samna.speck2f.configuration.SpeckConfiguration()
        for core, (layer, other) in enumerate(
            zip(configuration.cnn_layers[:2], (1, 0), strict=True)
        ):
            layer.weights = [[[[100]]]]
            layer.threshold_high, layer.threshold_low = threshold if core else 100, -100
            layer.monitor_enable = True
            layer.destinations[0].enable, layer.destinations[0].layer = True, other
        extra = configuration.cnn_layers[2]
        extra.weights, extra.biases, extra.leak_enable = [[[[1]]]], [bias], bias != 0
        extra.threshold_high, extra.threshold_low = 5, -100
        extra.monitor_enable = True
        self.handle.get_model().apply_configuration(configuration)
        self.handle.get_io_module().set_slow_clk(bias != 0)
        self.handle.get_io_module().set_slow_clk_rate(20_000)
        self.sink: Any = samna.graph.sink_from(self.handle.get_model_source_node())
        self.source: Any = samna.graph.source_to(self.handle.get_model_sink_node())
        self.handle.get_stop_watch().start()


@pytest.fixture(autouse=True)
def _empty_bus() -> Iterator[None]:
    yield
    current_bus().clear()


def story(patch: pytest.MonkeyPatch, *, ahead: bool, **asked: Any) -> list[object]:
    """What a program that waits for many events gets, and when; with or without working ahead."""
    with patch.context() as each:
        if not ahead:
            each.setattr(Buffer, "work_ahead_ns", lambda *_: None)
        circle = Circle(
            bias=asked["bias"], event_s=asked["event_s"], request_vs_spikes=asked["requests"]
        )
        try:
            circle.source.write([Spike(layer=0), *(Spike(0, timestamp=t) for t in asked["late"])])
            circle.source.write([Read(0, 0)] * asked["reads"])
            heard: list[object] = []
            for wanted in asked["wanted"]:
                heard += circle.sink.get_n_events(wanted, asked["timeout"])
                heard.append(circle.clock.now_ns())
            return [*heard, *circle.sink.get_events(), circle.clock.now_ns()]
        finally:
            current_bus().clear()


@settings(max_examples=15)
@given(
    wanted=st.lists(st.integers(1, 300), min_size=1, max_size=3),
    timeout=st.sampled_from([1, 2, 1000]),
    late=st.lists(st.integers(0, 300), max_size=3).map(sorted),
    bias=st.sampled_from([0, 5]),
    event_s=st.sampled_from([1e-7, 1e-5]),
    reads=st.sampled_from([0, 50]),
    requests=st.sampled_from(["overtakes", "after_input", "after_queue"]),
)
def test_working_ahead_gives_what_going_from_event_to_event_gives(**asked: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        assert story(patch, ahead=True, **asked) == story(patch, ahead=False, **asked)


def test_waiting_for_many_events_takes_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[EmulatedBoard] = []
    catch_up = EmulatedBoard.catch_up

    def counted(board: EmulatedBoard) -> None:
        steps.append(board)
        catch_up(board)

    monkeypatch.setattr(EmulatedBoard, "catch_up", counted)
    circle = Circle()
    circle.source.write([Spike(layer=0)])

    assert len(circle.sink.get_n_events(5000)) == 5000
    assert len(steps) < 100


def test_a_failure_on_the_way_ends_the_wait() -> None:
    circle = Circle()
    configuration = circle.handle.get_model().get_configuration()
    configuration.cnn_layers[1].destinations[0].feature_shift = 1
    configuration.cnn_layers[1].threshold_high = 6000  # the sixtieth spike falls outside
    circle.handle.get_model().apply_configuration(configuration)
    circle.source.write([Spike(layer=1) for _ in range(60)])
    with pytest.raises(NotEmulatedError, match="outside the input map of core 0"):
        circle.sink.get_n_events(1000, timeout=10)


def test_a_circle_that_does_not_end_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circles, "EVENTS_OF_A_CIRCLE", 1000)
    circle = Circle(event_s=1e-5)
    circle.source.write([Spike(layer=0)])

    with pytest.warns(EmulationWarning, match=r"in a circle of cores \(0, 1\): ") as caught:
        circle.sink.get_n_events(5000)
    assert len(caught) == 1
    circle.sink.get_n_events(5000)
    configuration = circle.handle.get_model().get_configuration()
    circle.handle.get_model().apply_configuration(configuration)
    circle.source.write([Spike(layer=0)])
    circle.sink.get_n_events(5000)


def test_a_circle_that_is_fed_is_not_said_to_go_on_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(circles, "EVENTS_OF_A_CIRCLE", 20_000)
    circle = Circle(threshold=200)  # each spike from outside goes round once at most
    circle.source.write([Spike(layer=0, timestamp=stamp) for stamp in range(15_000)])
    circle.clock.sleep_s(0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(circle.sink.get_events()) > 30_000


def test_what_was_interrupted_is_not_done_again_as_the_board_is_unplugged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    circle = Circle()
    circle.source.write([Spike(layer=0)])
    circle.clock.sleep_s(1e-3)
    runs: list[int] = []

    def interrupted(_traffic: object, moment: int) -> NoReturn:
        runs.append(moment)
        raise KeyboardInterrupt

    monkeypatch.setattr(traffic.SpikeTraffic, "run_to", interrupted)
    with pytest.raises(KeyboardInterrupt):
        circle.sink.get_events()
    current_bus().clear()
    assert len(runs) == 1


@pytest.mark.parametrize("collects", [True, False])
def test_making_many_events_leaves_the_collector_as_it_was(*, collects: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        make_many(Spike, [1], [1], [1], [1], [1])
        assert gc.isenabled() == collects
        with pytest.raises(TypeError):
            make_many(Spike, [1], [1], [1], [1], iter([1]))  # type: ignore[arg-type]  # it has no length
        assert gc.isenabled() == collects
    finally:
        (gc.enable if before else gc.disable)()
