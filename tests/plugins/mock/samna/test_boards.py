from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from speckhal.contract.clock import VirtualClock
from speckhal_mock import samna
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_mock.emulation.board import EmulatedBoard


def test_board_and_model_give_the_same_nodes(rig: SimpleNamespace) -> None:
    assert rig.handle.get_model() is rig.model
    assert rig.handle.get_io_module() is rig.io
    assert rig.handle.get_stop_watch() is rig.handle.get_stop_watch()
    assert rig.handle.get_model_source_node() is rig.model.get_source_node()
    assert rig.handle.get_model_sink_node() is rig.model.get_sink_node()


def test_the_class_of_a_boards_node_tells_the_chip(rig: SimpleNamespace) -> None:
    # sinabs finds the event module in this way
    for node in (rig.handle.get_model_source_node(), rig.handle.get_model_sink_node()):
        assert type(node).__name__.split("_")[1] == rig.chip.name
        assert type(node) is getattr(samna, type(node).__name__)
        assert isinstance(node, samna.iris.NodeInterface)


def test_what_a_handle_gives_has_the_vendors_names(rig: SimpleNamespace) -> None:
    boards = {"speck2e": "speck2eTestBoard", "speck2f": "speck2fBoards"}[rig.chip.name]

    assert type(rig.io) is getattr(samna, boards).UnifirmModule
    assert type(rig.io).__module__ == f"samna.{boards}"
    assert type(rig.model) is getattr(rig.chip.module, f"S{rig.chip.name[1:]}Model")
    assert type(rig.model).__module__ == f"samna.{rig.chip.name}"
    assert type(rig.handle.get_stop_watch()) is samna.unifirm.timestamp.StopWatch


def test_a_board_says_that_it_is_emulated(rig: SimpleNamespace) -> None:
    versions = rig.handle.get_firmware_versions()

    assert rig.handle.get_board_serial_number() == "7"
    assert (versions.fxtree, versions.unifirm) == ("emulated", "emulated")


def test_the_slow_clock_is_off_at_first_and_at_its_default_rate(rig: SimpleNamespace) -> None:
    assert not rig.board.slow_clock_running
    assert rig.board.slow_clock_rate_hz == 1000


@pytest.mark.parametrize("on", [True, 1, np.True_, 2, 1.5])
def test_the_slow_clock_takes_what_is_true_or_false(rig: SimpleNamespace, on: object) -> None:
    rig.io.set_slow_clk(on)
    assert rig.board.slow_clock_running
    rig.io.set_slow_clk(False)
    assert not rig.board.slow_clock_running


@pytest.mark.parametrize("on", ["on", b"on", [True], ()])
def test_the_slow_clock_takes_nothing_else(rig_2f: SimpleNamespace, on: object) -> None:
    with pytest.raises(TypeError, match="set_slow_clk takes a bool"):
        rig_2f.io.set_slow_clk(on)
    assert not rig_2f.board.slow_clock_running


def test_a_rate_is_a_whole_number_of_hz(rig: SimpleNamespace) -> None:
    rig.io.set_slow_clk_rate(np.int64(32))
    for rate in (10.0, "10", None, np.float64(10), 1 << 40):
        with pytest.raises(TypeError, match="set_slow_clk_rate takes an integer"):
            rig.io.set_slow_clk_rate(rate)

    assert rig.board.slow_clock_rate_hz == 32


@pytest.mark.parametrize("rate_hz", [0, -1])
def test_a_rate_must_be_positive(rig: SimpleNamespace, rate_hz: int) -> None:
    with pytest.raises(RuntimeError, match=f"a slow clock of {rate_hz} Hz"):
        rig.io.set_slow_clk_rate(rate_hz)
    assert rig.board.slow_clock_rate_hz == 1000


def test_each_pulse_is_one_tick_and_one_write(rig: SimpleNamespace) -> None:
    rig.io.pulse_slow_clk()
    rig.io.pulse_slow_clk()

    assert rig.board.ticks() == 2
    assert rig.clock.now_s() == 0.005


@pytest.mark.parametrize(
    ("method", "as_it_is", "otherwise"),
    [
        ("set_in_out_interface_clk", True, False),
        ("enable_power", 0b11111, 0b01111),
        ("enable_jtag", False, True),
    ],
)
def test_settings_that_are_not_emulated_can_only_stay_as_they_are(
    rig: SimpleNamespace, method: str, as_it_is: object, otherwise: object
) -> None:
    getattr(rig.io, method)(as_it_is)

    with pytest.raises(NotEmulatedError, match=rf"{method}\(.+\) was called on an emulated Speck2"):
        getattr(rig.io, method)(otherwise)


