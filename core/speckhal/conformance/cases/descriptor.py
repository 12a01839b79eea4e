"""What a backend says of itself, before any board is touched."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from speckhal.conformance.case import Half, case
from speckhal.conformance.cases.signatures import misfits
from speckhal.conformance.expectations import Violation, demand, demand_equal
from speckhal.contract.backend import API_VERSION, Backend, Target, capabilities_of, describe_board
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import DeviceNotFound, InputError
from speckhal.discovery.selection import Selection, parse_selection

if TYPE_CHECKING:
    from speckhal.conformance.backend_under_test import Subject
    from speckhal.conformance.suite_bench import SuiteBench

HEAVY = ("torch", "sinabs", "samna", "samnagui")
"""What loading a backend must not import: the vendor's SDK, and what takes seconds."""

NO_SUCH_TARGET = "no-such-board"

_CLOCKS = frozenset(drive.capability for drive in ClockDrive)

PATIENCE_S = 120

_LOAD = """
import json, sys
from importlib.metadata import EntryPoint
offered = EntryPoint("backend", sys.argv[1], "speckhal.backends").load()
backend = offered.speckhal_backend() if hasattr(offered, "speckhal_backend") else None
if backend is not None:
    backend.name, backend.summary, backend.capabilities
    for target in backend.targets:
        backend.chip(target.name)
with open(sys.argv[2], "w", encoding="utf-8") as listing:
    json.dump(sorted(sys.modules), listing)
"""


@case("Its name can be typed, and selects it.", half=Half.STATIC)
def its_name_can_be_selected(bench: SuiteBench) -> None:
    """`backend[:target]` must not be split within the name."""
    name = bench.backend.name
    demand(isinstance(name, str), f"The backend's name is {name!r}, which is no text.")
    demand(_selects(name, None), f"The backend's name {name!r} cannot be typed as a selection.")


@case("It is for this version of the plugin API.", half=Half.STATIC)
def it_is_for_this_api_version(bench: SuiteBench) -> None:
    """An older backend must say so, and not be found out by what it lacks."""
    version: object = bench.backend.api_version
    demand(
        type(version) is int and version == API_VERSION,  # True is no version, though it equals 1
        f"The backend says that it is for version {version!r} of the plugin API, and this speckhal "
        f"has version {API_VERSION}.",
    )


@case("It says in one line what it is, and whether it is an emulation.", half=Half.STATIC)
def it_says_what_it_is(bench: SuiteBench) -> None:
    """`speckhal list` and `info` show it; the suite runs other cases on hardware."""
    summary: object = bench.backend.summary
    emulated: object = bench.backend.emulated
    demand(
        isinstance(summary, str) and summary.strip() and "\n" not in summary,
        f"The backend's summary is {summary!r}; it must be one line of text.",
    )
    demand(
        isinstance(emulated, bool), f"The backend's `emulated` is {emulated!r}; it must be a bool."
    )


@case("Each of its targets has a name that selects it.", half=Half.STATIC)
def its_targets_can_be_selected(bench: SuiteBench) -> None:
    """Also, no two share a name."""
    targets: object = bench.backend.targets
    if not isinstance(targets, Sequence) or isinstance(targets, str):
        raise Violation(
            f"The backend's targets are a {type(targets).__name__}; they must be a sequence, that "
            "can be gone through again."
        )
    demand(targets, "The backend has no targets, so that nothing can be opened.")
    for target in targets:
        demand(isinstance(target, Target), f"{target!r} is no Target.")
        demand(
            _selects(bench.backend.name, target.name),
            f"The target {target.name!r} cannot be typed behind a colon.",
        )
        demand(target.summary.strip(), f"The target {target.name!r} has no summary.")
    names = [target.name for target in targets]
    demand(len(set(names)) == len(names), f"Two targets have the same name: {names}.")


@case("It declares its capabilities, and a drive for the slow clock.", half=Half.STATIC)
def it_declares_what_it_can_do(bench: SuiteBench) -> None:
    """Without any clock nothing could leak, and every law of leak would be refused."""
    _demand_capabilities(bench.backend.capabilities, "The backend")
    for target in bench.backend.targets:
        declared = capabilities_of(bench.backend, target.name)
        _demand_capabilities(declared, f"The target {target.name!r}")
        more = names_of(declared - bench.backend.capabilities)
        demand(
            not more,
            f"The target {target.name!r} declares {', '.join(more)}, and the backend does not, "
            "which declares what any of its boards can do.",
        )


