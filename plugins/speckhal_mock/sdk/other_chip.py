"""What to type where a program that is written for one chip has the board of another.

Many programs open the first board that is listed. On a desk with one kit that is the right one;
`speckhal emulate` plugs in one of each.
"""

from __future__ import annotations

from speckhal_mock.emulation.kits import KITS


def other_chip_hint(given: str, taken: str) -> str:
    """A sentence for the end of an error, with a space before it; empty where it is no such case.

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
