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
from speckhal import ClockDrive, SpeckhalError, VirtualClock
from speckhal_mock import samna
from speckhal_mock.chips import EmulatedTarget
from speckhal_mock.desk import make_board
from speckhal_mock.install import provide_samna
from speckhal_mock.samna.bus import current_bus
from speckhal_samna.device import SamnaDevice
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal import Device
    from speckhal_samna.chip import SamnaChip

    Operation = Callable[[Device, Callable[..., Any]], object]

SHAPE = (1, 2, 3)


@contextmanager
def _hardware(chip: SamnaChip) -> Iterator[Device]:
    """A device of that chip, opened by its driver among boards that were there before."""
    provide_samna()
    clock = VirtualClock()
    board = make_board(EmulatedTarget(chip, chip.kits[0], index=7), clock=clock)
    current_bus().plug(board)
    try:
        with SamnaDevice(
            samna, chip, chip.kits[:1], backend=chip.facts.name, clock=clock
        ) as device:
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


OPERATIONS: dict[str, Operation] = {
    "deploying tells the truth": _told,
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


@pytest.mark.parametrize("operation", OPERATIONS)
def test_parity(operation: str, make_network: Callable[..., Any]) -> None:
    run = OPERATIONS[operation]
    with speckhal.open_device("mock:speck2f") as device:
        expected = _outcome(run, device, make_network)
    with speckhal.open_device("mock:speck2e") as device:
        assert _outcome(run, device, make_network) == expected
    for chip in (SPECK2F, SPECK2E):
        with _hardware(chip) as device:
            assert _outcome(run, device, make_network) == expected
