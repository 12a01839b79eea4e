"""The breakages of the mock by name, present and former."""

from __future__ import annotations

import pytest

import speckhal
from speckhal import ClockDrive, InputError
from speckhal_mock import EmulatedBackend
from speckhal_mock.boards.open_options import read_options
from speckhal_mock.testing.breakage import NOTHING
from speckhal_mock.testing.breakages import BREAKAGES, FORMER_NAMES, breakage_named
from speckhal_speck2f.chip import CHIP


@pytest.mark.parametrize("former", FORMER_NAMES)
def test_a_former_name_still_means_its_breakage(former: str) -> None:
    assert former not in BREAKAGES
    assert breakage_named(former) is BREAKAGES[FORMER_NAMES[former]]


@pytest.mark.parametrize("name", ["tells-nothing", "", 5, ["no-leak"]])
def test_what_is_no_name_of_a_breakage_is_refused_with_those_there_are(name: object) -> None:
    with pytest.raises(InputError) as refusal:
        read_options(None, {"breakage": name})
    assert repr(name) in str(refusal.value)
    assert all(known in str(refusal.value) for known in BREAKAGES)


def test_a_breakage_of_the_driver_leaves_the_board_whole() -> None:
    of_driver = {name for name, breakage in BREAKAGES.items() if breakage.is_of_driver}
    assert {"sleeps-half", "returns-no-rate"} <= of_driver
    assert not {"no-leak", "two-ticks-for-one", "states-survive"} & of_driver


def test_nothing_is_broken_unless_a_breakage_is_named() -> None:
    assert read_options(None, {}).breakage is NOTHING
    assert read_options(None, {"breakage": None}).breakage is NOTHING


@pytest.mark.parametrize(("options", "leaked"), [({}, 26), ({"breakage": "no-leak"}, 0)])
def test_a_described_chip_can_be_broken_too(options: dict[str, str], leaked: int) -> None:
    backend = EmulatedBackend(CHIP, name="described", summary="an emulation")
    example = backend.example()
    with backend.open(options=options) as device:
        leak = device.leak_config(drive=ClockDrive.STEPPED)
        device.deploy(example.network, input_shape=example.input_shape, leak=leak)
        device.tick(2)
        assert 127 - int(device.probe().read().v_mem.min()) == leaked


def test_a_former_name_breaks_a_mock_that_is_opened_by_it() -> None:
    with speckhal.open_device("mock", breakage="tells-another-rate") as device:
        example = EmulatedBackend(CHIP, name="described", summary="an emulation").example()
        leak = device.leak_config(rate_hz=100)
        deployment = device.deploy(example.network, input_shape=example.input_shape, leak=leak)
    assert deployment.layer(0).rate_hz is None
