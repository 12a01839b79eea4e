"""Events of pixels, of sensor and host, become spikes of cores and counts of the readout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from speckhal_mock import samna
from speckhal_mock.backend.emulated_spikes import EmulatedSpikes
from speckhal_mock.emulation.sensor.scene import RecordedScene
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    MakeRig = Callable[..., SimpleNamespace]

SIZE = 4


def passing_on(rig: SimpleNamespace, core: int = 3, *, features: int = 2) -> Any:
    """A configuration in which a region of the sensor goes to a core that passes each event on."""
    configuration: Any = rig.chip.configuration.SpeckConfiguration()
    dvs, layer = configuration.dvs_layer, configuration.cnn_layers[core]
    dvs.mirror, dvs.mirror_diagonal = {"x": False, "y": False}, False
    dvs.origin, dvs.cut = {"x": 10, "y": 20}, {"x": 10 + SIZE - 1, "y": 20 + SIZE - 1}
    dvs.pass_sensor_events, dvs.merge = False, features == 1
    dvs.destinations[0].enable, dvs.destinations[0].layer = True, core
    shape = {"feature_count": features, "size": {"x": SIZE, "y": SIZE}}
    layer.dimensions = {"input_shape": shape, "output_shape": shape}
    layer.weights = np.eye(features, dtype=int).reshape(features, features, 1, 1).tolist()
    layer.biases = [0] * features
    layer.neurons_initial_value = np.zeros((features, SIZE, SIZE), dtype=int).tolist()
    layer.threshold_high, layer.monitor_enable = 1, True
    return configuration


def started(rig: SimpleNamespace, configuration: Any) -> tuple[Any, Any]:
    """A sink and a source for a configuration that is applied, with the stop watch running."""
    sink: Any = samna.graph.sink_from(rig.model.get_source_node())
    source: Any = samna.graph.source_to(rig.model.get_sink_node())
    rig.model.apply_configuration(configuration)
    rig.handle.get_stop_watch().start()
    return sink, source


def test_events_of_the_host_reach_a_core_at_their_stamps_whether_the_sensor_is_on_or_not(
    make_rig: MakeRig, chip: SimpleNamespace
) -> None:
    rig = make_rig(chip, dvs_event_rate_hz=0)
    configuration = passing_on(rig)
    configuration.dvs_layer.raw_monitor_enable = True
    configuration.dvs_layer.pass_sensor_events = False
    sink, source = started(rig, configuration)
    event = chip.event
    inside = [event.DvsEvent(p, 20 + p, 12, 1000 * (1 + p)) for p in (0, 1)]
    source.write([*inside, event.DvsEvent(True, 24, 12, 3000)])
    rig.clock.sleep_s(0.01)

    seen = sink.get_events()
    assert [each for each in seen if isinstance(each, event.DvsEvent)] == [
        *inside,
        event.DvsEvent(True, 24, 12, 3000),
    ]
    spikes = [each for each in seen if isinstance(each, event.Spike)]
    assert [(each.layer, each.feature, each.y, each.x) for each in spikes] == [
        (3, 0, 0, 2),
        (3, 1, 1, 2),
    ]
    assert [each.timestamp // 1000 for each in spikes] == [1, 2]


def test_a_recording_reaches_a_core_and_both_monitors_in_the_order_of_time(
    make_rig: MakeRig, chip: SimpleNamespace
) -> None:
    rig = make_rig(chip)
    (board,) = current_bus().boards
    t = np.arange(0, 2000, 100)
    board.show(RecordedScene(t, 10 + t // 100 % SIZE, np.full_like(t, 21), t // 100 % 2))
    configuration = passing_on(rig)
    dvs = configuration.dvs_layer
    dvs.pass_sensor_events = dvs.monitor_enable = dvs.raw_monitor_enable = True
    sink, _ = started(rig, configuration)
    rig.clock.sleep_s(0.01)

    seen = sink.get_events()
    assert [event.timestamp for event in seen] == sorted(event.timestamp for event in seen)
    kinds = [getattr(event, "layer", "raw") for event in seen]
    assert {kind: kinds.count(kind) for kind in kinds} == {"raw": 20, 13: 20, 3: 20}
    assert [e.x for e in seen if getattr(e, "layer", None) == 3] == [*range(SIZE)] * 5


def test_spikes_can_be_taken_as_arrays_while_the_host_gets_all_else(
    make_rig: MakeRig, speck2f: SimpleNamespace
) -> None:
    rig = make_rig(speck2f)
    (board,) = current_bus().boards
    t = np.arange(100, 2100, 100)
    board.show(RecordedScene(t, 10 + t // 100 % SIZE, np.full_like(t, 21), t // 100 % 2))
    configuration = passing_on(rig)
    dvs = configuration.dvs_layer
    dvs.pass_sensor_events = dvs.monitor_enable = dvs.raw_monitor_enable = True
    sink, _ = started(rig, configuration)
    way = EmulatedSpikes(board)
    way.listen()
    rig.clock.sleep_s(0.01)

    spikes = way.take()
    assert spikes.core.tolist() == [13, 3] * 20
    assert spikes.stamp_us.tolist() == np.repeat(t, 2).tolist()
    assert [event.timestamp for event in sink.get_events()] == t.tolist()


@pytest.mark.parametrize("at_once", [2, 1 << 16])
def test_a_core_that_gets_events_of_the_sensor_leaks_between_them(
    make_rig: MakeRig, speck2f: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("speckhal_mock.emulation.sensor.path._AT_ONCE", at_once)
    rig = make_rig(speck2f, io_write_s=2.5e-3)
    (board,) = current_bus().boards
    events = np.arange(400, 10_000, 400)
    pixel = np.full_like(events, 10)
    board.show(RecordedScene(events, pixel, 10 + pixel, np.ones_like(events)))
    configuration = passing_on(rig, features=1)
    configuration.dvs_layer.pass_sensor_events = True
    layer = configuration.cnn_layers[3]
    layer.leak_enable, layer.biases, layer.threshold_low = True, [-2], -1
    layer.threshold_high, layer.return_to_zero = 2, True
    sink, _ = started(rig, configuration)
    rig.io.set_slow_clk_rate(1000)
    rig.io.set_slow_clk(True)
    rig.clock.sleep_s(0.02)

    changes = [(time, 1) for time in events.tolist()]
    changes += [(2500 + 1000 * tick, -2) for tick in range(1, 20)]
    v, fired = 0, []
    for time, change in sorted(changes):
        v = max(v + change, -1)
        if v >= 2:
            v = 0
            fired.append(time)
    assert [event.timestamp for event in sink.get_events()] == fired
    assert len(fired) > 3


def test_spikes_of_a_core_and_of_the_host_are_counted_by_the_readout(
    make_rig: MakeRig, chip: SimpleNamespace
) -> None:
    rig = make_rig(chip, dvs_event_rate_hz=0)
    configuration = passing_on(rig)
    layer, readout = configuration.cnn_layers[3], configuration.readout
    layer.destinations[0].enable, layer.destinations[0].layer = True, 12
    layer.destinations[0].pooling, layer.destinations[0].feature_shift = 4, 8
    readout.enable = readout.readout_pin_monitor_enable = True
    readout.low_pass_filter_disable, readout.readout_configuration_sel = True, 3
    readout.threshold = 2
    layer.monitor_enable = False
    sink, source = started(rig, configuration)
    event = chip.event
    source.write([event.DvsEvent(False, 20 + y, 10, 0) for y in range(3)])
    rig.clock.sleep_s(0.01)
    rig.io.pulse_slow_clk()
    source.write([event.Spike(layer=12, feature=56, y=0, x=0, timestamp=0)] * 3)
    rig.clock.sleep_s(0.01)
    rig.io.pulse_slow_clk()
    rig.io.pulse_slow_clk()

    assert [pins.index for pins in sink.get_events()] == [1 + 8 // 4, 15]


@pytest.mark.parametrize("monitor", ["readout_pin_monitor_enable", "monitor_enable"])
def test_a_leaking_core_in_front_of_a_readout_that_is_watched_moves_its_pins(
    rig: SimpleNamespace, monitor: str
) -> None:
    configuration: Any = rig.configuration(core=4, bias=127, v_mem=0)
    to = configuration.cnn_layers[4].destinations[1]
    to.enable, to.layer, to.pooling = True, 12, 2
    readout = configuration.readout
    readout.enable, readout.low_pass_filter_disable, readout.threshold = True, True, 3
    readout.output_mode_sel = 3
    setattr(readout, monitor, True)
    sink, _ = started(rig, configuration)
    for _ in range(3):
        rig.io.pulse_slow_clk()

    # the four neurons fire at each tick, which is the end of the period before
    numbers = [
        getattr(event, "index", getattr(event, "value", None)) for event in sink.get_events()
    ]
    above = 1 << 20 | 1 << 16 | 4
    assert numbers == ([1 << 16, above, above] if monitor == "monitor_enable" else [1, 1])
