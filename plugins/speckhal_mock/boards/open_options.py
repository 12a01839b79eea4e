"""What is asked of the mock: which board it is to be, and how it is to behave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError
from speckhal.runs.profile import read_profile
from speckhal_mock.boards.option_table import OWN, check_names, described_defaults, read_option
from speckhal_mock.boards.profile_options import options_of
from speckhal_mock.boards.targets import CHIPS, EmulatedTarget, choose_target
from speckhal_mock.emulation.option_kinds import WrongOption
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.testing.breakage import NOTHING, Breakage
from speckhal_mock.testing.breakages import breakage_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.runs.profile import Profile
    from speckhal_samna.chip import SamnaChip


@attrs.frozen
class BoardRequest:
    """One emulated board as it was asked for.

    Attributes:
        target: which board.
        emulation: how it behaves.
        realtime: whether its time is to be the wall's.
        breakage: what of it is broken on purpose; `NOTHING` as a rule.
    """

    target: EmulatedTarget
    emulation: EmulationOptions
    realtime: bool
    breakage: Breakage


def read_options(
    target: str | None, given: Mapping[str, object], chips: Sequence[SamnaChip] = CHIPS
) -> BoardRequest:
    """The emulated board that was asked for.

    Args:
        target: the part behind `mock:`; None for the board of the profile, or else the first.
        given: `profile`, a file that `speckhal characterise` wrote; `realtime`; `breakage`, one
            of `speckhal_mock.testing`; and every field of `EmulationOptions`, which count more
            than what the profile says.
        chips: the chips that can be emulated.

    Raises:
        DeviceNotFound: there is no such board.
        InputError: an option is unknown or has a value that it cannot have; or the profile
            cannot be read, or is one of another chip.
    """
    check_names(given)
    try:
        options = {name: read_option(name, value) for name, value in given.items()}
    except WrongOption as error:
        raise InputError(str(error), hint=error.hint) from error
    explicit = {name: value for name, value in options.items() if name not in OWN}
    realtime = options.get("realtime") is True
    breakage = options.get("breakage")
    broken = NOTHING if breakage is None else breakage_named(str(breakage))
    explicit |= broken.options
    wanted = choose_target(target, chips)
    if options.get("profile") is None:
        emulation = _emulation({**described_defaults(wanted), **explicit})
        return BoardRequest(wanted, emulation, realtime, broken)
    path = Path(str(options["profile"]))
    profile = read_profile(path)
    _refuse_contradictions(profile, path, chips)
    if target is None:
        wanted = _board_of(profile, path, chips)
    elif (chip := profile.board.chip) != wanted.chip.facts.name:
        raise InputError(
            f"Asked for an emulated {wanted.chip.facts.name} with the profile {path}, and that is "
            f"one of a {chip}.",
            hint=f"Open 'mock:{chip}' (or emulate with --board {chip}), or leave the profile out.",
        )
    _refuse_what_is_missing(profile, path)
    try:
        measured = options_of(profile)
        _emulation(measured)
    except (InputError, ValueError) as error:
        raise InputError(
            f"The profile {path} says what no emulated board can do: {error}",
            hint="Correct the file, or measure the board anew.",
        ) from error
    emulation = _emulation({**described_defaults(wanted), **measured, **explicit})
    return BoardRequest(wanted, emulation, realtime, broken)


def _emulation(options: Mapping[str, object]) -> EmulationOptions:
    try:
        return EmulationOptions(**options)  # type: ignore[arg-type]  # attrs checks each value
    except ValueError as error:
        raise InputError(str(error), hint=getattr(error, "hint", None)) from error


def _board_of(profile: Profile, path: Path, chips: Sequence[SamnaChip]) -> EmulatedTarget:
    """The emulated board of the kit that was measured."""
    for kit in (kit for chip in chips for kit in chip.kits):
        if kit.board == profile.board.board:
            return choose_target(kit.target, chips)
    names = [chip.facts.name for chip in chips]
    if profile.board.chip not in names:
        raise InputError(
            f"The profile {path} is one of a {profile.board.chip or 'chip without a name'}, which "
            "the mock does not emulate.",
            hint=f"It emulates: {', '.join(names)}.",
        )
    return choose_target(profile.board.chip, chips)


def _refuse_contradictions(profile: Profile, path: Path, chips: Sequence[SamnaChip]) -> None:
    """Refuse a board that is known to have another chip than the profile says."""
    for chip in (*chips, *CHIPS):
        boards = {kit.board for kit in chip.kits}
        if profile.board.board in boards and profile.board.chip != chip.facts.name:
            raise InputError(
                f"The profile {path} is one of a {profile.board.board} with the chip "
                f"{profile.board.chip!r}, and that board has a {chip.facts.name}.",
                hint="Correct the file, or measure the board anew.",
            )


def _refuse_what_is_missing(profile: Profile, path: Path) -> None:
    """Refuse a profile that says less of its board than it seems to."""
    if not profile.is_complete:
        raise InputError(
            f"The profile {path} is incomplete: without {', '.join(profile.missing)}.",
            hint="Measure the board anew. To let the mock assume the rest, set complete = true and "
            "missing = [] in the file.",
        )
    if not profile.results:
        raise InputError(
            f"The profile {path} has no results, and would change nothing.",
            hint="Measure a board: speckhal characterise BACKEND --out FILE.toml",
        )
