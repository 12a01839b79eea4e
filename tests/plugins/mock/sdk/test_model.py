from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from speckhal.contract.chip import CoreMemory
from speckhal_mock import samna
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Callable


def read_back(rig: SimpleNamespace, core: int = 0) -> list[int]:
    sink = samna.graph.sink_from(rig.model.get_source_node())
    samna.graph.source_to(rig.model.get_sink_node()).write(rig.reads(core=core))
    answers: list[Any] = sink.get_n_events(4, timeout=1000)
    return [answer.neuron_state for answer in answers]


def test_applying_takes_its_time_and_writes_the_initial_states(rig: SimpleNamespace) -> None:
    rig.model.apply_configuration(rig.configuration(core=5, v_mem=-77))

    assert rig.clock.now_s() == 0.2
    assert read_back(rig, core=5) == [-77] * 4


def test_an_invalid_configuration_is_refused_and_not_applied(rig: SimpleNamespace) -> None:
    rig.model.apply_configuration(rig.configuration(v_mem=5))
    before = rig.model.get_configuration()
    invalid = rig.configuration(v_mem=6, threshold_high=-1)
    valid, analysis = rig.chip.module.validate_configuration(invalid)
    assert not valid

    with pytest.raises(RuntimeError, match="was not applied") as refusal:
        rig.model.apply_configuration(invalid)

    assert analysis in str(refusal.value)
    assert rig.model.get_configuration() == before
    assert read_back(rig) == [5] * 4
    assert rig.clock.now_s() < 0.3


def test_a_configuration_that_does_not_fit_the_board_is_refused(
    make_rig: Callable[..., SimpleNamespace], speck2f: SimpleNamespace
) -> None:
    rig = make_rig(speck2f)
    tiny = EmulatedBoard(
        rig.board.kit, [CoreMemory(1, 1, 1)] * 9, clock=rig.clock, usb_device_address=2
    )
    current_bus().plug(tiny)
    model: Any = samna.device.open_device("Speck2fModuleDevKit:1").get_model()

    with pytest.raises(RuntimeError, match=r"is not valid .*needs 4 words of neuron"):
        model.apply_configuration(rig.configuration())


def test_only_a_configuration_of_the_chip_can_be_applied(rig: SimpleNamespace) -> None:
    other = {"speck2e": samna.speck2f, "speck2f": samna.speck2e}[rig.chip.name]
    wrongs = [other.configuration.SpeckConfiguration(), None, "text", rig.configuration]
    for wrong in wrongs:
        with pytest.raises(TypeError, match=rf"a samna\.{rig.chip.name}\.configuration\.SpeckConf"):
            rig.model.apply_configuration(wrong)


def test_a_program_for_the_other_chip_learns_which_board_to_plug_in(rig: SimpleNamespace) -> None:
    name = {"speck2e": "speck2f", "speck2f": "speck2e"}[rig.chip.name]
    other: Any = getattr(samna, name)
    graph = samna.graph.EventFilterGraph()
    sink = getattr(samna, f"BasicSinkNode_{name}_event_output_event")()
    stream = "input_event" if name == "speck2f" else "speck2e_input_event"
    source = getattr(samna, f"BasicSourceNode_{name}_event_{stream}")()
    write = samna.graph.source_to(rig.model.get_sink_node()).write
    hint = rf"here is a {rig.chip.name.capitalize()}: .*--board {name}devkit"

    with pytest.raises(TypeError, match=f"takes a samna.*not a samna.{name}.*{hint}"):
        rig.model.apply_configuration(other.configuration.SpeckConfiguration())
    with pytest.raises(RuntimeError, match=hint):
        graph.sequential([rig.model.get_source_node(), sink])
    with pytest.raises(RuntimeError, match=hint):
        graph.sequential([rig.model.get_source_node(), samna.graph.JitMemberSelect(), sink])
    with pytest.raises(RuntimeError, match=hint):
        graph.sequential([source, rig.model.get_sink_node()])
    with pytest.raises(TypeError, match=hint):
        write([other.event.ReadNeuronValue()])