def _demand_capabilities(declared: object, whose: str) -> None:
    if not isinstance(declared, frozenset) or any(type(one) is not Capability for one in declared):
        raise Violation(
            f"{whose}'s capabilities are {declared!r}; they must be a frozenset of Capability."
        )
    demand(declared & _CLOCKS, f"{whose} declares no drive of the slow clock: nothing leaks.")


@case("Its methods take what speckhal gives them.", half=Half.STATIC)
def its_methods_fit_the_protocol(bench: SuiteBench) -> None:
    """A wrong parameter would otherwise show at the first user who names it."""
    found = misfits(bench.backend, Backend)
    demand(not found, " ".join(found))


@case("It knows the chip of each target, and refuses a target that it lacks.", half=Half.STATIC)
def it_knows_the_chip_of_each_target(bench: SuiteBench) -> None:
    """Asking opens no board, and needs none."""
    for name in (None, *(target.name for target in bench.backend.targets)):
        chip = bench.backend.chip(name)
        demand(chip.name, f"The chip of target {name!r} has no name.")
    asked, names = f"The chip of target {NO_SUCH_TARGET!r}", {"the value": NO_SUCH_TARGET}
    with bench.refusal(DeviceNotFound, asked, names=names):
        bench.backend.chip(NO_SUCH_TARGET)
    if hasattr(bench.backend, "describe"):
        with bench.refusal(
            DeviceNotFound, f"Describing the target {NO_SUCH_TARGET!r}", names=names
        ):
            describe_board(bench.backend, NO_SUCH_TARGET)


@case("Asking twice gives the same answer.", half=Half.STATIC)
def it_answers_the_same_twice(bench: SuiteBench) -> None:
    """A description has no state."""
    backend, target = bench.backend, bench.subject.target
    demand_equal(backend.chip(target), backend.chip(target), "The chip asked again")
    demand_equal(tuple(backend.targets), tuple(backend.targets), "The list of targets asked again")
    demand_equal(
        names_of(capabilities_of(backend, target)),
        names_of(bench.subject.declared),
        "The list of capabilities asked again",
    )


@case("Loading it imports no torch, no sinabs and no vendor's SDK.", half=Half.STATIC)
def loading_it_imports_nothing_heavy(bench: SuiteBench) -> None:
    """A process of its own loads it, asks it what it offers, and lists what was imported."""
    heavy = sorted(modules_after_loading(bench.subject) & set(HEAVY))
    demand(
        not heavy,
        f"Loading the backend and asking for its facts imports {', '.join(heavy)}; import them in "
        f"`open` and `example` only.",
    )


def modules_after_loading(subject: Subject) -> frozenset[str]:
    """Names of the modules that are imported when a backend was loaded and asked what it offers.

    Raises:
        Violation: it could not be loaded that way.
    """
    with tempfile.TemporaryDirectory() as place:
        # in a file, since a plugin may print as it likes, also when the process ends
        listing = Path(place) / "modules.json"
        try:
            done = subprocess.run(  # noqa: S603 - this Python, and an entry point that is installed
                [sys.executable, "-c", _LOAD, _where(subject), str(listing)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(_path())},
                cwd=place,  # `-c` imports from there before all else
                capture_output=True,
                check=False,
                timeout=PATIENCE_S,
            )
        except subprocess.TimeoutExpired as error:
            raise Violation(
                f"A process of its own did not load the backend, and end, within {PATIENCE_S} s."
            ) from error
        if done.returncode or not listing.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            complaint = said[-1] if said else f"it ended with {done.returncode}, and without a word"
            raise Violation(f"A process of its own could not load the backend: {complaint}")
        return frozenset(json.loads(listing.read_text(encoding="utf-8")))


def _path() -> list[str]:
    """`sys.path` as it is from any working directory, without the one that is meant by ""."""
    # links stay, as what is imported through them has its names by them
    return [os.path.abspath(entry) for entry in sys.path if entry]  # noqa: PTH100


def _where(subject: Subject) -> str:
    """What to load: what the entry point names, or the module that the backend's class is in."""
    if subject.entry_point is not None:
        return subject.entry_point
    module = type(subject.backend).__module__
    if module == "__main__" or importlib.util.find_spec(module) is None:
        raise Violation(
            f"The backend's class is in {module}, which another process cannot import: what "
            "loading it costs cannot be seen. Install it, or put it into a module on sys.path."
        )
    return module


def names_of(capabilities: frozenset[Capability]) -> list[str]:
    """Their names in order, as reasons show them."""
    return sorted(capability.value for capability in capabilities)


def _selects(name: str, target: str | None) -> bool:
    text = name if target is None else f"{name}:{target}"
    try:
        return parse_selection(text) == Selection(name, target)
    except InputError:
        return False
