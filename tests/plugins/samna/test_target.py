"""What may stand behind the colon of a selection."""

from __future__ import annotations

import pytest

from speckhal import DeviceNotFound
from speckhal_samna.target import choose_boards
from speckhal_speck2f.chip import CHIP

MODULE, DEVKIT = CHIP.kits


def test_nothing_means_the_first_board_of_any_kit() -> None:
    choice = choose_boards(None, CHIP.kits)
    assert (choice.kits, choice.index) == ((MODULE, DEVKIT), 0)


def test_an_index_counts_over_all_kits() -> None:
    choice = choose_boards("1", CHIP.kits)
    assert (choice.kits, choice.index) == ((MODULE, DEVKIT), 1)


def test_a_kit_may_have_an_index() -> None:
    choice = choose_boards("speck2fdevkit:2", CHIP.kits)
    assert (choice.kits, choice.index) == ((DEVKIT,), 2)


def test_an_alias_means_what_it_stands_for() -> None:
    assert choose_boards("speck2f:1", CHIP.kits, {"speck2f": (MODULE,)}).kits == (MODULE,)


def test_a_serial_number_looks_among_all_kits() -> None:
    choice = choose_boards("serial=A1:B2", CHIP.kits)
    assert (choice.kits, choice.serial_number) == ((MODULE, DEVKIT), "A1:B2")


@pytest.mark.parametrize(
    "target",
    [
        "serial=",
        "speck3",
        "speck2fdevkit:x",
        "",
        ":",
        "-1",
        "a:b:1",
        ":1:2",
        "٣",
        "speck2fdevkit:٣",
    ],
)
def test_anything_else_is_refused_with_what_would_work(target: str) -> None:
    with pytest.raises(DeviceNotFound) as refusal:
        choose_boards(target, CHIP.kits)
    assert repr(target) in refusal.value.message
    assert "speck2fmodule, speck2fdevkit" in str(refusal.value)