def test_no_kit_of_ours_carries_the_chip_of_five_cores(
    make_rig: Callable[..., SimpleNamespace],
) -> None:
    rig = make_rig(SimpleNamespace(kit="Speck2eTestBoard"))

    with pytest.raises(NotEmulatedError, match="SpeckConfigurationT is for a chip of five cores"):
        rig.model.apply_configuration(samna.speck2e.configuration.SpeckConfigurationT())


def test_applying_takes_the_arguments_of_its_chip(rig: SimpleNamespace) -> None:
    if rig.chip.name == "speck2f":
        rig.model.apply_configuration(config=rig.configuration(), timeout=None)
        rig.model.apply_configuration(rig.configuration(), 10)
        with pytest.raises(TypeError, match="timeout of apply_configuration takes an integer"):
            rig.model.apply_configuration(rig.configuration(), 10.0)
    else:
        with pytest.raises(TypeError):
            rig.model.apply_configuration(arg0=rig.configuration())
        with pytest.raises(TypeError):
            rig.model.apply_configuration(rig.configuration(), 10)


def test_a_timeout_that_is_too_short_is_an_error(
    make_rig: Callable[..., SimpleNamespace], speck2f: SimpleNamespace
) -> None:
    rig = make_rig(speck2f, apply_s=2.5)

    with pytest.raises(RuntimeError, match=r"takes 2\.5 s here, and the timeout is 2 s"):
        rig.model.apply_configuration(rig.configuration(), timeout=2)
    rig.model.apply_configuration(rig.configuration(), timeout=3)
    rig.model.apply_configuration(rig.configuration(), timeout=None)


def test_the_configuration_is_a_copy_of_what_was_applied(rig: SimpleNamespace) -> None:
    applied = rig.configuration()
    rig.model.apply_configuration(applied)
    applied.cnn_layers[0].threshold_high = 1
    rig.model.get_configuration().cnn_layers[0].threshold_high = 2
    rig.io.pulse_slow_clk()

    assert rig.model.get_configuration() == rig.configuration()


def test_before_anything_is_applied_the_configuration_is_the_default(rig: SimpleNamespace) -> None:
    assert rig.model.get_configuration() == rig.chip.configuration.SpeckConfiguration()


def test_a_default_configuration_can_be_applied(rig: SimpleNamespace) -> None:
    rig.model.apply_configuration(rig.chip.configuration.SpeckConfiguration())
    rig.io.pulse_slow_clk()

    assert read_back(rig) == [0] * 4


def test_a_reset_clears_states_and_leaves_the_rest(rig: SimpleNamespace) -> None:
    rig.model.apply_configuration(rig.configuration())
    rig.model.reset()
    assert read_back(rig) == [0] * 4
    rig.io.pulse_slow_clk()
    assert read_back(rig) == [-13] * 4
    assert rig.model.get_configuration() == rig.configuration()


def test_applying_again_brings_the_initial_states_back(rig: SimpleNamespace) -> None:
    configuration = rig.configuration()
    rig.model.apply_configuration(configuration)
    rig.io.pulse_slow_clk()
    rig.model.apply_configuration(configuration)

    assert read_back(rig) == [127] * 4


def test_the_vendors_own_configuration_objects_are_taken(rig: SimpleNamespace) -> None:
    # where the vendor's samna is installed, sinabs hands over objects of its classes
    ours = type(rig.configuration())

    class SpeckConfiguration:
        """Like one of the emulation's to whoever reads attributes, and not of its class."""

        def __init__(self) -> None:
            self.wrapped = ours()

        def __getattr__(self, name: str) -> object:
            return getattr(self.wrapped, name)

    SpeckConfiguration.__module__, SpeckConfiguration.__qualname__ = ours.__module__, ours.__name__
    original = SpeckConfiguration()
    original.wrapped = rig.configuration()

    rig.model.apply_configuration(original)
    original.wrapped.cnn_layers[0].threshold_high = 1

    assert read_back(rig) == [127] * 4
    copy = rig.model.get_configuration()
    assert type(copy) is SpeckConfiguration
    assert copy.wrapped == rig.configuration()