@pytest.mark.parametrize(
    ("method", "as_it_is", "otherwise"),
    [
        ("set_in_out_interface_clk_rate", 25_000_000, 1_000_000),
        ("set_spi_clk_rate", 1_562_500, 1_000_000),
        ("set_dual_channel_output_enable", False, True),
    ],
)
def test_settings_that_change_only_how_fast_a_board_is_are_taken_with_one_warning(
    rig: SimpleNamespace, method: str, as_it_is: object, otherwise: object
) -> None:
    getattr(rig.io, method)(as_it_is)
    with pytest.warns(
        EmulationWarning, match=rf"{method}\(.+\) was called .* nothing here"
    ) as news:
        getattr(rig.io, method)(otherwise)
    getattr(rig.io, method)(otherwise)

    assert [warning.filename for warning in news] == [__file__]


def test_the_stuck_check_never_has_anything_to_do(rig_2f: SimpleNamespace) -> None:
    rig_2f.io.set_chip_stuck_check_enable(False)
    rig_2f.io.set_chip_stuck_check_delay()
    rig_2f.io.stop_packet_dump()
    with pytest.warns(EmulationWarning, match="The stuck check is not emulated"):
        rig_2f.io.set_chip_stuck_check_enable(True)
    rig_2f.io.set_chip_stuck_check_delay(1)


def test_supply_voltages_change_nothing(rig: SimpleNamespace) -> None:
    power = rig.handle.get_power_module()
    with pytest.warns(EmulationWarning, match=r"set_vdd_io\(3.3\) was called .* nothing here"):
        power.set_vdd_io(3.3)
    for supply in ("logic", "pixel_analog", "pixel_digital", "ram"):
        getattr(power, f"set_vdd_{supply}")(1.2)
    with pytest.raises(TypeError, match="set_vdd_ram takes a voltage above 0"):
        power.set_vdd_ram(0)


def test_a_power_monitor_can_be_started_and_stopped(rig: SimpleNamespace) -> None:
    monitor = rig.handle.get_power_monitor()
    with pytest.warns(EmulationWarning, match="whose power is an estimate: at rest"):
        assert monitor.single_shot_power_measurement() is True
    assert monitor.start_auto_power_measurement(12.5) == 12.5
    assert monitor.is_auto_power_measurement_active()
    assert monitor.single_shot_power_measurement() is False
    monitor.start_reading_thread()
    monitor.stop_reading_thread()
    monitor.stop_auto_power_measurement()
    assert not monitor.is_auto_power_measurement_active()
    with pytest.raises(RuntimeError, match="measure power 0 times a second"):
        monitor.start_auto_power_measurement(0)


def test_the_stuck_check_is_a_matter_of_speck2f(
    make_rig: Callable[..., SimpleNamespace],
) -> None:
    rig = make_rig(SimpleNamespace(kit="Speck2eTestBoard"))

    for method in (
        "request_dropped_events_num",
        "set_chip_stuck_check_delay",
        "set_chip_stuck_check_enable",
        "stop_packet_dump",
    ):
        assert not hasattr(rig.io, method)
    assert not hasattr(rig.handle, "get_io_control_module")
    assert not hasattr(rig.handle, "make_unifirm_hook")


NOT_EMULATED_HANDLE = (
    "get_dac",
    "get_edge_detection_module",
    "get_reader_writer",
    "get_usb_controller",
    "read_write",
    "start_reader_writer",
    "stop_reader_writer",
)
NOT_EMULATED_IO = (
    "assert_reset",
    "deassert_reset",
    "enable_asi_interface",
    "pulse_in_out_interface_clk",
    "reset_through_registers",
)


def test_calls_whose_subject_is_not_emulated_say_so(rig: SimpleNamespace) -> None:
    calls: list[tuple[Any, str, tuple[object, ...]]]
    calls = [(rig.handle, name, ()) for name in NOT_EMULATED_HANDLE]
    calls += [(rig.io, name, ()) for name in NOT_EMULATED_IO]
    calls += [(rig.io, "write_config", (1, 2)), (rig.io, "set_jtag_clk_rate", (1,))]
    if rig.chip.name == "speck2f":
        calls += [(rig.handle, "get_io_control_module", ()), (rig.handle, "make_unifirm_hook", ())]
        calls += [(rig.io, "request_dropped_events_num", ())]
    power = rig.handle.get_power_module()
    calls += [(power, "get_adc_core", ()), (power, "get_adc_io", ())]
    calls += [(rig.handle.get_stop_watch(), "set_base_period", (0.5,))]

    for part, name, arguments in calls:
        with pytest.raises(NotEmulatedError, match=rf"{name}\(.*\) was called .* is not emulated"):
            getattr(part, name)(*arguments)


