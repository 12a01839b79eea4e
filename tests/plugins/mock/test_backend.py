"""The mock as a backend: its options, its boards, and what it leaves behind."""

from __future__ import annotations

import pytest

import speckhal
from speckhal import DeviceNotFound, InputError
from speckhal_mock.samna.bus import current_bus


def test_every_target_can_be_opened_by_its_name() -> None:
    from speckhal_mock import backend

    for target in backend.targets:
        with speckhal.open_device(f"mock:{target.name}") as device:
            assert device.info.chip is backend.chip(target.name)


def test_a_closed_mock_leaves_nothing_plugged_in() -> None:
    before = current_bus().boards
    with speckhal.open_device("mock"):
        assert len(current_bus().boards) == len(before) + 1
    assert current_bus().boards == before


def test_an_unknown_option_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="Asked for a mock with colour") as refusal:
        speckhal.open_device("mock", colour="red")
    assert "spike_on_tick" in str(refusal.value)


@pytest.mark.parametrize("options", [{"overflow": "explode"}, {"io_write_s": -1}, {"realtime": 1}])
def test_a_wrong_option_is_refused_by_name(options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(InputError, match=f"The option {name} is"):
        speckhal.open_device("mock", **options)
    with speckhal.open_device("mock"):
        pass  # nothing stayed open


def test_an_option_changes_the_chip() -> None:
    from speckhal_samna.example import published_network

    example = published_network()
    with speckhal.open_device("mock", first_tick="at_once") as device:
        leak = device.leak_config(rate_hz=1)
        device.deploy(example.network, input_shape=example.input_shape, leak=leak)
        device.start_slow_clock()
        assert device.probe().read().v_mem.max() == 114


def test_in_real_time_the_clock_is_not_virtual() -> None:
    with speckhal.open_device("mock", realtime=True) as device:
        assert not device.clock.is_virtual


def test_the_desk_has_room_for_a_few_boards_only() -> None:
    with pytest.raises(DeviceNotFound, match="room for 16"):
        speckhal.open_device("mock:speck2f:1000000")


def test_hardware_backends_take_no_options() -> None:
    with pytest.raises(InputError, match="real boards take no options"):
        speckhal.open_device("speck2f", spike_on_tick=False)
