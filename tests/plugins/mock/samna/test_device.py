from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.clock import VirtualClock
from speckhal_mock import samna
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.emulation.kits import KITS
from speckhal_mock.samna.device import (
    close_device,
    get_all_devices,
    get_opened_devices,
    get_unopened_devices,
    open_device,
)
from speckhal_mock.sdk.bus import Bus, current_bus
from speckhal_mock.sdk.faults import Call, OpensNothing, Unplugs
from speckhal_mock.testing.faults import cut_off

if TYPE_CHECKING:
    from types import SimpleNamespace

Plug = Callable[..., EmulatedBoard]


@given(st.permutations([(kit, address) for kit in KITS for address in (3, 1, 2)]))
def test_boards_are_listed_by_name_and_then_by_address(order: list[tuple[str, int]]) -> None:
    bus = Bus()
    for kit, address in order:
        bus.plug(EmulatedBoard(KITS[kit], (), clock=VirtualClock(), usb_device_address=address))

    listed = [(board.kit.name, board.usb_device_address) for board in bus.boards]

    assert listed == sorted(order)


@given(st.permutations([(bus, address) for bus in (1, 2, 10) for address in (1, 2, 10)]))
def test_devices_of_a_kind_are_listed_by_bus_and_then_by_address(
    order: list[tuple[int, int]],
) -> None:
    bus = current_bus()
    for usb_bus, address in order:
        bus.plug(
            EmulatedBoard(
                KITS["Speck2fDevKit"],
                (),
                clock=VirtualClock(),
                usb_bus_number=usb_bus,
                usb_device_address=address,
            )
        )
    try:
        listed = [(info.usb_bus_number, info.usb_device_address) for info in get_all_devices()]
    finally:
        bus.clear()

    assert listed == sorted(order)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_cannot_open_the_board_that_its_parent_has_open(plug: Plug) -> None:
    plug("Speck2fDevKit")
    handle = open_device("Speck2fDevKit:0")
    fork = multiprocessing.get_context("fork")
    said: Any = fork.SimpleQueue()

    def child() -> None:
        try:
            open_device("Speck2fDevKit:0")
        except RuntimeError as refusal:
            said.put((str(refusal), get_unopened_devices(), get_opened_devices()))
        else:
            said.put(None)

    process = fork.Process(target=child)
    process.start()
    process.join()

    assert not said.empty()
    assert said.get() == (
        "This Speck2fDevKit is open in another process, and can be open only once.",
        [],
        [],
    )
    assert open_device("Speck2fDevKit:0") is handle


def test_clearing_the_bus_unplugs_every_board_and_forgets_what_was_to_go_wrong(plug: Plug) -> None:
    boards = [plug("Speck2fDevKit", address) for address in (1, 2)]
    open_device("Speck2fDevKit:1").get_io_module().set_slow_clk(True)
    bus = current_bus()
    bus.faults.arm(OpensNothing())

    bus.clear()

    assert (bus.boards, bus.faults.armed) == ((), ())
    assert not any(bus.is_open(board) or board.slow_clock_running for board in boards)
    bus.clear()


def test_a_board_that_something_else_unplugs_meanwhile_is_unplugged_once(
    rig: SimpleNamespace,
) -> None:
    bus, sink = current_bus(), samna.graph.sink_from(rig.model.get_source_node())
    samna.graph.source_to(rig.model.get_sink_node()).write(rig.reads())
    rig.clock.sleep_s(1)
    bus.faults.arm(cut_off(0))
    bus.faults.arm(Unplugs(Call.SET_SLOW_CLK))

    with pytest.raises(RuntimeError, match="was unplugged"):
        rig.io.set_slow_clk(True)

    assert (bus.boards, bus.faults.armed) == ((), ())
    assert not rig.board.slow_clock_running
    assert sink.get_events() == []


