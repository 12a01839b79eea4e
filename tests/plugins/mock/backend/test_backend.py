"""The mock as a backend: its options, its boards, and what it leaves behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
import numpy as np
import pytest

import speckhal
from speckhal import DeviceBusy, DeviceNotFound, InputError, Spikes
from speckhal_mock import samna
from speckhal_mock.backend import emulated_device
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call, Raises

if TYPE_CHECKING:
    from speckhal import Device


def halt(device: Device) -> None:
    """Let a spike fall outside the input map of a core, of which nobody knows what it does."""
    from speckhal_samna.network.example import published_network

    example = published_network()
    device.deploy(example.network, input_shape=example.input_shape)
    (board,) = current_bus().boards
    outside = (np.array([value]) for value in (8, board.clock.now_ns(), 0, 5, 5))
    board._flow.feed(*outside)


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


@pytest.mark.parametrize(
    "options", [{"overflow": "explode"}, {"io_write_s": True}, {"realtime": 1}]
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, object]) -> None:
    (name,) = options
    with pytest.raises(InputError, match=f"The option {name} is"):
        speckhal.open_device("mock", **options)
    with speckhal.open_device("mock"):
        pass  # nothing stayed open


def test_an_option_changes_the_chip() -> None:
    from speckhal_samna.network.example import published_network

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


def test_a_board_that_stands_still_says_so_once_and_then_closes() -> None:
    device = speckhal.open_device("mock")
    halt(device)
    with pytest.raises(NotEmulatedError, match="outside the input map of core 8") as refusal:
        device.probe().read()

    assert "say what to assume with the option out_of_range_event" in str(refusal.value)
    device.close()

    assert current_bus().boards == ()


def test_a_board_of_which_nobody_heard_that_it_stands_still_says_so_when_it_closes() -> None:
    device = speckhal.open_device("mock")
    halt(device)

    with pytest.raises(NotEmulatedError, match="outside the input map of core 8") as refusal:
        device.close()

    assert refusal.value.__context__ is None  # and only once
    assert current_bus().boards == ()


def test_a_board_that_is_open_is_busy_also_after_the_one_before_it_was_closed() -> None:
    with speckhal.open_device("mock:speck2f:1"):
        speckhal.open_device("mock:speck2f:0").close()

        with pytest.raises(DeviceBusy):
            speckhal.open_device("mock:speck2f:1")

        assert len(samna.device.get_opened_devices()) == 1


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, DeviceBusy])
def test_a_mock_that_could_not_be_opened_leaves_nothing_plugged_in(
    monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    def interrupted(*_arguments: object, **_named: object) -> NoReturn:
        raise interruption("now")

    monkeypatch.setattr(emulated_device, "EmulatedDevice", interrupted)
    with pytest.raises(interruption):
        speckhal.open_device("mock")

    assert current_bus().boards == ()


@pytest.mark.parametrize("call", [Call.GET_ALL_DEVICES, Call.OPEN_DEVICE, Call.SET_SLOW_CLK])
def test_an_interrupt_while_a_mock_opens_leaves_nothing_plugged_in(call: Call) -> None:
    current_bus().faults.arm(Raises(call, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        speckhal.open_device("mock")

    assert current_bus().boards == ()


def test_threads_that_open_one_board_at_a_time_get_one_board_between_them() -> None:
    start = threading.Barrier(8)
    opened: list[Device] = []
    refused: list[DeviceBusy] = []

    def open_it() -> None:
        start.wait()
        try:
            opened.append(speckhal.open_device("mock"))
        except DeviceBusy as error:
            refused.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(opened), len(refused)) == (1, 7)
    opened[0].close()
    assert current_bus().boards == ()


def test_hardware_backends_take_no_options() -> None:
    with pytest.raises(InputError, match="real boards take no options"):
        speckhal.open_device("speck2f", spike_on_tick=False)


def test_a_mock_says_what_its_cores_did_and_which_orders_it_permits() -> None:
    from speckhal.contract.core_activity import activity_of, order_options
    from speckhal_mock import backend
    from speckhal_samna.network.example import published_network

    options = order_options(backend, 3)
    assert options == {"sweep": "shuffled", "arbitration": "shuffled", "order_seed": 3}
    assert order_options(object(), 3) is None
    example = published_network()
    with speckhal.open_device("mock", **options) as device:
        (layer,) = device.deploy(example.network, input_shape=example.input_shape).layers
        assert activity_of(device.raw) == activity_of(object()) == ()
        raw: Any = device.raw
        raw.stimulate(Spikes(time_us=5, layer=0, channel=0, y=1, x=1))
        busy = [core for core in activity_of(device.raw) if core.events]
    assert [(core.core, core.events, core.operations, core.spikes) for core in busy] == [
        (layer.core, 1, 1, 1)
    ]


def test_each_run_of_spikes_has_what_cores_did_in_it_and_nothing_of_those_before() -> None:
    layers = [speckhal.LayerSpec((1, 2, 2), biases=[0], threshold_high=127, threshold_low=-127)]
    crowd = Spikes(time_us=[5] * 9, layer=0, channel=0, y=[0, 1, 1] * 3, x=0)
    single = Spikes(time_us=5, layer=0, channel=0, y=1, x=1)
    with speckhal.open_device("mock") as device:
        device.deploy(layers, input_shape=(1, 2, 2), monitor=[0])
        alone = speckhal.run_spikes(device, single).activity
        crowded = speckhal.run_spikes(device, crowd).activity
        again = speckhal.run_spikes(device, single).activity
        raw: Any = device.raw
        in_all = sum(core.events for core in raw.activity())
    busy = next(core for core in crowded if core.events)
    assert (busy.events, busy.spikes, in_all) == (9, 9, 11)
    assert busy.longest_queue > 0
    assert busy.longest_delay_s > 0
    assert [attrs.astuple(core) for core in again] == [
        pytest.approx(attrs.astuple(core)) for core in alone
    ]


def test_only_the_run_itself_is_repeated_in_other_orders() -> None:
    shape = (1, 2, 2)
    layer = speckhal.LayerSpec(shape, biases=[-1], threshold_high=127, threshold_low=-127)
    options = {"overflow": "wrap"}
    spikes = Spikes(time_us=[5, 90], layer=0, channel=0, y=1, x=1)
    with speckhal.open_device("mock:speck2e", **options) as device:
        leak = device.leak_config(rate_hz=50)
        device.deploy([layer], input_shape=shape, leak=leak, monitor=[0])
        run = speckhal.run_spikes(device, spikes)
    right: dict[str, Any] = {
        "network": [layer],
        "selection": "mock:speck2e",
        "options": options,
        "rate_hz": 50,
    }
    for name, value, says in (
        ("rate_hz", None, r"without a clock, and it ran at 50 Hz\..*rate_hz=50"),
        ("network", [attrs.evolve(layer, biases=[-2])], "another network"),
        ("network", [attrs.evolve(layer, threshold_high=128)], "another network"),
        ("selection", "mock:speck2f", r"Speck2e.* on Speck2f.*selection='mock:speck2e'"),
        ("options", {}, r"options={'overflow': 'wrap'}"),
    ):
        with pytest.raises(InputError, match=says):
            speckhal.spread_of_orders(run, **{**right, name: value}, input_shape=shape, orders=2)
    spread = speckhal.spread_of_orders(run, **right, input_shape=shape, orders=2)
    assert spread.counts.tolist() == [[2], [2]]
