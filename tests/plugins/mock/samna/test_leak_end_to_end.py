from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna

if TYPE_CHECKING:
    from types import SimpleNamespace

PUBLISHED = [101, 101, 88, 88, 75, 75, 62, 62, 49, 49, 36, 36, 23, 23, 10, 10, -3, -3, -16, -16]


def states(events: list[Any]) -> list[int]:
    return [event.neuron_state for event in events]


def test_the_published_order_of_calls_gives_the_published_trace(rig: SimpleNamespace) -> None:
    # sinabs switches the slow clock on at its default rate and sets the rate one USB write later
    rig.model.apply_configuration(rig.configuration())
    rig.clock.sleep_s(1)
    rig.io.set_slow_clk(True)
    rig.io.set_slow_clk_rate(1)
    source, sink = rig.chip.source(), rig.chip.sink()
    to_chip, from_chip = samna.graph.EventFilterGraph(), samna.graph.EventFilterGraph()
    to_chip.sequential([source, rig.model.get_sink_node()])
    from_chip.sequential([rig.model.get_source_node(), sink])
    to_chip.start()
    from_chip.start()

    trace = []
    for _ in range(20):
        source.write(rig.reads())
        rig.clock.sleep_s(0.5)
        trace.append(states(sink.get_events()))

    assert trace == [[v] * 4 for v in PUBLISHED]
    to_chip.stop()
    from_chip.stop()


@pytest.mark.parametrize("core", [0, 8])
def test_pulses_make_exactly_as_many_ticks(rig: SimpleNamespace, core: int) -> None:
    sink = samna.graph.sink_from(rig.model.get_source_node())
    source = samna.graph.source_to(rig.model.get_sink_node())
    rig.model.apply_configuration(rig.configuration(core=core))
    for _ in range(5):
        rig.io.pulse_slow_clk()
    rig.clock.sleep_s(10)

    source.write(rig.reads(core=core))
    answers: list[Any] = sink.get_n_events(4, timeout=1000)

    assert [
        (type(answer), answer.layer, answer.address, answer.neuron_state) for answer in answers
    ] == [(rig.chip.event.NeuronValue, core, address, 127 - 5 * 13) for address in range(4)]


def test_a_rate_set_first_gives_no_extra_ticks(rig: SimpleNamespace) -> None:
    sink = samna.graph.sink_from(rig.handle.get_model_source_node())
    source = samna.graph.source_to(rig.handle.get_model_sink_node())
    rig.io.set_slow_clk_rate(10)
    rig.model.apply_configuration(rig.configuration())
    rig.io.set_slow_clk(True)
    rig.clock.sleep_s(0.35)
    rig.io.set_slow_clk(False)
    rig.clock.sleep_s(5)

    source.write(rig.reads([0]))

    assert states(sink.get_events_blocking()) == [127 - 3 * 13]


def test_a_written_bias_and_state_hold_at_the_next_tick(rig: SimpleNamespace) -> None:
    event = rig.chip.event
    sink = samna.graph.sink_from(rig.model.get_source_node())
    source = samna.graph.source_to(rig.model.get_sink_node())
    rig.model.apply_configuration(rig.configuration())

    source.write([event.WriteNeuronValue(0, 3, 50), event.WriteBiasValue(0, 0, -20)])
    rig.clock.sleep_s(0.01)
    rig.io.pulse_slow_clk()
    source.write([*rig.reads([3, 2]), event.ReadBiasValue(0, 0), event.ReadWeightValue(0, 0)])

    assert sink.get_n_events(4, 1000) == [
        event.NeuronValue(0, 3, 30),
        event.NeuronValue(0, 2, 107),
        event.BiasValue(0, 0, -20),
        event.WeightValue(0, 0, 127),
    ]


def test_a_monitored_neuron_that_leaks_upwards_is_heard_to_spike(rig: SimpleNamespace) -> None:
    sink = samna.graph.sink_from(rig.model.get_source_node())
    rig.model.apply_configuration(rig.configuration(bias=50, v_mem=0, monitor_enable=True))
    rig.handle.get_stop_watch().start()
    rig.io.set_slow_clk_rate(100)
    rig.io.set_slow_clk(True)

    spikes: list[Any] = sink.get_events_blocking(timeout=1000)

    # the third tick lifts all four to 150; ticks come 10 ms apart, the first 10 ms after the
    # switch, and setting the rate took 2.5 ms of the stop watch before
    assert [(spike.layer, spike.feature, spike.y, spike.x) for spike in spikes] == [
        (0, 0, 0, 0),
        (0, 0, 0, 1),
        (0, 0, 1, 0),
        (0, 0, 1, 1),
    ]
    assert {spike.timestamp for spike in spikes} == {32_500}