def test_clearing_the_bus_goes_on_after_a_board_that_complains(
    plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    boards = [plug("Speck2fDevKit", address) for address in (1, 2, 3)]
    for index in range(3):
        open_device(f"Speck2fDevKit:{index}")

    def complain() -> None:
        raise LookupError

    monkeypatch.setattr(boards[1], "settle", complain)

    with pytest.raises(LookupError):
        current_bus().clear()

    assert current_bus().boards == ()
    assert get_opened_devices() == []
    assert boards[1].outputs is None


def test_no_two_boards_of_a_kind_have_one_address(plug: Plug) -> None:
    plug("Speck2fDevKit", 1)
    plug("Speck2eDevKit", 1)

    with pytest.raises(ValueError, match=r"A Speck2fDevKit is plugged in at USB bus 1, address 1"):
        plug("Speck2fDevKit", 1)


def test_what_is_not_plugged_in_cannot_be_unplugged(plug: Plug) -> None:
    board = plug()
    current_bus().unplug(board)

    with pytest.raises(ValueError, match="not plugged in"):
        current_bus().unplug(board)


def test_a_listed_device_has_the_vendors_five_properties(plug: Plug) -> None:
    plug("Speck2fModuleDevKit", 9, serial_number="")
    (info,) = get_all_devices()

    assert repr(info) == (
        "device::DeviceInfo(serial_number=, usb_bus_number=1, usb_device_address=9, "
        "logic_version=0, device_type_name=Speck2fModuleDevKit)"
    )
    twin = samna.device.DeviceInfo()
    twin.from_json(info.to_json())
    assert twin == info


def test_every_device_is_listed_as_open_or_as_not_open(plug: Plug) -> None:
    for address in (1, 2, 3):
        plug("Speck2fDevKit", address)
    handle = open_device("Speck2fDevKit:1")

    assert [info.usb_device_address for info in get_all_devices()] == [1, 2, 3]
    assert [info.usb_device_address for info in get_opened_devices()] == [2]
    assert [info.usb_device_address for info in get_unopened_devices()] == [1, 3]
    close_device(handle)
    assert get_opened_devices() == []


def test_the_list_is_the_callers_own(plug: Plug) -> None:
    plug()
    get_all_devices().clear()

    assert len(get_all_devices()) == 1


@pytest.mark.parametrize("kit", list(KITS))
def test_every_kit_opens_as_the_vendors_class(plug: Plug, kit: str) -> None:
    plug(kit)

    handle = open_device(kit)

    name = {"Speck2eDevKit": "Speck2eTestBoard"}.get(kit, kit)
    module = "speck2eTestBoard" if kit.startswith("Speck2e") else "speck2fBoards"
    assert (type(handle).__module__, type(handle).__name__) == (f"samna.{module}", name)
    assert type(handle) is getattr(getattr(samna, module), name)


def test_an_open_board_is_given_again(plug: Plug) -> None:
    plug("Speck2fDevKit", 1)
    plug("Speck2fDevKit", 2)
    second = get_all_devices()[1]

    handle = open_device(second)

    assert open_device(second) is handle
    assert open_device(deviceInfo=second) is handle
    assert open_device("Speck2fDevKit:1") is handle
    assert open_device(nameAndId="Speck2fDevKit:1", defaultConfig=None) is handle


def test_a_bare_name_gives_the_next_board_that_is_not_open(plug: Plug) -> None:
    for address in (1, 2):
        plug("Speck2fDevKit", address, serial_number=str(address))
    plug("Speck2eDevKit", 3)

    first, second = open_device("Speck2fDevKit"), open_device("Speck2fDevKit")

    assert first.get_board_serial_number() == "1"
    assert second.get_board_serial_number() == "2"
    with pytest.raises(RuntimeError, match="next free Speck2fDevKit, and every one is open"):
        open_device("Speck2fDevKit")
    close_device(first)
    assert open_device("Speck2fDevKit").get_board_serial_number() == "1"


def test_a_board_that_is_not_there_cannot_be_opened(plug: Plug) -> None:
    with pytest.raises(RuntimeError, match=r"none is plugged in\. .*--board Speck2eDevKit`"):
        open_device("Speck2eDevKit")
    plug("Speck2fDevKit")
    with pytest.raises(RuntimeError, match=r"1 of that name are plugged in.* once for each"):
        open_device("Speck2fDevKit:1")
    with pytest.raises(
        RuntimeError, match=r"Plugged in: Speck2fDevKit.* Kits that can be: Speck2f"
    ):
        open_device("Speck2DevKit")
    with pytest.raises(RuntimeError, match="must be a number"):
        open_device("Speck2fDevKit:one")
    with pytest.raises(RuntimeError, match="There is no board device::DeviceInfo"):
        open_device(samna.device.DeviceInfo(device_type_name="Speck2fDevKit"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), {}),
        ((None,), {}),
        ((3,), {}),
        (("Speck2fDevKit", None, None), {}),
        (("Speck2fDevKit",), {"nameAndId": "Speck2fDevKit"}),
        (("Speck2fDevKit",), {"default_config": None}),
        (("Speck2fDevKit", "config"), {}),
    ],
)
def test_arguments_that_no_overload_takes_are_type_errors(
    plug: Plug, arguments: tuple[object, ...], named: dict[str, object]
) -> None:
    plug("Speck2fDevKit")

    with pytest.raises(TypeError, match="open_device takes"):
        open_device(*arguments, **named)
    assert get_opened_devices() == []


