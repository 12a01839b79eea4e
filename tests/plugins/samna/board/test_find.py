"""Which of the plugged-in boards is meant."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal import DeviceBusy, DeviceNotFound
from speckhal_samna.board.find import find_board
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


def _info(name: str, address: int, serial: str = "", *, bus: int = 1) -> Any:
    return SimpleNamespace(
        device_type_name=name, usb_bus_number=bus, usb_device_address=address, serial_number=serial
    )


DEVKIT_9 = _info("Speck2fDevKit", 9, "A1")
MODULE_4 = _info("Speck2fModuleDevKit", 4)
DEVKIT_2 = _info("Speck2fDevKit", 2, "B2")
SPECK2E_3 = _info("Speck2eDevKit", 3)
ALL = [DEVKIT_9, SPECK2E_3, MODULE_4, DEVKIT_2]


def _samna(*, busy: tuple[Any, ...] = (), boards: Sequence[Any] = ALL) -> Any:
    free = [info for info in boards if info not in busy]
    return SimpleNamespace(
        device=SimpleNamespace(
            get_all_devices=lambda: list(boards), get_unopened_devices=lambda: list(free)
        )
    )


def test_boards_count_in_usb_order_whatever_the_list_says() -> None:
    found = [find_board(_samna(), SPECK2F.kits, index)[0] for index in range(3)]

    assert found == [DEVKIT_2, MODULE_4, DEVKIT_9]


@given(
    places=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 127)), unique=True, min_size=1),
    kinds=st.randoms(),
)
def test_the_order_is_that_of_the_numbers_of_bus_and_address_and_of_nothing_else(
    places: list[tuple[int, int]], kinds: random.Random
) -> None:
    names = [kit.board for kit in SPECK2F.kits]
    boards = [_info(kinds.choice(names), address, bus=bus) for bus, address in places]

    found = [
        find_board(_samna(boards=boards), SPECK2F.kits, index)[0] for index in range(len(boards))
    ]

    assert [(info.usb_bus_number, info.usb_device_address) for info in found] == sorted(places)


def test_only_boards_of_the_kits_count() -> None:
    info, kit = find_board(_samna(), SPECK2F.kits[:1], 0)

    assert (info, kit.target) == (MODULE_4, "speck2fmodule")
    assert find_board(_samna(), SPECK2E.kits, 0)[0] is SPECK2E_3


def test_a_serial_number_finds_its_board() -> None:
    assert find_board(_samna(), SPECK2F.kits, 0, "A1")[0] is DEVKIT_9


def test_an_unknown_serial_number_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(DeviceNotFound, match="with serial number C3, and there are 0") as refusal:
        find_board(_samna(), SPECK2F.kits, 0, "C3")
    assert "Speck2fDevKit (serial number A1)" in str(refusal.value)


@pytest.mark.parametrize("index", [3, 99])
def test_a_board_that_is_not_there_is_refused_with_those_that_are(index: int) -> None:
    with pytest.raises(DeviceNotFound, match="there are 3") as refusal:
        find_board(_samna(), SPECK2F.kits, index)
    assert "Speck2fModuleDevKit" in str(refusal.value)


def test_an_open_board_is_busy_and_others_keep_their_index() -> None:
    samna = _samna(busy=(DEVKIT_2,))

    with pytest.raises(DeviceBusy, match="Speck2fDevKit"):
        find_board(samna, SPECK2F.kits, 0)
    assert find_board(samna, SPECK2F.kits, 1)[0] is MODULE_4
