"""Files and folders that shells offer after the Tab key, where only some kinds of files will do."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from click.shell_completion import CompletionItem

from speckhal.cli.completing_words import completes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from speckhal.cli.completing_words import Complete, Typed, Word

RECORDS: Final = (".h5", ".npz", ".partial")
"""What the names of records end with, and of arrays of `speckhal leak --save`."""

EVENTS: Final = (".npy", ".npz", ".csv", ".hdf5", ".h5", ".bin")
"""What the names of files of events end with; a test holds this against what reads them."""


def offer_files(
    begun: str, suffixes: Sequence[str], *, more_after: Sequence[str] = ()
) -> Iterator[CompletionItem]:
    """Files with these suffixes and folders; all files, by the shell, where there is no such file.

    Args:
        begun: the path as far as it is typed.
        suffixes: in small letters, such as ".h5".
        more_after: those of them behind which a colon and more is to come.
    """
    folder, slash, name = begun.rpartition("/")
    if begun[:1] in {"~", "$"}:  # which the shell makes a path of
        yield CompletionItem(begun, type="file")
        return
    folders, files = [], []
    with os.scandir(f"{folder}{slash}" or ".") as entries:
        for entry in entries:
            if not entry.name.startswith(name or _visible(entry.name)):
                continue
            path, suffix = f"{folder}{slash}{entry.name}", Path(entry.name).suffix.lower()
            if entry.is_dir():
                folders.append(f"{path}/")
            elif suffix in suffixes:
                files.append(f"{path}:" if suffix in more_after else path)
    if not files and not folders:
        yield CompletionItem(begun, type="file")
    yield from map(CompletionItem, [*sorted(files), *sorted(folders)])


def _visible(name: str) -> str:
    """What a name begins with that is shown where nothing is typed: not a dot."""
    return name[0] if name[0] != "." else "/"


def defined_in(path: Path) -> Iterator[str]:
    """Functions, classes and variables of a Python file, in its order; it is read, and not run."""
    found: dict[str, None] = {}
    for statement in ast.parse(path.read_bytes()).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = None
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found.update({each.id: None for each in targets if isinstance(each, ast.Name)})
    return iter(found)


def _networks(typed: Typed) -> Iterable[Word]:
    """Files, or behind the colon of FILE.py: what the file defines; it is read, and not run."""
    where, colon, begun = typed.begun.rpartition(":")
    if not colon:
        yield from offer_files(typed.begun, (".py", ".nir"), more_after=(".py",))
        return
    for name in defined_in(Path(where).expanduser()):
        if begun or not name.startswith("_"):
            yield f"{where}:{name}", ""


def _networks_or_events(typed: Typed) -> Iterable[Word]:
    """Files of networks and of events, or behind the colon of FILE.py: what the file defines."""
    if ":" in typed.begun:
        yield from _networks(typed)
        return
    yield from offer_files(typed.begun, (".py", ".nir", *EVENTS), more_after=(".py",))


def _scripts(typed: Typed) -> Iterable[Word]:
    """Scripts and notebooks; nothing where a module is named."""
    return () if typed.ctx.params.get("as_module") else offer_files(typed.begun, (".py", ".ipynb"))


def _files(*suffixes: str) -> Complete:
    return completes(lambda typed: offer_files(typed.begun, suffixes))


complete_network = completes(_networks)
complete_network_or_events = completes(_networks_or_events)
complete_script = completes(_scripts)
complete_record = _files(*RECORDS)
complete_weights = _files(".safetensors", ".pt", ".pth")
complete_profile = _files(".toml")
complete_plan = _files(".json")
complete_sweep_file = _files(".sqlite")
