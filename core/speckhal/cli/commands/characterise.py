"""`speckhal characterise`: measure what nobody has published of a board."""

from __future__ import annotations

import functools
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from speckhal.cli.arguments import UserPath
from speckhal.cli.completing_files import complete_profile
from speckhal.cli.completion import complete_measurement, complete_selection
from speckhal.cli.exit_codes import FOUND_WRONG, NOT_DONE
from speckhal.cli.terminal.standard_streams import OutputLost, json_apart
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

    from speckhal.cli.views.characterise_view import CharacteriseView
    from speckhal.runs.profile import Profile

_FILE = UserPath()


@click.command("characterise")
@click.argument("selection", metavar="BACKEND[:TARGET]", shell_complete=complete_selection)
@click.option(
    "--out",
    "-o",
    type=_FILE,
    metavar="PROFILE.toml",
    help="Write a profile of the board; replaces a file of that name.",
)
@click.option(
    "--only",
    "wanted",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_measurement,
    help="Measure this only; may be repeated, or be several with commas between them.",
)
@click.option("--quick", is_flag=True, help="Measure less precisely, and faster.")
@click.option("--list", "listing", is_flag=True, help="List the measurements, and do none.")
@click.option("--json", "as_data", is_flag=True, help="Print the profile, or the list, as JSON.")
@click.option(
    "--profile",
    type=_FILE,
    metavar="FILE.toml",
    shell_complete=complete_profile,
    help="What the mock that is measured behaves like.",
)
def command(
    *,
    selection: str,
    out: Path | None,
    wanted: Sequence[str],
    quick: bool,
    listing: bool,
    as_data: bool,
    profile: Path | None,
) -> None:
    """Measure what nobody has published of a board, and compare it with what speckhal assumes.

    Says how long it will take before it opens the board, and prints each result as soon as it is
    found. Ctrl-C, SIGTERM and SIGHUP stop the clock and keep what was found. The mock takes a
    profile that is complete, and then behaves like the board: speckhal leak --profile
    PROFILE.toml.

    The exit code is 1 if a measurement failed. A board that differs is a finding, not a failure.
    """
    from speckhal.cli.views.characterise_view import CharacteriseView, show_list
    from speckhal.contract.characterise import choose
    from speckhal.discovery.guarded_loading import blamed_on
    from speckhal.discovery.opening import select
    from speckhal.discovery.registry import registry
    from speckhal.runs.profile import check_place
    from speckhal.runs.profile_recorder import ProfileRecorder
    from speckhal.system.paths import is_same_file, working_folder

    with json_apart(as_data) as json_to, ExitStack() as stack:
        backend, target = select(selection)
        offer = registry().offer(backend.name)
        stack.enter_context(blamed_on(offer, "failed while it measured"))
        characteriser = registry().characteriser(backend.name)
        only = _names(wanted)
        chosen = choose(characteriser.measurements(), only)
        walls_s = {item.name: characteriser.wall_s(item, quick=quick) for item in chosen}
        if listing:
            if json_to is None:
                show_list(chosen, walls_s)
                return
            listed = [
                {"name": item.name, "summary": item.summary, "wall_s": walls_s[item.name]}
                for item in chosen
            ]
            click.echo(json.dumps(listed, indent=2), file=json_to)
            return
        if out is not None:
            check_place(out)
            if profile is not None and is_same_file(out, profile):
                raise InputError(
                    f"Asked to write the profile {out}, and that is the profile that is read.",
                    hint="Give another name.",
                )
        working_folder()
        view = CharacteriseView(walls_s, quiet=as_data)
        view.announce(backend.name)
        recorder = ProfileRecorder(view, chosen, quick=quick, out=out)
        options = {} if profile is None else {"profile": str(profile)}
        is_kept = True
        try:
            with view.progress():
                characteriser.run(target, options=options, only=only, quick=quick, watcher=recorder)
            recorder.complete()
        finally:
            # after an error, Ctrl-C or another signal too: what was found so far is kept
            found = recorder.profile()
            if found is not None:
                is_kept = _hand_over(found, out, view, json_to)
    if not is_kept:
        raise SystemExit(NOT_DONE)
    if recorder.failures:
        raise SystemExit(FOUND_WRONG)


def _hand_over(
    found: Profile, out: Path | None, view: CharacteriseView, json_to: TextIO | None
) -> bool:
    """Write the profile, print what it says, and return whether it is where it should be."""
    from speckhal.cli.outputs import rescue, where_rescued
    from speckhal.cli.terminal.error_messages import Failure
    from speckhal.runs.profile import write_profile
    from speckhal.system.error_text import cause_of

    def keep() -> str:
        save = functools.partial(write_profile, found)
        return where_rescued(rescue("characterise.toml", save))

    written: Path | None = None
    try:
        if out is not None:
            write_profile(found, out)
            written = out
    except InputError as error:
        Failure(InputError(error.message, hint=keep())).show()
    except BaseException as error:
        said = f"Could not write {out}: {cause_of(error)}."
        Failure(InputError(said, hint=keep())).show()
        raise
    try:
        view.conclude(found, written)
        if json_to is not None:
            click.echo(json.dumps(found.as_json(), indent=2), file=json_to)
    except OutputLost as lost:
        if out is None and lost.exit_code is None:  # else nobody reads it any more
            lost.hint = keep()
        raise
    return written == out


def _names(wanted: Sequence[str]) -> list[str]:
    names = [name.strip() for names in wanted for name in names.split(",") if name.strip()]
    if wanted and not names:
        raise InputError(
            f"Asked to measure only {','.join(wanted)!r}, which names no measurement.",
            hint="--list shows their names; without --only, all are measured.",
        )
    return names
