"""Each kit is a backend of its own as well: the same driver, looking among boards of that kit."""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest

import speckhal
from python_process import run_python
from speckhal import DeviceBusy, DeviceNotFound
from speckhal.discovery.opening import select
from speckhal.discovery.registry import registry
from speckhal.doctor.diagnosis import diagnose
from speckhal_mock import samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from speckhal_samna.chip import Kit, SamnaChip

KITS = [(chip, kit) for chip in (SPECK2E, SPECK2F) for kit in chip.kits]
each_kit = pytest.mark.parametrize(
    ("chip", "kit"), KITS, ids=lambda value: getattr(value, "target", "")
)


def _backends() -> list[str]:
    return [entry_point.name for entry_point in entry_points(group="speckhal.backends")]


@each_kit
def test_every_kit_is_offered_as_a_backend(chip: SamnaChip, kit: Kit) -> None:
    assert _backends().count(kit.target) == 1

    backend, target = select(f"{kit.target}:0")

    assert (backend.name, target) == (kit.target, "0")
    assert kit.summary in backend.summary
    assert backend.chip("0") == backend.chip("serial=A1") == backend.chip() == chip.facts
    assert [each.name for each in backend.targets] == ["0"]
    for each in backend.targets:
        assert backend.chip(each.name) == chip.facts
    assert not backend.emulated


@each_kit
def test_a_kit_backend_opens_boards_of_its_kit_only(desk: Any, chip: SamnaChip, kit: Kit) -> None:
    for address, (_, other) in enumerate(KITS, start=1):
        desk.plug(other.board, address)
    for address in (21, 22):
        desk.plug(kit.board, address)

    for index, serial in enumerate([f"desk-{KITS.index((chip, kit)) + 1}", "desk-21", "desk-22"]):
        with speckhal.open_device(f"{kit.target}:{index}") as device:
            assert (device.info.board, device.info.serial_number) == (kit.board, serial)
            assert device.info.backend == kit.target
        with speckhal.open_device(f"{kit.target}:serial={serial}") as device:
            assert device.info.serial_number == serial
    with speckhal.open_device(kit.target) as device:
        assert device.info.serial_number == f"desk-{KITS.index((chip, kit)) + 1}"
    with pytest.raises(DeviceNotFound, match=f"{kit.board}, and there are 3"):
        speckhal.open_device(f"{kit.target}:3")


def test_a_board_is_busy_by_whichever_name_it_was_opened(desk: Any) -> None:
    desk.plug("Speck2fDevKit")
    with speckhal.open_device("speck2f"), pytest.raises(DeviceBusy):
        speckhal.open_device("speck2fdevkit")
    with speckhal.open_device("speck2fdevkit"), pytest.raises(DeviceBusy):
        speckhal.open_device("speck2f:speck2fdevkit:0")
    assert not any(map(current_bus().is_open, current_bus().boards))


def test_the_other_kit_of_the_chip_is_no_target_of_a_kit(desk: Any) -> None:
    desk.plug("Speck2fDevKit")
    with pytest.raises(DeviceNotFound, match="'speck2fdevkit'") as refusal:
        speckhal.open_device("speck2fmodule:speck2fdevkit")
    assert "'speck2fmodule:1'" in str(refusal.value)
    with pytest.raises(DeviceNotFound, match="there are 0"):
        speckhal.open_device("speck2fmodule")


def test_a_speck2e_t_is_explained_to_whoever_asks_for_a_kit(desk: Any) -> None:
    from speckhal_mock.emulation.kits import EmulatedKit

    desk.plug(EmulatedKit("Speck2etTestBoard", "speck2et"))
    with pytest.raises(DeviceNotFound, match="carries a Speck2e-t"):
        speckhal.open_device("speck2etestboard")


def test_the_leak_command_takes_a_kit() -> None:
    script = (
        "import sys\n"
        "from speckhal.contract.clock import VirtualClock\n"
        "from speckhal_mock.boards.targets import choose_target\n"
        "from speckhal_mock.boards.plug_in import make_board\n"
        "from speckhal_mock.samna_install.install import replace_samna\n"
        "from speckhal_mock.sdk.bus import current_bus\n"
        "from speckhal.cli import main\n"
        "from speckhal_mock.scripts.virtual_time import virtual_time\n"
        "replace_samna()\n"
        "sys.modules['samna']._speckhal_emulated = False\n"
        "clock = VirtualClock()\n"
        "current_bus().plug(make_board(choose_target('speck2fmodule'), clock=clock))\n"
        "with virtual_time(clock):\n"
        "    main(['leak', '--backend', 'speck2fmodule:0', '--ticks', '3', '--json'])\n"
    )
    done = run_python("-c", script)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["backend"], told["chip"], told["emulated"]) == ("speck2fmodule", "speck2f", False)
    assert told["measured_step"] == told["expected_step"]


def test_listing_stays_one_short_line_a_backend() -> None:
    done = run_python("-m", "speckhal", "list")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("speck2")] == sorted(
        [*(kit.target for _, kit in KITS), "speck2e", "speck2f"]
    )
    assert max(map(len, lines)) < 80


def test_nothing_is_found_twice_because_a_chip_has_several_backends(desk: Any) -> None:
    desk.plug("Speck2fDevKit", 1)
    desk.plug("Speck2eDevKit", 2)

    found = [
        (diagnosis.check, diagnosis.finding.is_)
        for diagnosis in diagnose(registry())
        if "speck2" in diagnosis.plugin
    ]

    assert len(found) == len(set(found))
    boards = [is_ for check, is_ in found if check == "boards"]
    assert ["Speck2eDevKit" in is_ for is_ in boards] == [True, False]
    assert ["Speck2fDevKit" in is_ for is_ in boards] == [False, True]
    assert samna.device.get_opened_devices() == []


@each_kit
def test_a_kit_can_be_examined_by_its_name(desk: Any, chip: SamnaChip, kit: Kit) -> None:
    desk.plug(kit.board)
    found = [each for each in diagnose(registry(), kit.target) if each.check == "boards"]

    (diagnosis,) = found
    assert diagnosis.plugin == kit.target
    assert kit.board in diagnosis.finding.is_
