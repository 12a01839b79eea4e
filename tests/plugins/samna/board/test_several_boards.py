"""Several boards in one process, used from several threads: no answer reaches the wrong probe."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import speckhal
from speckhal import ClockDrive, VirtualClock
from speckhal_characterise.workbench import Workbench
from speckhal_mock import samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_samna.board import find
from speckhal_samna.board.access import BoardAccess
from speckhal_samna.device import SamnaDevice
from speckhal_samna.doctor.plugged_in import board_findings
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from torch import nn

    from speckhal import Device, NeuronProbe
    from speckhal_mock.emulation.board import EmulatedBoard

    MakeNetwork = Callable[..., nn.Module]

SHAPE = (2, 4, 8)
NEURONS = 64
ROUNDS = 40
BOARDS = (
    ("speck2f", "Speck2fModuleDevKit"),
    ("speck2f", "Speck2fDevKit"),
    ("speck2e", "Speck2eDevKit"),
)


@pytest.fixture
def restless() -> Iterator[None]:
    """Lets Python change threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture
def devices(desk: Any, make_network: MakeNetwork) -> Iterator[list[Device]]:
    """Two boards of one chip and one of the other, each with the same network and its own time."""
    clocks = [VirtualClock() for _ in BOARDS]
    for address, ((_, kit), clock) in enumerate(zip(BOARDS, clocks, strict=True), start=1):
        desk.plug(kit, address, clock=clock)
    opened = [
        desk.open(chip, index, clock=clock)
        for (chip, _), index, clock in zip(BOARDS, (0, 1, 0), clocks, strict=True)
    ]
    for device in opened:
        network = make_network(bias=(-0.1, -0.1), shape=(1, 4, 8), v_mem=0.0)
        leak = device.leak_config(drive=ClockDrive.STEPPED)
        device.deploy(network, input_shape=(1, 4, 8), leak=leak)
    yield opened
    for device in opened:
        device.close()


def _states(device: int, turn: int) -> npt.NDArray[np.int16]:
    """Values that no neuron of another device, and none at another turn, ever has."""
    first = (turn * len(BOARDS) + device) * NEURONS
    return np.arange(first, first + NEURONS, dtype=np.int16).reshape(SHAPE)


@pytest.mark.usefixtures("restless")
def test_three_threads_read_each_their_own_board(devices: list[Device]) -> None:
    together = threading.Barrier(len(devices))

    def write_and_read(number: int) -> list[bool]:
        probe: NeuronProbe = devices[number].probe()
        seen = []
        for turn in range(ROUNDS):
            together.wait()
            probe.write(_states(number, turn))
            together.wait()
            seen.append(bool((probe.read().v_mem == _states(number, turn)).all()))
        return seen

    with ThreadPoolExecutor(len(devices)) as pool:
        seen = list(pool.map(write_and_read, range(len(devices))))

    assert seen == [[True] * ROUNDS] * len(devices)


@pytest.mark.usefixtures("restless")
def test_threads_that_share_a_board_take_turns(devices: list[Device]) -> None:
    whole, partial = devices[0].probe(), devices[0].probe(neurons=[(1, 3, 7), (0, 0, 0)])
    expected = _states(0, 1)
    whole.write(expected)

    def read_all(probe: NeuronProbe) -> set[bytes]:
        return {probe.read().v_mem.tobytes() for _ in range(ROUNDS)}

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(read_all, [whole, partial, whole, partial]))

    parts = expected[[1, 0], [3, 0], [7, 0]]
    assert seen == [{expected.tobytes()}, {parts.tobytes()}] * 2


def test_nobody_else_gets_at_a_board_between_a_question_and_its_answers(
    desk: Any, make_network: MakeNetwork
) -> None:
    desk.plug("Speck2fDevKit")
    asked: list[bool] = []

    def gets_it() -> bool:
        got: bool = device._board.lock.acquire(blocking=False)
        if got:
            device._board.lock.release()
        return got

    class Nosy:
        """A source at which somebody else tries the board, in the middle of each request."""

        def __init__(self, source: Any) -> None:
            self._source = source

        def write(self, events: list[object]) -> None:
            self._source.write(events)
            with ThreadPoolExecutor(1) as pool:
                asked.append(pool.submit(gets_it).result())

    with desk.open("speck2f") as device:
        desk.deploy(device)
        probe = device.probe()
        device._board.source = Nosy(device._board.source)
        probe.read()
        probe.write([[[1, 2], [3, 4]]])
        probe.write_biases([-2])

    assert len(asked) == 5
    assert not any(asked)


@pytest.mark.usefixtures("restless")
def test_threads_that_open_one_board_get_it_one_at_a_time(desk: Any) -> None:
    board = desk.plug("Speck2fModuleDevKit")
    together = threading.Barrier(3)

    def open_it(_: int) -> Device | speckhal.DeviceError:
        together.wait()
        try:
            device: Device = desk.open("speck2f")
        except speckhal.DeviceError as error:
            return error
        return device

    for _ in range(20):
        with ThreadPoolExecutor(3) as pool:
            got = list(pool.map(open_it, range(3)))
        errors = [one for one in got if isinstance(one, speckhal.DeviceError)]
        (device,) = (one for one in got if not isinstance(one, speckhal.DeviceError))
        assert [type(error) for error in errors] == [speckhal.DeviceBusy] * 2
        assert current_bus().is_open(board)
        device.close()
        assert not current_bus().is_open(board)


