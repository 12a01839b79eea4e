"""How real boards are got at for a measurement."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeAlias

from speckhal.contract.clock import WallClock
from speckhal_characterise.workbench import Access
from speckhal_samna.samna_import import load_real_samna
from speckhal_samna.target import choose_boards, refuse_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal_samna.chip import SamnaChip

AccessTo: TypeAlias = Callable[[str | None, Mapping[str, object]], AbstractContextManager[Access]]
"""From the target and the options that the user gave to the board that they mean."""


def access_to(chip: SamnaChip) -> AccessTo:
    """Access to real boards with that chip, through the vendor's samna."""

    @contextlib.contextmanager
    def access(target: str | None, options: Mapping[str, object]) -> Iterator[Access]:
        refuse_options(chip.facts.name, options)
        boards = choose_boards(target, chip.kits)
        yield Access(
            load_real_samna(),
            chip,
            boards.kits,
            boards.index,
            WallClock(),
            emulated=False,
            serial_number=boards.serial_number,
        )

    return access