def test_a_closed_board_can_be_opened_anew_and_is_reset(plug: Plug) -> None:
    board = plug("Speck2fDevKit")
    handle = open_device("Speck2fDevKit")
    handle.get_io_module().set_slow_clk_rate(20)
    handle.get_io_module().set_slow_clk(True)

    close_device(handle)

    assert not board.slow_clock_running
    assert board.slow_clock_rate_hz == 1000
    assert board.outputs is None
    assert open_device("Speck2fDevKit") is not handle


def test_a_board_is_closed_once(plug: Plug) -> None:
    plug("Speck2fDevKit")
    handle = open_device("Speck2fDevKit")
    close_device(handle)
    again = open_device("Speck2fDevKit")

    with pytest.raises(RuntimeError, match="not open"):
        close_device(handle)
    with pytest.raises(TypeError, match="the handle of a board"):
        close_device("Speck2fDevKit")
    assert again.get_board_serial_number() == "7"


ARGUMENTS: dict[str, tuple[object, ...]] = {
    "apply_configuration": (None,),
    "reset_board_soft": (True,),
    "reset_model": (True,),
    "set_base_period": (1.0,),
    "write_config": (1, 2),
    **dict.fromkeys(("enable_jtag", "set_chip_stuck_check_enable", "set_enable_value"), (False,)),
    **dict.fromkeys(("set_slow_clk", "set_in_out_interface_clk"), (True,)),
    "set_dual_channel_output_enable": (False,),
    "enable_power": (31,),
    **dict.fromkeys(("set_slow_clk_rate", "set_jtag_clk_rate"), (1000,)),
    "set_in_out_interface_clk_rate": (25_000_000,),
    "set_spi_clk_rate": (1_562_500,),
}


def public_methods(part: object) -> list[str]:
    return [name for name in dir(part) if not name.startswith("_")]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("end", ["closed", "unplugged"])
def test_nothing_works_on_a_board_that_is_gone(rig: SimpleNamespace, end: str) -> None:
    source = samna.graph.source_to(rig.model.get_sink_node())
    parts = [rig.handle, rig.model, rig.io, rig.handle.get_stop_watch()]
    if end == "closed":
        close_device(rig.handle)
    else:
        current_bus().unplug(rig.board)

    for part in parts:
        for name in public_methods(part):
            with pytest.raises(RuntimeError, match=f"was {end}: neither its handle"):
                getattr(part, name)(*ARGUMENTS.get(name, ()))
    with pytest.raises(RuntimeError, match=f"was {end}"):
        source.write(rig.reads())


