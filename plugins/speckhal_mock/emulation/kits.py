"""The boards that can be emulated, and how to ask for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

SPECK2ET: Final = "speck2et"
"""The Speck2e-t, which the vendor's Speck2e modules serve too. No kit below carries it."""


@attrs.frozen
class EmulatedKit:
    """One kind of board as the vendor sells it.

    Attributes:
        name: the device type name that the vendor's software calls it by.
        chip: the chip on it, such as "speck2f".
    """

    name: str
    chip: str


KITS: Final[Mapping[str, EmulatedKit]] = {
    kit.name: kit
    for kit in (
        EmulatedKit("Speck2fModuleDevKit", "speck2f"),
        EmulatedKit("Speck2fDevKit", "speck2f"),
        EmulatedKit("Speck2eDevKit", "speck2e"),
        EmulatedKit("Speck2eTestBoard", "speck2e"),
    )
}
"""Every emulated kit under its name (source: samna 0.48.5 documentation, table of boards)."""


def other_chip_hint(given: str, taken: str) -> str:
    """What to type where a program for one chip has the board of another; empty if it does not.

    Many programs open the first board that is listed. On a desk with one kit that is the right
    one; `speckhal emulate` plugs in one of each. The sentence, for the end of an error, has a
    space before it.

    Args:
        given: vendor's name of what the program has, such as "samna.speck2f.configuration" or
            "speck2f::event::OutputEvent".
        taken: the same of what its board has, or the board's name.
    """
    its_own, here = _chip_in(given), _chip_in(taken)
    if its_own is None or here is None or its_own == here:
        return ""
    return (
        f" It is for a {its_own.capitalize()}, and here is a {here.capitalize()}: "
        f"`speckhal emulate --board {its_own}devkit` plugs in what the program is written for."
    )


def _chip_in(name: str) -> str | None:
    """The chip with whose name a vendor's name begins."""
    beginning = name.removeprefix("samna.").lower()
    chips = sorted({kit.chip for kit in KITS.values()})
    return next((chip for chip in chips if beginning.startswith(chip)), None)
