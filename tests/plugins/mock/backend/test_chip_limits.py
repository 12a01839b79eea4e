"""What a chip's facts exclude is refused on every path; what is only assumed of it is warned of."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal import (
    Certainty,
    ClockDrive,
    ConfigurationError,
    CoreMemory,
    Fact,
    FactWarning,
    InputError,
    LayerSpec,
    NetworkDoesNotFit,
    NetworkError,
    OpenDevice,
    Range,
)
from speckhal.contract.limits import Limit
from speckhal.opened.leak_config import checked_leak
from speckhal.runs.previewed_layers import previewed_layers
from speckhal_mock import EmulatedBackend
from speckhal_speck2f.chip import CHIP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal import Device

NOTE = "made up for this test"
POTENTIALS, BIASES = Range(-2048, 2047), Range(-512, 511)


def backend_with(*, described: bool = True, **facts: Any) -> EmulatedBackend:
    """An emulation of a Speck2f with other facts, under a name that sinabs knows, or does not."""
    chip = attrs.evolve(CHIP, facts=attrs.evolve(CHIP.facts, name="twelve", **facts))
    if described:
        kit = attrs.evolve(CHIP.kits[0], target="kit", board="TwelveKit", sinabs_device=None)
        chip = attrs.evolve(chip, kits=(kit,))
    return EmulatedBackend(chip, name="twelve-mock", summary="a chip of 12 bits")


def twelve_bits(certainty: Certainty = Certainty.STATED) -> dict[str, Any]:
    return {
        "v_mem_range": Fact(POTENTIALS, NOTE, certainty),
        "bias_range": Fact(BIASES, NOTE, certainty),
        "threshold_high_range": Fact(Range(0, 2047), NOTE, certainty),
        "threshold_low_range": Fact(Range(-2048, -1), NOTE, certainty),
    }


def deploy(device: Device, layer: LayerSpec, **options: Any) -> None:
    example = EmulatedBackend(CHIP, name="any", summary="any").example([layer])
    device.deploy(example.network, input_shape=example.input_shape, **options)


@pytest.fixture(params=[True, False], ids=["described", "known-to-sinabs"])
def device(request: pytest.FixtureRequest) -> Iterator[Device]:
    with OpenDevice(backend_with(described=request.param, **twelve_bits()).open()) as device:
        yield device


LAYER = LayerSpec((1, 1, 2), biases=[-3])


@pytest.mark.parametrize("value", [30_000, 2048, -2049, 40_000])
def test_potentials_beyond_the_facts_are_refused_and_change_nothing(
    device: Device, value: int
) -> None:
    deploy(device, LAYER)
    probe = device.probe()
    probe.write([[[2047, -2048]]])
    lowest, highest = sorted((0, value))
    said = (
        rf"potentials from {lowest} to {highest} to layer 0, and a twelve takes -2048 to 2047 "
        r"\(v_mem_range, stated by the vendor\)"
    )
    with pytest.raises(InputError, match=said):
        probe.write([[[0, value]]])
    with pytest.raises(InputError, match="takes -2048 to 2047"):
        device.probe(neurons=[(0, 0, 1)]).write([value])
    assert probe.read().v_mem.tolist() == [[[2047, -2048]]]


@pytest.mark.parametrize("value", [5000, 512, -513, 1 << 15])
def test_biases_beyond_the_facts_are_refused_on_both_ways(device: Device, value: int) -> None:
    said = rf"biases from {value} to {value} to layer 0, and a twelve takes -512 to 511"
    with pytest.raises(InputError, match=said):
        deploy(device, LAYER, biases={0: [value]})
    deploy(device, LAYER, biases={0: [-512]})
    probe = device.probe()
    with pytest.raises(InputError, match=said):
        probe.write_biases([value])
    assert probe.read_biases().tolist() == [-512]
    assert probe.write_biases([511]).tolist() == [511]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (
            LayerSpec((1, 1, 2), [-3], threshold_high=2048),
            "threshold_high 2048 on the chip, and a twelve takes 0 to 2047",
        ),
        (
            LayerSpec((1, 1, 2), [-3], threshold_low=-2049),
            "threshold_low -2049 on the chip, and a twelve takes -2048 to -1",
        ),
        (
            LayerSpec((1, 1, 2), [-3], initial=np.array([[[0, 3000]]], np.int16)),
            r"states of layer 0 come to 0\.\.3000 on the chip, and a twelve takes -2048 to 2047",
        ),
    ],
    ids=["threshold_high", "threshold_low", "states"],
)
def test_what_a_network_brings_beyond_the_facts_is_refused(
    device: Device, layer: LayerSpec, said: str
) -> None:
    with pytest.raises(NetworkError, match=said):
        deploy(device, layer)
    deploy(device, LAYER)


@pytest.mark.parametrize("described", [True, False])
@pytest.mark.parametrize(
    ("facts", "layer", "said"),
    [
        (
            {"bias_range": Fact(Range(-8, 7), NOTE)},
            LayerSpec((2, 1, 2), [-3, -9]),
            r"biases of layer 0 come to -9\.\.-3 on the chip, and a twelve takes -8 to 7",
        ),
        (
            {"channel_range": Fact(Range(1, 2), NOTE)},
            LayerSpec((3, 1, 2), [-3] * 3),
            "layer 0 with 3 channels, and a twelve takes 1 to 2",
        ),
        (
            {"map_size_range": Fact(Range(1, 8), NOTE)},
            LayerSpec((1, 9, 8), [-3]),
            "layer 0 with 9 rows, and a twelve takes 1 to 8",
        ),
    ],
    ids=["biases", "channels", "map"],
)
def test_other_layers_than_the_facts_allow_are_refused(
    facts: dict[str, Any], layer: LayerSpec, said: str, *, described: bool
) -> None:
    with (
        OpenDevice(backend_with(described=described, **facts).open()) as device,
        pytest.raises(NetworkError, match=said),
    ):
        deploy(device, layer)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((2, 3000, 128), r"3000 x 128 \(height x width\), and a twelve takes 1 to 128"),
        ((1025, 128, 128), "1025 channels, and a twelve takes 1 to 1024"),
    ],
)
def test_inputs_larger_than_the_chip_takes_are_refused_before_the_network_is_looked_at(
    shape: tuple[int, int, int], said: str
) -> None:
    backend = backend_with()
    network = object()  # looked at, it is refused as no network
    with OpenDevice(backend.open()) as device, pytest.raises(NetworkError, match=said):
        device.deploy(network, input_shape=shape)
    with pytest.raises(NetworkError, match=said):
        previewed_layers(backend, None, network, shape)


def test_a_networks_own_biases_may_be_anything_where_others_replace_them() -> None:
    with OpenDevice(backend_with(bias_range=Fact(Range(-8, 7), NOTE)).open()) as device:
        deploy(device, LayerSpec((1, 1, 2), [-100]), biases={0: [-8]})
        assert device.probe().read_biases().tolist() == [-8]


def test_layers_are_placed_by_the_facts_and_not_by_what_sinabs_knows() -> None:
    small, large = CoreMemory(64, 16, 8), CoreMemory(64, 64, 8)
    memories = Fact((small,) * 8 + (large,), NOTE)
    with OpenDevice(backend_with(described=False, core_memories=memories).open()) as device:
        example = EmulatedBackend(CHIP, name="any", summary="any").example(
            [LayerSpec((1, 8, 8), [-3])]
        )
        placed = device.deploy(example.network, input_shape=example.input_shape)
        assert placed.layer(0).core == 8
        with pytest.raises(NetworkDoesNotFit, match="needs 128 words, has 64"):
            deploy(device, LayerSpec((2, 8, 8), [-3, -3]))


def test_an_assumed_limit_warns_with_its_name_and_the_line_that_asked() -> None:
    with OpenDevice(backend_with(**twelve_bits(Certainty.ASSUMED)).open()) as device:
        deploy(device, LAYER)
        probe = device.probe()
        said = r"-30000 to 0 to layer 0, and a twelve takes -2048 to 2047 \(v_mem_range, assumed\)"
        with pytest.warns(FactWarning, match=said) as caught:
            probe.write([[[-30_000, 0]]])
        assert [warning.filename for warning in caught] == [__file__]
        assert probe.read().v_mem.tolist() == [[[-30_000, 0]]]
        with pytest.warns(FactWarning, match="bias_range, assumed"):
            assert probe.write_biases([5000]).tolist() == [5000]
        with (
            pytest.raises(InputError, match="a word of 16 bits holds -32768 to 32767"),
            pytest.warns(FactWarning),
        ):
            probe.write([[[40_000, 0]]])


TYPICAL_HZ = CHIP.facts.limit("slow_clock_typical_rate_hz").fact.value


def rates(
    typical: Range = TYPICAL_HZ,
    **particulars: Fact[object],
) -> EmulatedBackend:
    return backend_with(slow_clock_typical_rate_hz=Fact(typical, NOTE), particulars=particulars)


@pytest.mark.parametrize("rate_hz", [1, 9, 101, 5000])
def test_a_rate_that_is_neither_typical_nor_seen_is_taken_with_a_warning(rate_hz: int) -> None:
    end = "from 10" if rate_hz < 10 else "up to 100"
    said = (
        rf"{rate_hz} Hz: rates are typical {end} Hz "
        r"\(slow_clock_typical_rate_hz of the twelve, stated by the vendor\)"
    )
    with (
        OpenDevice(rates(Range(10, 100)).open()) as device,
        pytest.warns(FactWarning, match=said) as caught,
    ):
        assert device.leak_config(rate_hz=rate_hz).rate_hz == rate_hz
    assert [warning.filename for warning in caught] == [__file__]


@given(rate_hz=st.integers(1, 10_000))
def test_a_rate_between_those_that_are_typical_or_were_seen_is_taken_without_a_word(
    rate_hz: int,
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # the rate of the published experiment, 1 Hz, was seen to work on a kit
        request = checked_leak(ClockDrive.EXTERNAL, rate_hz, None, chip=CHIP.facts)
        assert request.rate_hz == rate_hz


def test_a_rate_beyond_what_the_board_makes_is_refused_and_where_that_is_unknown_it_is_tried() -> (
    None
):
    with OpenDevice(rates(slow_clock_highest_rate_hz=Fact(400, NOTE)).open()) as device:
        assert device.leak_config(rate_hz=400).rate_hz == 400
        with pytest.raises(ConfigurationError, match="of 401 Hz, and a twelve takes 1 to 400"):
            device.leak_config(rate_hz=401)
    with (
        OpenDevice(rates().open()) as device,
        pytest.warns(FactWarning, match="typical up to 10000"),
    ):
        assert device.leak_config(rate_hz=20_000_000).rate_hz == 20_000_000


@given(
    low=st.integers(-100, 0),
    span=st.integers(0, 100),
    value=st.integers(-300, 300),
    certainty=st.sampled_from(Certainty),
)
def test_a_limit_refuses_just_what_lies_outside_unless_it_is_assumed(
    low: int, span: int, value: int, certainty: Certainty
) -> None:
    limit = Limit("any", "bias_range", Fact(Range(low, low + span), NOTE, certainty))
    inside = low <= value <= low + span
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        refusal: InputError | None = None
        try:
            limit.check(value, value, f"Asked for {value}", InputError)
        except InputError as error:
            refusal = error
    assert (refusal is not None) is (not inside and certainty is not Certainty.ASSUMED)
    if refusal is not None:
        said = (
            f"and a any takes {Range(low, low + span).in_words()} (bias_range, {certainty.value})."
        )
        assert refusal.message == f"Asked for {value}, {said}"
        assert refusal.hint == f"Stay within {low}..{low + span}."
    assert len(caught) == (not inside and certainty is Certainty.ASSUMED)
