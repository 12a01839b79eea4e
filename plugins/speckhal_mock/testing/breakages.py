"""Every rule that a mock can break on purpose, and the one of a name.

`open_device("mock", breakage="step-plus-one")` opens a mock with that rule broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.testing.board_rules import BOARD
from speckhal_mock.testing.chip_rules import CHIP
from speckhal_mock.testing.driver_rules import DRIVER
from speckhal_mock.testing.preview_rules import PREVIEW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal_mock.testing.breakage import Breakage

BREAKAGES: Final[Mapping[str, Breakage]] = {
    breakage.name: breakage for breakage in (*CHIP, *BOARD, *DRIVER, *PREVIEW)
}
"""By name: those of the chip first, then of the board, of the driver and of its previews."""

FORMER_NAMES: Final[Mapping[str, str]] = {
    "tells-other-biases": "returns-other-biases",
    "tells-another-scale": "returns-another-scale",
    "tells-another-threshold": "returns-another-threshold",
    "tells-another-rate": "returns-no-rate",
}
"""Names that breakages had in version 0.1.0, which are still taken."""


def breakage_named(name: str) -> Breakage:
    """The breakage of that name, or of that former name."""
    return BREAKAGES[FORMER_NAMES.get(name, name)]
