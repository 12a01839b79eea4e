"""Counters of the sensor's filter are read and written; what is unpublished is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    MakeRig = Callable[..., SimpleNamespace]


@pytest.fixture
def filtering(chip: SimpleNamespace, make_rig: MakeRig) -> SimpleNamespace:
    """A board with the filter against noise, which shows what passes; no tick comes by itself."""
    rig = make_rig(chip, dvs_event_rate_hz=0)
    configuration = chip.configuration.SpeckConfiguration()
    configuration.dvs_layer.monitor_enable = True
    configuration.dvs_layer.mirror = {"x": False, "y": False}
    configuration.dvs_layer.mirror_diagonal = False
    configuration.dvs_filter.enable = True
    configuration.dvs_filter.hot_pixel_filter_enable = False
    rig.configuration = configuration
    rig.sink = samna.graph.sink_from(rig.model.get_source_node())
    rig.source = samna.graph.source_to(rig.model.get_sink_node())
    rig.model.apply_configuration(configuration)
    rig.handle.get_stop_watch().start()
    rig.event = chip.event
    return rig


def counters(rig: SimpleNamespace, *pixels: tuple[int, int]) -> list[int]:
    """What the filter keeps of pixels (y, x)."""
    rig.source.write([rig.event.ReadFilterValue(y=y, x=x) for y, x in pixels])
    answers: list[Any] = rig.sink.get_n_events(len(pixels), timeout=100)
    assert [type(each) for each in answers] == [rig.event.FilterValue] * len(pixels)
    assert [(each.y, each.x) for each in answers] == list(pixels)
    return [each.counter_data for each in answers]


def tick(rig: SimpleNamespace, number: int) -> None:
    for _ in range(number):
        rig.io.pulse_slow_clk()


def test_a_counter_is_the_count_at_which_its_pixel_last_had_an_event(
    filtering: SimpleNamespace,
) -> None:
    tick(filtering, 3)
    filtering.source.write([filtering.event.DvsEvent(x=5, y=6)])
    filtering.clock.sleep_s(0.01)
    tick(filtering, 4)
    filtering.source.write([filtering.event.DvsEvent(x=7, y=6), filtering.event.DvsEvent(x=9, y=1)])
    filtering.clock.sleep_s(0.01)
    filtering.sink.get_events()

    assert counters(filtering, (6, 5), (6, 7), (1, 9)) == [3, 7, 7]


def test_what_is_written_is_read_and_decides_what_passes(filtering: SimpleNamespace) -> None:
    event = filtering.event
    tick(filtering, 20)
    write = event.WriteFilterValue
    filtering.source.write([write(y=6, x=5, data=18), write(y=60, x=50, data=2)])
    assert counters(filtering, (6, 5), (60, 50)) == [18, 2]

    filtering.source.write([event.DvsEvent(x=6, y=6), event.DvsEvent(x=51, y=60)])
    filtering.clock.sleep_s(0.01)
    (passed,) = filtering.sink.get_events()
    assert (passed.layer, passed.y, passed.x) == (13, 6, 6)


def test_a_count_that_has_not_come_yet_is_that_of_a_round_before(
    filtering: SimpleNamespace,
) -> None:
    tick(filtering, 2)
    write = filtering.event.WriteFilterValue
    filtering.source.write([write(y=6, x=5, data=0xFFFF), write(y=60, x=50, data=3)])
    assert counters(filtering, (6, 5), (60, 50)) == [0xFFFF, 3]
    filtering.source.write([filtering.event.DvsEvent(x=x, y=y) for x, y in ((6, 6), (51, 60))])
    filtering.clock.sleep_s(0.01)
    (passed,) = filtering.sink.get_events()
    assert (passed.y, passed.x) == (6, 6)  # three ticks ago; the other one is 65,535 ago


def test_a_pixel_without_an_event_has_a_counter_that_is_warned_of(
    filtering: SimpleNamespace,
) -> None:
    with pytest.warns(EmulationWarning, match="pixel without an event"):
        assert counters(filtering, (0, 0)) == [0]


def test_a_filter_that_is_off_or_sees_nothing_is_refused(
    chip: SimpleNamespace, make_rig: MakeRig
) -> None:
    rig = make_rig(chip, dvs_event_rate_hz=1000)
    source: Any = samna.graph.source_to(rig.model.get_sink_node())
    for event in (chip.event.ReadFilterValue(), chip.event.WriteFilterValue()):
        with pytest.raises(NotEmulatedError, match="which is off"):
            source.write([event])
    configuration = chip.configuration.SpeckConfiguration()
    configuration.dvs_layer.pass_sensor_events = True
    configuration.dvs_filter.enable = True
    rig.model.apply_configuration(configuration)
    with pytest.raises(NotEmulatedError, match="its events go nowhere"):
        source.write([chip.event.ReadFilterValue()])


def test_there_are_no_pixels_beyond_the_sensors(filtering: SimpleNamespace) -> None:
    for event in (
        filtering.event.ReadFilterValue(y=128),
        filtering.event.WriteFilterValue(x=200),
    ):
        with pytest.raises(ValueError, match="has no pixel"):
            filtering.source.write([event])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ReadoutRequest", "With readout.enable and readout.monitor_enable a ReadoutValue comes"),
        ("ReadSramValue", "ReadNeuronValue, ReadWeightValue"),
        ("WriteRegisterValue", "registers are not published"),
        ("FlashRead", r"which is not emulated\. Events that are: ReadNeuronValue"),
    ],
)
def test_what_is_not_emulated_is_refused_with_what_does_it_instead(
    filtering: SimpleNamespace, name: str, hint: str
) -> None:
    with pytest.raises(NotEmulatedError, match=hint):
        filtering.source.write([getattr(filtering.event, name)()])