@pytest.mark.usefixtures("restless")
def test_three_threads_deploy_each_to_their_own_board(
    devices: list[Device], make_network: MakeNetwork
) -> None:
    written_to = sys.stdout
    together = threading.Barrier(len(devices))

    def deploy(number: int) -> list[object]:
        device, shape = devices[number], (1, 2 + number, 2)
        told: list[object] = []
        together.wait()
        for turn in range(3):
            network = make_network(bias=(-0.1 * (number + 1),), shape=shape)
            leak = device.leak_config(rate_hz=turn + 1)
            layer = device.deploy(network, input_shape=shape, leak=leak).layer(0)
            told.append((layer.shape, layer.biases.tolist(), layer.rate_hz))
        return told

    try:
        with ThreadPoolExecutor(len(devices)) as pool:
            told = list(pool.map(deploy, range(len(devices))))
        assert sys.stdout is written_to
    finally:
        sys.stdout = written_to

    biases = [-13, -25, -38]
    assert told == [
        [((1, 2 + number, 2), [biases[number]], turn + 1) for turn in range(3)]
        for number in range(len(devices))
    ]


@pytest.mark.usefixtures("restless")
def test_what_other_threads_print_while_one_deploys_is_not_lost(
    devices: list[Device], make_network: MakeNetwork, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = threading.Event()
    printed = 0

    def chatter() -> None:
        nonlocal printed
        while not stop.is_set():
            sys.stdout.write(f"line {printed}\n")
            printed += 1

    with ThreadPoolExecutor(1) as pool:
        talking = pool.submit(chatter)
        for _ in range(3):
            devices[0].deploy(make_network(), input_shape=(1, 2, 2))
        stop.set()
        talking.result()

    assert capsys.readouterr().out.splitlines() == [f"line {number}" for number in range(printed)]


def _opened_by_device(desk: Any) -> None:
    desk.open("speck2f").close()


def _opened_by_doctor(desk: Any) -> None:
    (finding,) = board_findings(samna, SPECK2F, None)
    assert "firmware" in finding.is_


def _opened_by_characterise(desk: Any) -> None:
    Workbench(BoardAccess(samna, SPECK2F, SPECK2F.kits, 0, desk.clock, emulated=True)).close()


@pytest.mark.parametrize(
    "use",
    [_opened_by_device, _opened_by_doctor, _opened_by_characterise],
    ids=lambda use: use.__name__,
)
def test_nobody_else_gets_at_a_board_between_finding_it_free_and_opening_it(
    desk: Any, monkeypatch: pytest.MonkeyPatch, use: Callable[[Any], None]
) -> None:
    desk.plug("Speck2fDevKit")
    got: list[bool] = []

    def gets_in() -> bool:
        got_in: bool = find._OPENING.acquire(blocking=False)
        if got_in:
            find._OPENING.release()
        return got_in

    def nosy(name: str) -> None:
        ask: Callable[..., object] = getattr(samna.device, name)

        def asked(*arguments: object) -> object:
            with ThreadPoolExecutor(1) as pool:
                got.append(pool.submit(gets_in).result())
            return ask(*arguments)

        monkeypatch.setattr(samna.device, name, asked)

    nosy("get_unopened_devices")
    nosy("open_device")
    use(desk)

    assert got == [False, False]


def test_doctor_leaves_a_board_alone_that_was_opened_since_it_was_listed(desk: Any) -> None:
    desk.plug("Speck2fDevKit", 1)
    desk.plug("Speck2fDevKit", 2)
    findings = board_findings(samna, SPECK2F, None)
    assert "firmware" in next(findings).is_
    with desk.open("speck2f", index=1) as device:
        assert "is open in this process" in next(findings).is_
        desk.deploy(device)


def test_a_board_that_was_listed_as_free_is_not_opened_twice(desk: Any) -> None:
    desk.plug("Speck2fDevKit")
    (info,) = samna.device.get_unopened_devices()
    with desk.open("speck2f") as device:
        with pytest.raises(speckhal.DeviceBusy, match="it is open already"):
            find.open_listed_board(samna, SPECK2F, info)
        desk.deploy(device)


def _without_number(board: EmulatedBoard) -> object:
    return samna.device.DeviceInfo(
        usb_bus_number=board.usb_bus_number,
        usb_device_address=board.usb_device_address,
        device_type_name=board.kit.name,
    )


def test_a_board_that_is_listed_without_its_serial_number_is_found_by_it(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samna.device, "_info", _without_number)
    boards = [desk.plug("Speck2fDevKit", address) for address in (1, 2, 3)]
    first = desk.open("speck2f")

    def by_number(number: str) -> SamnaDevice:
        access = BoardAccess(
            samna, SPECK2F, SPECK2F.kits, 0, desk.clock, emulated=False, serial_number=number
        )
        return SamnaDevice(access, backend="speck2f")

    with by_number("desk-3") as device:
        assert device.info.serial_number == "desk-3"
        assert [current_bus().is_open(board) for board in boards] == [True, False, True]
    with pytest.raises(speckhal.DeviceNotFound, match="with serial number desk-9"):
        by_number("desk-9")
    assert [current_bus().is_open(board) for board in boards] == [True, False, False]
    first.close()
