"""What stands behind the colon in `backend:target`: a kit, an index, both, or a serial number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import DeviceNotFound, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal_samna.chip import Kit

SERIAL = "serial="
"""Begins a target that is a serial number."""


@attrs.frozen
class BoardChoice:
    """Boards to look among, and which one of those that are plugged in."""

    kits: tuple[Kit, ...]
    index: int = 0
    serial_number: str | None = None


def choose_boards(
    target: str | None, kits: Sequence[Kit], aliases: Mapping[str, Sequence[Kit]] | None = None
) -> BoardChoice:
    """The boards that a target means.

    Targets are None, "1", "speck2fdevkit", "speck2fdevkit:1" and "serial=A1B2".

    Args:
        target: as the user typed it; None for the first board of any of `kits`.
        kits: boards the backend can open.
        aliases: further names for some of them.

    Raises:
        DeviceNotFound: no kit has that name, or the index is not a number.
    """
    named: dict[str, tuple[Kit, ...]] = {kit.target: (kit,) for kit in kits}
    named |= {name: tuple(meant) for name, meant in (aliases or {}).items()}
    if target is None:
        return BoardChoice(tuple(kits))
    if _is_index(target):
        return BoardChoice(tuple(kits), int(target))
    if target.startswith(SERIAL) and target != SERIAL:
        return BoardChoice(tuple(kits), serial_number=target.removeprefix(SERIAL))
    name, colon, index = target.partition(":")
    if name not in named or (colon and not _is_index(index)):
        raise DeviceNotFound(
            f"Asked for board {target!r}, and there is no such board.",
            hint=f"Known boards: {', '.join(named)}; an index picks one of several, as in "
            f"'{kits[0].target}:1', and '{SERIAL}...' the board with that serial number.",
        )
    return BoardChoice(named[name], int(index or "0"))


def refuse_options(backend: str, options: Mapping[str, object]) -> None:
    """Refuse options, which a real board has none of.

    Raises:
        InputError: there are some.
    """
    if options:
        raise InputError(
            f"Asked to open {backend} with option {', '.join(map(repr, options))}, and real "
            "boards take no options.",
            hint="Leave the options out; the emulated boards of 'mock' take some.",
        )


def _is_index(text: str) -> bool:
    """Whether it is a number of the digits 0 to 9; there are others."""
    return text.isascii() and text.isdecimal()
