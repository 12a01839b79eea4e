"""Every breakage, and the one of a name.

`open_device("mock", breakage="step-plus-one")` opens a mock with that rule broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError
from speckhal_mock.testing.board import BOARD
from speckhal_mock.testing.chip import CHIP
from speckhal_mock.testing.driver import DRIVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal_mock.testing.patching import Breakage

BREAKAGES: Final[Mapping[str, Breakage]] = {
    breakage.name: breakage for breakage in (*CHIP, *BOARD, *DRIVER)
}
"""By name: those of the chip first, then of the board and of the driver."""


def breakage_named(name: object) -> Breakage:
    """The breakage of that name.

    Raises:
        InputError: there is none.
    """
    if not isinstance(name, str) or name not in BREAKAGES:
        raise InputError(
            f"The option breakage is {name!r}, and the mock knows no such breakage.",
            hint=f"It knows: {', '.join(BREAKAGES)}.",
        )
    return BREAKAGES[name]
