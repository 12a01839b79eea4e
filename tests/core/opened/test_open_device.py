"""`OpenDevice` refuses what no chip can do, and hands clean arguments to the device of a plugin."""

from __future__ import annotations

import copy
import os
import pickle
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import speckhal
from speckhal import (
    Capability,
    CapabilityUnsupported,
    ClockDrive,
    ConfigurationError,
    DeviceClosed,
    DeviceFailed,
    FactWarning,
    InputError,
    InputSpec,
    LayerNotFound,
    LayerSpec,
    OpenDevice,
    Spikes,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def nothing_was_asked(easy: Any, what: str) -> bool:
    return all(name != what for name, _ in easy.asked)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "without a rate"),
        ({"rate_hz": 0}, "positive whole numbers"),
        ({"rate_hz": -3}, "positive whole numbers"),
        ({"rate_hz": 1.5}, "positive whole numbers"),
        ({"rate_hz": True}, "positive whole numbers"),
        ({"rate_hz": "10"}, "positive whole numbers"),
        ({"rate_hz": 201}, "takes 1 to 200"),
        ({"rate_hz": 10, "events_per_tick": 8}, "only the internal drive counts events"),
        ({"rate_hz": 10, "drive": ClockDrive.STEPPED}, "only the external drive has a rate"),
        ({"events_per_tick": 8, "drive": ClockDrive.STEPPED}, "only the internal drive counts"),
        ({"events_per_tick": 4, "drive": ClockDrive.INTERNAL}, "cannot count"),
        ({"events_per_tick": 64, "drive": ClockDrive.INTERNAL}, "cannot count"),
        ({"events_per_tick": 12, "drive": ClockDrive.INTERNAL}, "cannot count"),
        ({"drive": "external"}, "no drive of the slow clock"),
    ],
)
def test_a_leak_that_the_chip_cannot_have_is_refused(
    device: OpenDevice, easy: Any, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        device.leak_config(**asked)
    assert caught.value.hint
    assert nothing_was_asked(easy, "leak_config")


def test_a_leak_that_is_only_untypical_is_warned_of(device: OpenDevice) -> None:
    with pytest.warns(FactWarning, match="typical up to 100 Hz"):
        device.leak_config(rate_hz=150)
    with pytest.warns(FactWarning, match="typical from 10 Hz"):
        device.leak_config(rate_hz=np.int64(9))


def test_a_leak_says_what_it_is_and_reaches_the_device_as_plain_numbers(
    device: OpenDevice, easy: Any
) -> None:
    leak = device.leak_config(events_per_tick=np.uint8(16), drive=ClockDrive.INTERNAL)
    assert (leak.drive, leak.rate_hz, leak.events_per_tick) == (ClockDrive.INTERNAL, None, 16)
    assert easy.asked == [("leak_config", (ClockDrive.INTERNAL, None, 16))]
    assert type(easy.asked[0][1][2]) is int
    assert "easy" in repr(leak)
    assert "events_per_tick=16" in repr(leak)


def test_a_leak_of_another_chip_or_of_nobody_is_refused(device: OpenDevice, easy: Any) -> None:
    with speckhal.open_device("mock") as other:
        foreign = other.leak_config(drive=ClockDrive.STEPPED)
    wrong: list[Any] = [foreign, "10 Hz", easy.leak_config(rate_hz=10)]
    for leak in wrong:
        with pytest.raises(ConfigurationError, match="no leak configuration of a easy"):
            device.deploy("network", input_shape=(1, 1, 1), leak=leak)
    assert nothing_was_asked(easy, "deploy")


def test_a_plan_in_the_place_of_a_leak_is_refused_with_its_own_place(device: OpenDevice) -> None:
    plan: Any = SimpleNamespace(as_applied=None)
    with pytest.raises(ConfigurationError, match="a leak plan as its leak") as refused:
        device.deploy("network", input_shape=(1, 1, 1), leak=plan)
    assert "plan=plan" in str(refused.value.hint)


def test_what_a_device_is_prints_as_one_short_line(device: OpenDevice) -> None:
    assert len(repr(device.info)) < 300
    assert "<facts of the easy>" in repr(device.info)


@pytest.mark.parametrize("shape", [(1, 2), (1, 2, 0), (1, 2, 2.5), "abc", b"", (1, 2, True), 7])
def test_what_is_no_shape_is_refused(device: OpenDevice, easy: Any, shape: Any) -> None:
    with pytest.raises(InputError, match="no shape"):
        device.deploy("network", input_shape=shape)
    assert nothing_was_asked(easy, "deploy")


@pytest.mark.parametrize(
    ("biases", "error", "said"),
    [
        ([-1, -2], InputError, "nothing says of which layer"),
        ({"0": [-1, -2]}, LayerNotFound, "named by int"),
        ({True: [-1, -2]}, LayerNotFound, "named by int"),
        ({0: [[-1, -2]]}, InputError, "shape"),
        ({0: -1}, InputError, "shape"),
        ({0: [-1.0, -2.0]}, InputError, "whole numbers"),
        ({0: [-1, 11]}, InputError, "-10 to 10"),
        ({0: [[1], [1, 2]]}, InputError, "different lengths"),
        ({0: np.ma.masked_array([1, 2], [True, False])}, InputError, "mask"),
    ],
)
def test_biases_that_the_chip_cannot_take_are_refused(
    device: OpenDevice, easy: Any, biases: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        device.deploy("network", input_shape=(1, 1, 1), biases=biases)
    assert nothing_was_asked(easy, "deploy")


def test_biases_reach_the_device_as_words_of_16_bits(device: OpenDevice, easy: Any) -> None:
    device.deploy("network", input_shape=(1, 1, 1), biases={np.int8(0): [-1, -2]})
    ((_, (_, _, biases)),) = easy.asked
    assert list(biases) == [0]
    assert biases[0].dtype == np.int16


def test_what_deploy_gives_names_the_leak_that_was_given(device: OpenDevice) -> None:
    leak = device.leak_config(rate_hz=10)
    assert device.deploy("network", input_shape=(1, 1, 1), leak=leak).leak is leak


@pytest.mark.parametrize("layer", [1, -1, "0", None, True, 0.5, np.array([0, 0])])
def test_a_layer_that_is_not_deployed_is_refused(deployed: OpenDevice, layer: Any) -> None:
    with pytest.raises(LayerNotFound):
        deployed.probe(layer)


@pytest.mark.parametrize(
    ("neurons", "said"),
    [
        ([], "names no neurons"),
        (np.zeros((0, 3), int), "named none"),
        (np.zeros((2, 3, 4), bool), "named none"),
        (np.ones((2, 3, 3), bool), "mask of shape"),
        ([(0, 0, 0), (0, 0, 0)], "twice"),
        ([(2, 0, 0)], r"\(2, 0, 0\)"),
        ([(0, -1, 0)], r"\(0, -1, 0\)"),
        ([(0.0, 0.0, 0.0)], "names no neurons"),
        ([(0, 0)], "names no neurons"),
        ([(0, 0, 0), (0, 0)], "different lengths"),
    ],
)
def test_neurons_that_the_layer_does_not_have_are_refused(
    deployed: OpenDevice, easy: Any, neurons: Any, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        deployed.probe(0, neurons=neurons)
    assert nothing_was_asked(easy, "probe")


def test_neurons_reach_the_device_as_coordinates(deployed: OpenDevice, easy: Any) -> None:
    mask = np.zeros((2, 3, 4), bool)
    mask[1, 2, 3] = mask[0, 1, 2] = True
    assert deployed.probe(0, neurons=mask).read().v_mem.shape == (2,)
    (_, (layer, neurons)), _ = easy.asked[-2:]
    assert (layer, neurons.tolist()) == (0, [[0, 1, 2], [1, 2, 3]])
    assert deployed.probe().read().v_mem.shape == (2, 3, 4)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros((2, 3, 3), int), "shape"),
        (np.zeros((2, 3, 4)), "whole numbers"),
        (np.full((2, 3, 4), 101), "-100 to 100"),
        (np.full((2, 3, 4), -101), "-100 to 100"),
        (0, "shape"),
        (np.ma.masked_array(np.zeros((2, 3, 4), int), mask=True), "mask"),
    ],
)
def test_potentials_that_neurons_cannot_hold_are_refused(
    deployed: OpenDevice, easy: Any, values: Any, said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        deployed.probe().write(values)
    assert caught.value.hint
    assert nothing_was_asked(easy, "write")


@pytest.mark.parametrize("values", [[1], [1, 2, 3], [1.0, 2.0], [1, 11], 3, [[1, 2]]])
def test_biases_that_channels_cannot_have_are_refused(
    deployed: OpenDevice, easy: Any, values: Any
) -> None:
    with pytest.raises(InputError):
        deployed.probe().write_biases(values)
    assert nothing_was_asked(easy, "write_biases")


@pytest.mark.parametrize("count", [-1, 1.5, "1", None, True])
def test_what_is_no_number_of_ticks_is_refused(deployed: OpenDevice, easy: Any, count: Any) -> None:
    with pytest.raises(ConfigurationError):
        deployed.tick(count)
    assert nothing_was_asked(easy, "tick")


def test_no_tick_is_made_while_the_clock_runs(deployed: OpenDevice, easy: Any) -> None:
    deployed.start_slow_clock()
    with pytest.raises(ConfigurationError, match="while the slow clock is running"):
        deployed.tick()
    assert nothing_was_asked(easy, "tick")
    deployed.stop_slow_clock()
    deployed.tick()
    deployed.start_slow_clock()
    deployed.deploy("network", input_shape=(1, 1, 1))
    deployed.tick(np.int16(3))
    assert easy.asked[-1] == ("tick", 3)


def test_no_clock_starts_that_does_not_run_by_itself(device: OpenDevice, easy: Any) -> None:
    with pytest.raises(ConfigurationError, match="no network is deployed"):
        device.start_slow_clock()
    for leak in (None, device.leak_config(drive=ClockDrive.STEPPED)):
        device.deploy("network", input_shape=(1, 1, 1), leak=leak)
        with pytest.raises(ConfigurationError, match="one that runs by itself"):
            device.start_slow_clock()
    assert nothing_was_asked(easy, "start_slow_clock")


def test_what_needs_a_network_says_so(device: OpenDevice) -> None:
    with pytest.raises(LayerNotFound, match="no network is deployed"):
        device.probe()
    with pytest.raises(ConfigurationError, match="no network is deployed"):
        device.tick()


def test_a_probe_of_what_was_replaced_is_refused(deployed: OpenDevice, easy: Any) -> None:
    probe = deployed.probe()
    deployed.deploy("network", input_shape=(1, 1, 1))
    for use in (probe.read, probe.read_biases, lambda: probe.write(np.zeros((2, 3, 4), int))):
        with pytest.raises(LayerNotFound, match="no longer deployed") as caught:
            use()
        assert caught.value.hint == "Make a new one, with device.probe(0)."
    assert nothing_was_asked(easy, "read")


def test_a_network_that_was_refused_leaves_the_one_before(deployed: OpenDevice) -> None:
    probe = deployed.probe()
    with pytest.raises(InputError):
        deployed.deploy("network", input_shape=(0, 0, 0))
    assert probe.read().layer == 0


def test_nothing_is_deployed_after_a_board_failed_to_take_it(
    deployed: OpenDevice, easy: Any
) -> None:
    probe = deployed.probe()
    easy.fails = True
    with pytest.raises(DeviceFailed):
        deployed.deploy("network", input_shape=(1, 1, 1))
    with pytest.raises(LayerNotFound):
        probe.read()
    with pytest.raises(LayerNotFound, match="no network is deployed"):
        deployed.probe()


@pytest.mark.parametrize("crash", [OSError, KeyboardInterrupt, speckhal.DeviceError])
def test_nothing_is_known_to_be_deployed_after_a_deploy_that_was_cut_short(
    deployed: OpenDevice, easy: Any, crash: type[BaseException]
) -> None:
    probe = deployed.probe()
    deployed.start_slow_clock()

    def cut_short(*_: object, **__: object) -> None:
        raise crash("in the middle")

    easy.deploy = cut_short
    with pytest.raises(crash):
        deployed.deploy("network", input_shape=(1, 1, 1))
    with pytest.raises(LayerNotFound):
        probe.read()
    with pytest.raises(ConfigurationError, match="no network is deployed"):
        deployed.tick()


def test_what_is_no_deployment_is_the_fault_of_the_plugin(deployed: OpenDevice, easy: Any) -> None:
    easy.deploy = lambda *_, **__: "done"
    with pytest.raises(speckhal.BackendBroken, match="not a Deployment"):
        deployed.deploy("network", input_shape=(1, 1, 1))
    with pytest.raises(LayerNotFound):
        deployed.probe()


def test_a_leak_of_a_drive_that_this_device_does_not_declare_is_refused(easy: Any) -> None:
    leak = OpenDevice(easy).leak_config(rate_hz=10)
    easy.capabilities -= {Capability.EXTERNAL_CLOCK}
    with pytest.raises(CapabilityUnsupported) as caught:
        OpenDevice(easy).deploy("network", input_shape=(1, 1, 1), leak=leak)
    assert caught.value.capability is Capability.EXTERNAL_CLOCK
    assert str(caught.value.hint).startswith("Use drive=ClockDrive.")


def test_a_device_that_takes_no_biases_need_not_know_of_them(easy: Any) -> None:
    deploy = easy.deploy
    easy.deploy = lambda network, *, input_shape, leak: deploy(network, input_shape=input_shape)
    assert OpenDevice(easy).deploy("network", input_shape=(1, 1, 1)).layers


def test_after_a_stop_that_failed_the_device_is_asked_whether_it_ticks(
    deployed: OpenDevice, easy: Any
) -> None:
    deployed.start_slow_clock()

    def fails() -> None:
        raise DeviceFailed("It failed once, and is stopped.", hint="Go on.")

    easy.stop_slow_clock = fails
    with pytest.raises(DeviceFailed):
        deployed.stop_slow_clock()
    deployed.tick()
    assert easy.asked[-1] == ("tick", 1)


def test_what_ends_a_block_comes_before_what_goes_wrong_in_closing(easy: Any) -> None:
    def fails() -> None:
        easy.asked.append(("close", None))
        raise OSError("the cable is gone")

    easy.close = fails
    device = OpenDevice(easy)
    with pytest.raises(ZeroDivisionError), device:
        raise ZeroDivisionError
    device.close()
    assert easy.asked == [("close", None)]
    assert not device.is_open
    with pytest.raises(OSError, match="the cable is gone"), OpenDevice(easy):
        pass


def test_what_the_device_of_a_plugin_has_besides_is_passed_on(easy: Any) -> None:
    easy.temperature_c = lambda: 21.5
    device: Any = OpenDevice(easy)
    assert device.temperature_c() == 21.5
    with pytest.raises(AttributeError, match="humidity"):
        device.humidity()
    with pytest.raises(AttributeError, match="_asked"):
        _ = device._asked


def test_a_board_that_only_a_probe_holds_can_be_closed() -> None:
    device = speckhal.open_device("mock")
    example = speckhal.select("mock")[0].example()
    device.deploy(example.network, input_shape=example.input_shape)
    probe = device.probe()
    del device
    speckhal.close_devices()
    with pytest.raises(DeviceClosed):
        probe.read()
    speckhal.open_device("mock").close()


USES: dict[Capability, Callable[[OpenDevice], object]] = {
    Capability.EXTERNAL_CLOCK: lambda device: device.leak_config(rate_hz=10),
    Capability.STEPPED_CLOCK: lambda device: device.tick(),
    Capability.INTERNAL_CLOCK: lambda device: device.leak_config(drive=ClockDrive.INTERNAL),
    Capability.WRITE_V_MEM: lambda device: device.probe().write(np.zeros((2, 3, 4), int)),
    Capability.WRITE_BIASES: lambda device: device.probe().read_biases(),
    Capability.RESET_STATES: lambda device: device.reset_states(),
    Capability.DIRECT_BIASES: lambda device: device.deploy(
        "network", input_shape=(1, 1, 1), biases={0: [-1, -2]}
    ),
    Capability.PREVIEW: lambda device: device.preview("network", input_shape=(1, 1, 1)),
    Capability.STIMULATE: lambda device: device.stimulate(Spikes(time_us=[1], layer=0, channel=0)),
    Capability.RECORD_SPIKES: lambda device: device.recorded_spikes(),
    Capability.DESCRIBED_INPUTS: lambda device: device.deploy(
        [LayerSpec((2, 3, 4), inputs=InputSpec(np.full((2, 1, 1, 1), 3)))]
    ),
}


@pytest.mark.parametrize("capability", Capability)
def test_what_is_not_declared_is_refused_by_its_name(easy: Any, capability: Capability) -> None:
    device = OpenDevice(easy)
    device.deploy("network", input_shape=(1, 3, 4))
    USES[capability](device)
    easy.capabilities -= {capability}
    asked = len(easy.asked)
    with pytest.raises(CapabilityUnsupported, match=capability.value) as caught:
        USES[capability](device)
    assert caught.value.capability is capability
    assert caught.value.hint
    assert all(name == "probe" for name, _ in easy.asked[asked:])


def test_every_drive_has_a_capability() -> None:
    assert len({drive.capability for drive in ClockDrive}) == len(ClockDrive)


def test_a_closed_device_refuses_everything_and_closes_once(
    deployed: OpenDevice, easy: Any
) -> None:
    probe = deployed.probe()
    deployed.close()
    deployed.close()
    assert easy.asked.count(("close", None)) == 1
    assert not deployed.is_open
    uses: list[Callable[[], object]] = [
        probe.read,
        probe.read_biases,
        lambda: probe.write(np.zeros((2, 3, 4), int)),
        lambda: deployed.deploy("network", input_shape=(1, 1, 1)),
        deployed.probe,
        deployed.start_slow_clock,
        deployed.stop_slow_clock,
        deployed.reset_states,
        deployed.tick,
        deployed.__enter__,
    ]
    for use in uses:
        with pytest.raises(DeviceClosed, match="EasyBoard"):
            use()


def test_a_with_statement_closes_whatever_happens(easy: Any) -> None:
    with pytest.raises(ZeroDivisionError), OpenDevice(easy):
        raise ZeroDivisionError
    assert easy.asked == [("close", None)]


def test_a_device_can_neither_be_copied_nor_pickled(device: OpenDevice) -> None:
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="belongs to the process that opened it"):
            duplicate(device)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forks no processes")
def test_a_forked_process_can_neither_use_nor_close_it(
    deployed: OpenDevice, easy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(DeviceClosed, match="from which this one was forked"):
        deployed.tick()
    deployed.close()
    assert nothing_was_asked(easy, "close")


def test_it_says_shortly_what_it_is(deployed: OpenDevice) -> None:
    assert repr(deployed) == "<OpenDevice EasyBoard of 'easy', open>"
    assert repr(deployed.probe()) == "<OpenProbe of layer 0 (2, 3, 4), EasyBoard>"
    deployed.close()
    assert repr(deployed) == "<OpenDevice EasyBoard of 'easy', closed>"


def test_what_open_device_gives_is_one_and_its_plugin_is_within() -> None:
    with speckhal.open_device("mock") as device:
        assert isinstance(device, OpenDevice)
        assert not isinstance(device.raw, OpenDevice)
    with speckhal.open_raw_device("mock") as raw:
        assert not isinstance(raw, OpenDevice)
