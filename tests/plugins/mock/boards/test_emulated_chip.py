"""A chip that somebody else describes, emulated from what the description says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import attrs
import numpy as np
import pytest

import speckhal
from speckhal import AddressLayout, CoreMemory, Fact, LayerSpec, LinearAddresses, Range
from speckhal.contract.characterise import Characteriser, Comparison
from speckhal.contract.errors import (
    CapabilityUnsupported,
    DeviceNotFound,
    NetworkDoesNotFit,
    NetworkError,
    NotEmulated,
)
from speckhal.contract.health import Severity
from speckhal_mock import EmulatedBackend
from speckhal_samna.chip import ChipClasses, SamnaNames
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from speckhal import Device
    from speckhal.contract.address import NeuronAddresses
    from speckhal_samna.bindings import Vendor
    from speckhal_samna.chip import SamnaChip

NOTE = "made up for this test"


def described(chip: SamnaChip, name: str = "other", **facts: Any) -> SamnaChip:
    """That chip under another name, on a board of its own, which sinabs does not know."""
    return attrs.evolve(
        chip,
        facts=attrs.evolve(chip.facts, name=name, **facts),
        kits=(
            attrs.evolve(
                chip.kits[0], target=f"{name}kit", board=f"{name}DevKit", sinabs_device=None
            ),
        ),
    )


def known_to_sinabs() -> dict[str, Any]:
    """What sinabs has a builder of configurations for.

    Looked up where the driver has imported it, on the emulated samna. Importing it here could
    run the bootstrap that PyPI has under the name of samna.
    """
    builders: dict[str, Any] = sys.modules[
        "sinabs.backend.dynapcnn.chip_factory"
    ].ChipFactory.supported_devices
    return dict(builders)


def five_cores(vendor: Vendor) -> ChipClasses:
    """The classes of a Speck2e-t."""
    samna: Any = vendor
    return ChipClasses(
        input_node=samna.BasicSourceNode_speck2e_event_speck2et_input_event,
        output_node=samna.BasicSinkNode_speck2e_event_output_event,
        event=samna.speck2e.event,
        new_configuration=samna.speck2e.configuration.SpeckConfigurationT,
        validate=samna.speck2e.validate_configuration_t,
    )


SPECK2ET = attrs.evolve(
    described(
        SPECK2E, "five", core_memories=Fact(SPECK2E.facts.core_memories.value[:5], source=NOTE)
    ),
    classes=five_cores,
)
CHIPS = [described(SPECK2E), described(SPECK2F), SPECK2ET]


def emulated(chip: SamnaChip) -> EmulatedBackend:
    return EmulatedBackend(chip, name=f"{chip.facts.name}-mock", summary="an emulation")


def characteriser_of(backend: EmulatedBackend) -> Characteriser:
    registry = speckhal.Registry()
    registry.register(backend.name, backend)
    return registry.characteriser(backend.name)


def leak(device: Device, backend: EmulatedBackend, *layers: LayerSpec) -> speckhal.Deployment:
    example = backend.example(layers)
    wanted = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
    return device.deploy(example.network, input_shape=example.input_shape, leak=wanted)


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.classes.__name__)
def test_it_leaks_as_its_network_says(chip: SamnaChip) -> None:
    backend = emulated(chip)
    with backend.open() as device:
        assert device.info.board == chip.kits[0].board
        assert device.info.emulated
        deployment = leak(device, backend)
        trace = speckhal.measure_leak(device, ticks=12)
    assert speckhal.judge(trace, deployment.layer(0)).agrees
    assert trace.v_mem[:3, 0, 0, 0].tolist() == [127, 114, 101]


def test_a_chip_of_five_cores_has_five() -> None:
    backend = emulated(SPECK2ET)
    layer = LayerSpec(shape=(2, 4, 4), biases=[-3, -4])
    with backend.open() as device:
        cores = {layer.core for layer in leak(device, backend, *[layer] * 5).layers}
        assert cores == {0, 1, 2, 3, 4}
        with pytest.raises(NetworkDoesNotFit, match="6 layers, and a five has 5 cores"):
            leak(device, backend, *[layer] * 6)


def test_its_memories_are_those_that_it_describes() -> None:
    small = CoreMemory(kernel_words=64, neuron_words=64, bias_words=4)
    chip = described(SPECK2F, core_memories=Fact((small,) * 9, source=NOTE))
    backend = emulated(chip)
    with backend.open() as device:
        leak(device, backend, LayerSpec(shape=(1, 8, 8), biases=[-3]))
        with pytest.raises(NetworkDoesNotFit, match="needs 128 words, has 64"):
            leak(device, backend, LayerSpec(shape=(2, 8, 8), biases=[-3, -3]))


def test_larger_memories_than_its_relatives_have_are_there_too() -> None:
    large = CoreMemory(kernel_words=1 << 20, neuron_words=1 << 20, bias_words=1024)
    chip = described(SPECK2F, core_memories=Fact((large,) * 9, source=NOTE))
    backend = emulated(chip)
    with backend.open() as device:
        leak(device, backend, LayerSpec(shape=(32, 64, 64), biases=[-3] * 32))
        device.tick(2)
        assert np.all(device.probe().read().v_mem == -6)


def test_a_map_beyond_what_it_describes_is_refused_by_name() -> None:
    chip = described(SPECK2F, map_size_range=Fact(Range(1, 8), source=NOTE))
    backend = emulated(chip)
    with (
        backend.open() as device,
        pytest.raises(NetworkError, match=r"9 columns, and a other takes 1 to 8"),
    ):
        leak(device, backend, LayerSpec(shape=(1, 8, 9), biases=[-3]))


def test_sinabs_is_told_anew_of_a_chip_whose_description_changed() -> None:
    for words in (64, 128):
        memory = CoreMemory(kernel_words=64, neuron_words=words, bias_words=4)
        chip = described(SPECK2F, core_memories=Fact((memory,), source=NOTE))
        backend = emulated(described(SPECK2F, core_memories=Fact((memory,) * 9, source=NOTE)))
        with backend.open() as device:
            leak(device, backend, LayerSpec(shape=(1, 4, 4), biases=[-3]))
        (constraint, *_) = known_to_sinabs()[chip.facts.name].get_constraints()
        assert constraint.neuron_memory == words


def test_sinabs_own_chips_stay_as_sinabs_has_them() -> None:
    backend = emulated(described(SPECK2F))
    with backend.open() as device:
        leak(device, backend)
        before = known_to_sinabs()
    with speckhal.open_device("mock") as device:
        leak(device, backend)
    assert known_to_sinabs() == before
    assert "Speck2FConfigBuilder" in str(before["speck2fmodule"])


def test_two_boards_of_one_kit_are_two_devices() -> None:
    backend = emulated(described(SPECK2F))
    with backend.open("otherkit") as first, backend.open("otherkit:1") as second:
        leak(first, backend)
        leak(second, backend)
        first.tick(3)
        assert first.probe().read().v_mem[0, 0, 0] == 127 - 3 * 13
        assert second.probe().read().v_mem[0, 0, 0] == 127


def test_targets_are_the_chip_and_its_kits_and_no_others() -> None:
    backend = emulated(described(SPECK2F))
    assert [target.name for target in backend.targets] == ["other", "otherkit"]
    assert backend.chip("otherkit").name == "other"
    with pytest.raises(DeviceNotFound, match="speck2e"):
        backend.open("speck2e")


def test_a_chip_that_the_emulation_is_not_like_is_refused_with_the_reason() -> None:
    def missing(vendor: Vendor) -> ChipClasses:
        samna: Any = vendor
        return attrs.evolve(SPECK2F.classes(vendor), event=samna.speck3.event)

    def foreign(vendor: Vendor) -> ChipClasses:
        nothing_of_samnas: Any = object
        return attrs.evolve(SPECK2F.classes(vendor), new_configuration=nothing_of_samnas)

    named = SamnaNames("speck3", "BasicSourceNode_speck3", "BasicSinkNode_speck3").classes
    for chip, why in (
        (
            attrs.evolve(described(SPECK2F), classes=named),
            "not all there: .*its BasicS",
        ),
        (attrs.evolve(described(SPECK2F), classes=missing), "not all there: .*speck3"),
        (attrs.evolve(described(SPECK2F), classes=foreign), "configuration is <class 'object'>"),
    ):
        with pytest.raises(NotEmulated, match=why) as refusal:
            emulated(chip).open()
        assert "a Speck2e, a Speck2e-t or a Speck2f" in str(refusal.value)


@pytest.mark.parametrize("layout", [AddressLayout(("c", "y", "x")), LinearAddresses()], ids=str)
def test_its_neurons_have_the_addresses_that_it_describes(layout: NeuronAddresses) -> None:
    backend = emulated(described(SPECK2F, neuron_address=Fact(layout, source=NOTE)))
    states = np.arange(30, dtype=np.int16).reshape(2, 3, 5)
    with backend.open() as device:
        leak(device, backend, LayerSpec(shape=(2, 3, 5), biases=[-1, -1], initial=states))
        assert device.probe().read().v_mem.tolist() == states.tolist()
    with backend.open(options={"neuron_address": AddressLayout(("c", "x", "y"))}) as device:
        leak(device, backend, LayerSpec(shape=(2, 3, 5), biases=[-1, -1], initial=states))
        assert device.probe().read().v_mem.tolist() != states.tolist()


@pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: chip.facts.name)
def test_its_boards_can_be_tried_and_measured_too(chip: SamnaChip) -> None:
    backend = emulated(chip)
    findings = [finding for check in backend.speckhal_health_checks() for finding in check.run()]
    assert all(finding.severity is Severity.OK for finding in findings)
    assert any(f"{chip.facts.name}DevKit opens" in finding.is_ for finding in findings)

    watcher = Mock()
    characteriser_of(backend).run(None, options={}, only=[], quick=True, watcher=watcher)
    watcher.failed.assert_not_called()
    (board,) = watcher.opened.call_args.args
    assert board.chip == chip.facts.name
    unlike = {
        call.args[0].name: call.args[0].verdict
        for call in watcher.found.call_args_list
        if call.args[0].verdict is not Comparison.AS_ASSUMED
    }
    # whether events are dropped shows only before a scene that moves, and not all have all modes
    unlike.pop("flicker_filter_pixels", None)
    assert unlike == {"dropped_dvs_events_count": Comparison.NOT_SETTLED}


def test_a_chip_of_fewer_cores_than_measurements_need_is_refused() -> None:
    small = described(
        SPECK2E, "four", core_memories=Fact(SPECK2E.facts.core_memories.value[:4], source=NOTE)
    )
    with pytest.raises(CapabilityUnsupported, match="a four of 4 cores, and 5 are needed"):
        characteriser_of(emulated(attrs.evolve(small, classes=five_cores))).run(
            None, options={}, only=["step"], quick=True, watcher=Mock()
        )