@pytest.fixture
def leaking(rig: SimpleNamespace) -> SimpleNamespace:
    """A board in the middle of an experiment."""
    rig.model.apply_configuration(rig.configuration())
    rig.io.set_slow_clk_rate(10)
    rig.io.set_slow_clk(True)
    return rig


def read_back(rig: SimpleNamespace) -> list[int]:
    sink = samna.graph.sink_from(rig.model.get_source_node())
    samna.graph.source_to(rig.model.get_sink_node()).write(rig.reads())
    answers: list[Any] = sink.get_n_events(4, timeout=1000)
    return [answer.neuron_state for answer in answers]


def test_a_board_reset_stops_the_clock_and_empties_the_chip(leaking: SimpleNamespace) -> None:
    leaking.handle.reset_board_soft(True)

    assert not leaking.board.slow_clock_running
    assert leaking.board.slow_clock_rate_hz == 1000
    assert read_back(leaking) == [0, 0, 0, 0]


def test_a_chip_reset_empties_the_chip_and_leaves_the_clock(leaking: SimpleNamespace) -> None:
    leaking.handle.reset_model(True)
    leaking.clock.sleep_s(1)

    assert leaking.board.slow_clock_running
    assert leaking.board.slow_clock_rate_hz == 10
    assert read_back(leaking) == [0, 0, 0, 0]


def test_nothing_starts_from_flash(leaking: SimpleNamespace) -> None:
    for method in (leaking.handle.reset_board_soft, leaking.handle.reset_model):
        with pytest.raises(NotEmulatedError, match="from a flash memory is not emulated"):
            method(False)
    assert leaking.board.slow_clock_running


def test_a_board_reset_takes_the_arguments_of_its_chip(rig: SimpleNamespace) -> None:
    with pytest.raises(TypeError):
        rig.handle.reset_board_soft()
    if rig.chip.name == "speck2f":
        rig.handle.reset_board_soft(bootFromPc=True)
        rig.handle.reset_board_soft(True, samna.speck2fBoards.DevKitDefaultConfig())
        with pytest.raises(TypeError, match="reset_board_soft takes a DefaultConfigBase or None"):
            rig.handle.reset_board_soft(True, 3)
    else:
        with pytest.raises(TypeError):
            rig.handle.reset_board_soft(bootFromPc=True)
        with pytest.raises(TypeError):
            rig.handle.reset_board_soft(arg0=True)


def test_the_stop_watch_counts_while_it_runs_and_keeps_its_value(rig: SimpleNamespace) -> None:
    watch, counter = rig.handle.get_stop_watch(), rig.board.stop_watch
    watch.start()
    rig.clock.sleep_s(2)
    watch.stop()
    rig.clock.sleep_s(1)
    assert counter.now_us() == 2_000_000
    watch.start(reset=False)
    rig.clock.sleep_s(1)
    assert counter.now_us() == 3_000_000
    watch.start()
    assert counter.now_us() == 0
    rig.clock.sleep_s(1)
    watch.reset()
    assert counter.now_us() == 0


def test_the_old_way_to_start_the_stop_watch_is_deprecated(rig: SimpleNamespace) -> None:
    watch, counter = rig.handle.get_stop_watch(), rig.board.stop_watch
    with pytest.warns(DeprecationWarning, match="use start and stop") as caught:
        watch.set_enable_value(True)
    assert caught[0].filename == __file__
    rig.clock.sleep_s(1)
    assert counter.now_us() == 1_000_000
    with pytest.warns(DeprecationWarning, match="use start and stop"):
        watch.set_enable_value(False)
    rig.clock.sleep_s(1)
    assert counter.now_us() == 0


def test_what_samna_hands_out_takes_no_attributes_of_other_names(rig: SimpleNamespace) -> None:
    parts = [rig.handle, rig.model, rig.io, rig.handle.get_stop_watch(), rig.model.get_sink_node()]
    for part in parts:
        with pytest.raises(AttributeError):
            part.anything = 1


@pytest.mark.parametrize("module", [samna.speck2eTestBoard, samna.speck2fBoards])
def test_measurement_channels_are_those_of_the_vendor(module: SimpleNamespace) -> None:
    assert [channel.name for channel in module.MeasurementChannels] == [
        "Io",
        "Ram",
        "Logic",
        "PixelDigital",
        "PixelAnalog",
    ]


def test_boards_with_different_clocks_do_not_wait_for_each_other(
    plug: Callable[..., EmulatedBoard],
) -> None:
    clocks = VirtualClock(), VirtualClock()
    for address, clock in enumerate(clocks, start=1):
        plug("Speck2fDevKit", address, its_clock=clock)
    samna.device.open_device("Speck2fDevKit:1").get_io_module().set_slow_clk(True)

    assert [clock.now_s() for clock in clocks] == [0, 0.0025]
