"""Every reading is published exactly once, with the run that it belongs to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

import speckhal
from speckhal import ClockDrive, OpenDevice
from speckhal.discovery.registry import registry
from speckhal.opened.observers import Observers

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_reading_of_a_script_is_published_outside_a_run(deployed: OpenDevice, notes: Any) -> None:
    reading = deployed.probe().read()
    assert notes.events == [("reading", "EasyBoard", reading, None)]


def test_a_run_is_announced_with_what_is_deployed(deployed: OpenDevice, notes: Any) -> None:
    trace = speckhal.measure_leak(deployed, ticks=3)
    assert [event[0] for event in notes.events] == ["started", *["reading"] * 4, "ended"]
    (_, board, run), *readings, (_, _, ended, problem) = notes.events
    assert board == "EasyBoard"
    assert run.layers == (0,)
    assert run.deployment.layer(0).shape == (2, 3, 4)
    assert run.deployment.leak.rate_hz == 10
    assert all(reading[3] is run for reading in readings)
    assert (ended, problem) == (run, None)
    assert len(trace) == len(readings)


def test_the_end_of_a_run_says_what_ended_it_early(deployed: OpenDevice, notes: Any) -> None:
    def enough(*_: object) -> None:
        raise KeyboardInterrupt("enough")

    with pytest.raises(KeyboardInterrupt):
        speckhal.measure_leak(deployed, ticks=3, on_reading=enough)
    assert notes.events[-1][-1] == "KeyboardInterrupt: enough"
    deployed.probe().read()
    assert notes.events[-1][-1] is None


def test_observers_see_the_readings_of_the_trace(deployed: OpenDevice, notes: Any) -> None:
    trace = speckhal.measure_leak(deployed, every_s=1, for_s=3)
    readings = [event[2] for event in notes.events if event[0] == "reading"]
    start_s = readings[0].time_s
    assert [reading.time_s - start_s for reading in readings] == trace.time_s.tolist()


class Hasty(Observers):
    """An observer in which Ctrl-C comes with the second reading."""

    def __init__(self) -> None:
        self.left = 1

    def publish(self, *_: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


def test_a_reading_is_kept_before_others_see_it(easy: Any) -> None:
    device = OpenDevice(easy, observers=Hasty())
    device.deploy("network", input_shape=(1, 3, 4), leak=device.leak_config(rate_hz=10))
    with pytest.raises(KeyboardInterrupt) as ended:
        speckhal.measure_leak(device, ticks=3)
    assert len(ended.value.trace) == 2  # type: ignore[attr-defined]  # every exception gets one


def test_what_an_observer_reads_is_not_published(easy: Any, notes: Any) -> None:
    class Curious(type(notes)):  # type: ignore[misc]  # of the fixture's class
        def publish(self, *event: Any) -> None:
            super().publish(*event)
            probe.read()

    curious = Curious()
    device = OpenDevice(easy, observers=curious)
    device.deploy("network", input_shape=(1, 3, 4))
    probe = device.probe()
    probe.read()
    assert len(curious.events) == 1


def test_runs_within_runs_end_one_by_one(deployed: OpenDevice, notes: Any) -> None:
    probe = deployed.probe()
    with deployed.announced_run(0) as outer:
        with deployed.announced_run(0) as inner:
            probe.read()
        probe.read()
    assert [event[3] for event in notes.events if event[0] == "reading"] == [inner, outer]


@pytest.mark.parametrize("layer", [5, "x", True])
def test_no_run_is_of_a_layer_that_does_not_exist(
    deployed: OpenDevice, notes: Any, layer: Any
) -> None:
    with pytest.raises(speckhal.LayerNotFound), deployed.announced_run(layer):
        pass
    assert notes.events == []


def test_runs_have_names_of_their_own(deployed: OpenDevice, notes: Any) -> None:
    for _ in range(2):
        speckhal.measure_leak(deployed, ticks=1)
    runs = [event[2].run_id for event in notes.events if event[0] == "started"]
    assert len(set(runs)) == 2


def test_what_another_thread_reads_belongs_to_no_run_of_this_one(
    deployed: OpenDevice, notes: Any
) -> None:
    with deployed.announced_run(0):
        other = threading.Thread(target=deployed.probe().read)
        other.start()
        other.join()
        deployed.probe().read()
    runs = [event[3] for event in notes.events if event[0] == "reading"]
    assert [run is None for run in runs] == [True, False]


def test_a_device_over_another_publishes_alone(easy: Any, notes: Any) -> None:
    inner = OpenDevice(easy, observers=notes)
    outer = OpenDevice(inner, observers=notes)
    outer.deploy("network", input_shape=(1, 3, 4), leak=outer.leak_config(rate_hz=10))
    outer.probe().read()
    assert [event[0] for event in notes.events] == ["reading"]
    speckhal.measure_leak(outer, ticks=2)
    assert [event[0] for event in notes.events[1:]] == ["started", *["reading"] * 3, "ended"]


def test_the_device_of_a_plugin_publishes_nothing(easy: Any, notes: Any) -> None:
    easy.deploy("network", input_shape=(1, 3, 4))
    speckhal.measure_leak(easy, ticks=2)
    assert notes.events == []


class Seen:
    """A plugin that takes note of everything."""

    def __init__(self) -> None:
        self.readings: list[speckhal.Reading] = []
        self.runs: list[str] = []

    @speckhal.hookimpl
    def speckhal_reading(self, reading: speckhal.Reading) -> None:
        self.readings.append(reading)

    @speckhal.hookimpl
    def speckhal_run_started(self, run: speckhal.RunInfo) -> None:
        self.runs.append(run.run_id)

    @speckhal.hookimpl
    def speckhal_run_ended(self, run: speckhal.RunInfo, problem: str | None) -> None:
        self.runs.append(f"{run.run_id} {problem}")


class Wrapper:
    """A backend as 0.1 allowed it: its device is one that `open_device` has opened."""

    name, api_version, summary, emulated = "wrapper", 1, "forwards to the mock", True
    targets = (speckhal.Target("mock", "the mock"),)

    def __init__(self) -> None:
        self.capabilities = speckhal.select("mock")[0].capabilities

    @speckhal.hookimpl
    def speckhal_backend(self) -> Wrapper:
        return self

    def chip(self, target: str | None = None) -> speckhal.ChipFacts:
        return speckhal.select("mock")[0].chip()

    def open(self, target: str | None = None, options: object = None) -> speckhal.Device:
        return speckhal.open_device("mock")

    def example(self, layers: object = ()) -> speckhal.ExampleNetwork:
        return speckhal.select("mock")[0].example()


@pytest.fixture
def seen() -> Iterator[Seen]:
    """That plugin, registered for one test, beside the wrapper."""
    plugin = Seen()
    registry().register("seen", plugin)
    registry().register("wrapper", Wrapper())
    yield plugin
    registry().unregister("wrapper")
    registry().unregister("seen")


@pytest.mark.parametrize("selection", ["mock", "wrapper"])
def test_plugins_see_each_reading_once_however_many_devices_it_passes(
    seen: Seen, selection: str
) -> None:
    backend, _ = speckhal.select(selection)
    example = backend.example()
    with speckhal.open_device(selection) as device:
        leak = device.leak_config(drive=ClockDrive.STEPPED)
        device.deploy(example.network, input_shape=example.input_shape, leak=leak)
        speckhal.measure_leak(device, ticks=2)
        device.probe().read()
    assert [reading.ticks for reading in seen.readings] == [0, 1, 2, 2]
    started, ended = seen.runs
    assert ended == f"{started} None"
