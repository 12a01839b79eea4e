"""The mock and both chips' drivers give the same arrays, types and errors for every operation.

The chips' drivers run here as they do on hardware, on boards that somebody else plugged in; only
their time is virtual.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import speckhal
from placed_once import placed_once
from speckhal import ClockDrive, Device, NeuronProbe, OpenDevice, SpeckhalError, VirtualClock
from speckhal_mock import samna
from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.boards.targets import EmulatedTarget
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.samna_install.install import provide_samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call, Raises
from speckhal_mock.testing.faults import doubled, dropped
from speckhal_samna.board.access import BoardAccess
from speckhal_samna.device import SamnaDevice
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    from speckhal_mock.sdk.faults import Fault
    from speckhal_samna.chip import SamnaChip

    Operation = Callable[[Device, Callable[..., Any]], object]

SHAPE = (1, 2, 3)
SCENE = {"dvs_event_rate_hz": 10 * 2**14}


@pytest.fixture(autouse=True)
def _networks_are_placed_once() -> Iterator[None]:
    """Most operations deploy the same network first."""
    with placed_once():
        yield


@contextmanager
def _hardware(chip: SamnaChip) -> Iterator[Device]:
    """A device of that chip, opened by its driver among boards that were there before."""
    provide_samna()
    clock = VirtualClock()
    board = make_board(
        EmulatedTarget(chip, chip.kits[0], index=7),
        clock=clock,
        options=EmulationOptions(dvs_event_rate_hz=SCENE["dvs_event_rate_hz"]),
    )
    current_bus().plug(board)
    try:
        access = BoardAccess(samna, chip, chip.kits[:1], 0, clock, emulated=False)
        with OpenDevice(SamnaDevice(access, backend=chip.facts.name)) as device:
            yield device
    finally:
        current_bus().unplug(board)


def _deploy(device: Device, make_network: Callable[..., Any], **options: Any) -> Any:
    network = make_network(bias=(-0.1, 0.3), shape=SHAPE, v_mem=0.5)
    leak = options.pop("leak", device.leak_config(rate_hz=10))
    return device.deploy(network, input_shape=SHAPE, leak=leak, **options)


def _told(device: Device, make_network: Callable[..., Any]) -> object:
    layer = _deploy(device, make_network).layer(0)
    return [
        layer.core, layer.shape, layer.scale, layer.biases, layer.wanted_biases,
        layer.threshold_high, layer.threshold_low, layer.leak_enable, layer.rate_hz,
        layer.leak_per_s, layer.rounding_error,
    ]  # fmt: skip


def _read(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network)
    return device.probe().read().v_mem


def _clocked(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network)
    trace = speckhal.measure_leak(device, every_s=0.25, for_s=2)
    return [trace.v_mem, trace.time_s.round(3)]


def _stepped(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network, leak=device.leak_config(drive=ClockDrive.STEPPED))
    trace = speckhal.measure_leak(device, ticks=12)
    return [trace.v_mem, trace.ticks]


def _partial(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network)
    return device.probe(neurons=[(1, 1, 2), (0, 0, 1)]).read().v_mem


def _written(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network)
    device.probe().write(np.arange(12).reshape(2, 2, 3) * 7 - 40)
    device.tick(3)
    return device.probe().read().v_mem


def _biases(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network, biases={0: [5, -700]})
    probe = device.probe()
    return [probe.read_biases(), probe.write_biases([1, 2]), probe.read_biases()]


def _reset(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network)
    device.reset_states()
    return device.probe().read().v_mem


def _closed(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network)
    probe = device.probe()
    device.close()
    return probe.read()


def _started_without_a_rate(device: Device, make_network: Callable[..., Any]) -> None:
    _deploy(device, make_network, leak=None)
    device.start_slow_clock()


def _about(device: Device, _: Callable[..., Any]) -> object:
    info, clock = device.info, device.clock
    before_s = clock.now_s()
    clock.sleep_s(1.5)
    return [type(info), type(info.chip), clock.is_virtual, round(clock.now_s() - before_s, 3)]


def _entered(device: Device, make_network: Callable[..., Any]) -> object:
    with device as same:
        layer = _deploy(same, make_network).layer(0)
        probe = same.probe(layer.index)
        told = [same is device, probe.layer, probe.shape]
    same.close()
    return [told, device.__enter__()]


def _started_and_stopped(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network)
    device.start_slow_clock()
    device.clock.sleep_s(1)
    device.stop_slow_clock()
    probe = device.probe()
    frozen = probe.read()
    device.clock.sleep_s(1)
    return [frozen.v_mem, frozen.ticks, frozen.layer, (probe.read().v_mem == frozen.v_mem).all()]


def _deploy_internal(device: Device, make_network: Callable[..., Any]) -> None:
    leak = device.leak_config(drive=ClockDrive.INTERNAL, events_per_tick=2**14)
    _deploy(device, make_network, leak=leak)


def _internally_clocked(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy_internal(device, make_network)
    probe = device.probe()
    seen: list[object] = [probe.read().v_mem, probe.read().ticks]
    for _ in range(2):
        device.start_slow_clock()
        device.clock.sleep_s(0.55)
        running = probe.read()
        device.stop_slow_clock()
        frozen = probe.read()
        device.clock.sleep_s(10)
        seen += [running.v_mem, running.ticks, frozen.v_mem, frozen.ticks, probe.read().v_mem]
    device.tick(2)
    return [*seen, probe.read().v_mem]


def _failing(
    fault: Fault, do: Callable[[Device], object], *, use: int = 1, times: int = 1
) -> Operation:
    """Do something on a board that leaks by itself, and see the error and what is left."""

    def operation(device: Device, make_network: Callable[..., Any]) -> object:
        _deploy_internal(device, make_network)
        device.start_slow_clock()
        device.clock.sleep_s(0.55)
        for _ in range(times):
            current_bus().faults.arm(fault, use=use)
        try:
            with pytest.raises(SpeckhalError) as failure:
                do(device)
        finally:
            current_bus().faults.disarm()
        frozen = device.probe().read().v_mem
        device.clock.sleep_s(10)
        left = device.probe().read().v_mem
        told = str(failure.value).replace(device.info.board, "BOARD")
        return [type(failure.value).__name__, told, frozen, left]

    return operation


def _kept_probe(device: Device, make_network: Callable[..., Any]) -> object:
    _deploy(device, make_network)
    probe = device.probe()
    _deploy(device, make_network)
    return probe.read()


def _ticked_while_running(device: Device, make_network: Callable[..., Any]) -> None:
    _deploy(device, make_network)
    device.start_slow_clock()
    device.tick()


def _deployed(use: Callable[[Device], object]) -> Operation:
    def operation(device: Device, make_network: Callable[..., Any]) -> object:
        _deploy(device, make_network)
        return use(device)

    return operation


def _after_close(use: Callable[[Device], object]) -> Operation:
    def operation(device: Device, make_network: Callable[..., Any]) -> object:
        _deploy(device, make_network)
        device.close()
        return use(device)

    return operation


OPERATIONS: dict[str, Operation] = {
    "what it is": _about,
    "a with statement": _entered,
    "starting and stopping": _started_and_stopped,
    "leak by the internal clock": _internally_clocked,
    "a stop that cannot be written": _failing(
        Raises(Call.APPLY_CONFIGURATION, RuntimeError("usb")),
        lambda device: device.stop_slow_clock(),
    ),
    "a stop without an answer": _failing(dropped(1), lambda device: device.stop_slow_clock()),
    "a stop without any answer": _failing(
        dropped(1), lambda device: device.stop_slow_clock(), times=9
    ),
    "a reading without an answer": _failing(dropped(2), lambda device: device.probe().read()),
    "a reading with answers too many": _failing(doubled(2), lambda device: device.probe().read()),
    "a reading that raises": _failing(
        Raises(Call.GET_N_EVENTS, RuntimeError("usb")), lambda device: device.probe().read()
    ),
    "a probe that was kept": _kept_probe,
    "starting without a network": lambda device, _: device.start_slow_clock(),
    "ticks without a network": lambda device, _: device.tick(),
    "probing after close": _after_close(lambda device: device.probe()),
    "starting after close": _after_close(lambda device: device.start_slow_clock()),
    "stopping after close": _after_close(lambda device: device.stop_slow_clock()),
    "ticks after close": _after_close(lambda device: device.tick()),
    "resetting after close": _after_close(lambda device: device.reset_states()),
    "deploying after close": _after_close(lambda device: device.deploy(3, input_shape=SHAPE)),
    "potentials of a wrong shape": _deployed(lambda device: device.probe().write([1, 2])),
    "biases of a wrong type": _deployed(lambda device: device.probe().write_biases([0.5, 1.5])),
    "ticks while the clock runs": _ticked_while_running,
    "a drive that does not exist": lambda device, _: device.leak_config(drive="stepped"),  # type: ignore[arg-type] # on purpose
    "a leak that is a number": lambda device, make: _deploy(device, make, leak=5),
    "deploying returns what is true": _told,
    "reading": _read,
    "leak by the clock": _clocked,
    "leak by steps": _stepped,
    "a partial probe": _partial,
    "writing potentials": _written,
    "biases": _biases,
    "reset": _reset,
    "capabilities": lambda device, _: sorted(one.name for one in device.capabilities),
    "reading after close": _closed,
    "probing nothing": lambda device, _: device.probe(),
    "a missing layer": lambda device, make: (_deploy(device, make), device.probe(9)),
    "a missing neuron": lambda device, make: (
        _deploy(device, make),
        device.probe(neurons=[(5, 0, 0)]),
    ),
    "a fractional rate": lambda device, _: device.leak_config(rate_hz=1.5),  # type: ignore[arg-type] # on purpose
    "no rate": lambda device, _: device.leak_config(),
    "starting without a rate": _started_without_a_rate,
    "a wrong number of ticks": lambda device, _: device.tick(-1),
    "no network": lambda device, _: device.deploy(3, input_shape=SHAPE),
    "no bias": lambda device, make: device.deploy(
        make(bias=None), input_shape=(1, 2, 2), leak=device.leak_config(rate_hz=1)
    ),
    "biases that do not fit": lambda device, make: _deploy(device, make, biases={0: [1, 1 << 20]}),
}


def _outcome(operation: Operation, device: Device, make_network: Callable[..., Any]) -> object:
    """What an operation gives, in a form that can be compared: types and values, or the error."""
    try:
        result = operation(device, make_network)
    except SpeckhalError as error:
        name, board = device.info.chip.name, device.info.board
        return type(error).__name__, str(error).replace(board, "BOARD").replace(name, "CHIP")
    return _comparable(result)


def _comparable(value: object) -> object:
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tolist()
    if isinstance(value, list | tuple):
        return [_comparable(item) for item in value]
    return type(value).__name__, value


class _Noted:
    """A device or a probe, and which of its members are used."""

    def __init__(self, what: object, used: set[str]) -> None:
        self._what, self._used = what, used

    def __getattr__(self, name: str) -> object:
        self._used.add(f"{_kind(self._what)}.{name}")
        member = getattr(self._what, name)
        return self._noting(member) if callable(member) else member

    def __enter__(self) -> Self:
        self._used.add("Device.__enter__")
        self._what.__enter__()  # type: ignore[attr-defined] # only devices are entered
        return self

    def __exit__(self, *error: object) -> None:
        self._used.add("Device.__exit__")
        self._what.__exit__(*error)  # type: ignore[attr-defined] # only devices are left

    def _noting(self, method: Callable[..., object]) -> Callable[..., object]:
        def noted(*arguments: object, **options: object) -> object:
            given = method(*arguments, **options)
            return _Noted(given, self._used) if _kind(given) == "NeuronProbe" else given

        return noted


def _kind(what: object) -> str:
    return "NeuronProbe" if hasattr(what, "read_biases") else "Device"


def test_every_member_of_the_protocols_is_used_in_an_operation(
    make_network: Callable[..., Any],
) -> None:
    there = {
        f"{protocol.__name__}.{name}"
        for protocol in (Device, NeuronProbe)
        for name in vars(protocol)
        if not name.startswith("_") or name in {"__enter__", "__exit__"}
    }
    used: set[str] = set()
    for operation in OPERATIONS.values():
        with speckhal.open_device("mock", **SCENE) as device:
            noted: Any = _Noted(device, used)
            _outcome(operation, noted, make_network)

    assert len(there) > 15
    assert there - used == set()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_parity(operation: str, make_network: Callable[..., Any]) -> None:
    run = OPERATIONS[operation]
    with speckhal.open_device("mock:speck2f", **SCENE) as device:
        expected = _outcome(run, device, make_network)
    with speckhal.open_device("mock:speck2e", **SCENE) as device:
        assert _outcome(run, device, make_network) == expected
    for chip in (SPECK2F, SPECK2E):
        with _hardware(chip) as device:
            assert _outcome(run, device, make_network) == expected