def test_what_a_board_sent_before_it_was_closed_can_be_read_after(rig: SimpleNamespace) -> None:
    sink = samna.graph.sink_from(rig.model.get_source_node())
    samna.graph.source_to(rig.model.get_sink_node()).write(rig.reads())
    rig.clock.sleep_s(1)

    close_device(rig.handle)

    assert len(sink.get_events()) == 4
    assert sink.get_events_blocking(timeout=50) == []


def test_a_board_that_stands_still_can_be_closed(rig: SimpleNamespace) -> None:
    configuration = rig.configuration(bias=127)
    configuration.cnn_layers[0].destinations[0].enable = True
    configuration.cnn_layers[0].destinations[0].layer = 1
    for name in ("input_shape", "output_shape"):
        getattr(configuration.cnn_layers[1].dimensions, name).size = {"x": 2, "y": 2}
    configuration.cnn_layers[1].neurons_initial_value = [[[0, 0], [0, 0]]]
    rig.model.apply_configuration(configuration)
    rig.io.set_slow_clk(True)
    rig.clock.sleep_s(1)

    close_device(rig.handle)

    assert get_opened_devices() == []


def test_a_default_configuration_may_be_given_if_it_sets_nothing(plug: Plug) -> None:
    plug("Speck2fDevKit", 1)
    config = samna.speck2fBoards.DevKitDefaultConfig()
    config.boot_from_flash = False

    handle: Any = open_device("Speck2fDevKit", config)

    assert isinstance(config, samna.device.DefaultConfigBase)
    handle.reset_board_soft(bootFromPc=True, defaultConfig=config)


@pytest.mark.parametrize(("setting", "value"), [("ram_voltage", 0.0), ("boot_from_flash", True)])
def test_settings_that_the_emulation_would_ignore_are_refused(
    plug: Plug, setting: str, value: object
) -> None:
    plug("Speck2fDevKit")
    config = samna.speck2fBoards.DevKitDefaultConfig()
    setattr(config, setting, value)

    with pytest.raises(NotEmulatedError, match=f"sets {setting}"):
        open_device("Speck2fDevKit", config)
    assert get_opened_devices() == []


def test_supply_voltages_of_a_default_configuration_are_taken_with_one_warning(plug: Plug) -> None:
    plug("Speck2fDevKit")
    config: Any = samna.speck2fBoards.DevKitDefaultConfig()
    config.io_voltage = 3.3

    with pytest.warns(EmulationWarning, match="sets io_voltage. Supply voltages are not") as news:
        handle: Any = open_device("Speck2fDevKit", config)
    handle.reset_board_soft(bootFromPc=True, defaultConfig=config)

    assert [warning.filename for warning in news] == [__file__]


def test_a_default_configuration_must_be_one_for_the_board(plug: Plug) -> None:
    plug("Speck2fDevKit")

    with pytest.raises(RuntimeError, match="Speck2fDevKit, which takes a DevKitDefaultConfig"):
        open_device("Speck2fDevKit", samna.device.DefaultConfigBase())


def test_a_board_with_speck2e_takes_no_default_configuration(plug: Plug) -> None:
    plug("Speck2eDevKit")

    with pytest.raises(
        RuntimeError, match=r"takes no default configuration.*--board speck2fdevkit"
    ):
        open_device("Speck2eDevKit", samna.speck2fBoards.DevKitDefaultConfig())


def test_opening_takes_its_time_and_is_logged(
    plug: Plug, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    plug("Speck2eTestBoard", 1, open_s=2.75)
    plug("Speck2fDevKit", 1)
    with caplog.at_level(logging.INFO, logger="samna"):
        open_device("Speck2eTestBoard")
        open_device("Speck2fDevKit")

    assert clock.now_s() == 2.75
    assert caplog.record_tuples == [
        ("samna.speck2eTestBoard", logging.INFO, "Speck 2e test board initialized."),
        ("samna.speck2eTestBoard", logging.INFO, "Speck 2e model initialized."),
        ("samna.speck2fBoards", logging.INFO, "Speck 2f dev kit initialized."),
        ("samna.speck2fBoards", logging.INFO, "Speck 2f model initialized."),
    ]
