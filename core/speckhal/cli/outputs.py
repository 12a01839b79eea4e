"""Files that commands write, and where their contents are kept if that fails.

Those of `speckhal leak` are checked before anything is measured, and written after it.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import is_interrupt
from speckhal.system.paths import is_same_file, writable_place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from speckhal.runs.run import Run


def rescue(name: str, save: Callable[[Path], object]) -> Path | None:
    """Save it where files of nobody in particular may be, at home or here; None if that fails too.

    Args:
        name: of the file, with its ending, such as "leak.npz"; it gets a part that is its own.
        save: writes the file whole, or raises.
    """
    stem, dot, ending = name.partition(".")
    name = f"speckhal-{stem}-{secrets.token_hex(4)}{dot}{ending}"
    for folder in (tempfile.gettempdir, Path.home, Path.cwd):
        with contextlib.suppress(BaseException):  # a request to stop is raised again by itself
            path = Path(folder()) / name
            save(path)
            return path
    return None


def where_rescued(kept: Path | None, what: str = "What was measured") -> str:
    """Where to find it, as a sentence."""
    if kept is None:
        return f"{what} could be kept nowhere else."
    return f"{what} is in {kept}."


def refuse_ending(option: str, path: Path, endings: Sequence[str]) -> None:
    """Refuse a name that says another kind of file than the option writes.

    Raises:
        InputError: the name ends otherwise.
    """
    if path.suffix.lower() in endings:
        return
    raise InputError(
        f"Asked for {option} {path}, and {option} does not write that kind of file.",
        hint=f"Give it a name that ends in {' or '.join(endings)}.",
    )


def refuse_shared(outputs: Mapping[str, Path | None], sources: Sequence[Path] = ()) -> None:
    """Refuse two outputs of one name, and an output that would replace what is read.

    Args:
        outputs: where each goes, by its option; None where it was not asked for.
        sources: records that are read.

    Raises:
        InputError: there are such.
    """
    from speckhal.runs.record_place import partial_of  # noqa: PLC0415 - --help must stay light

    given = {option: path for option, path in outputs.items() if path is not None}
    for source, (option, path) in itertools.product(sources, given.items()):
        # a record replaces also what an earlier one left beside it
        if is_same_file(path, source) or is_same_file(partial_of(path), source):
            raise InputError(
                f"Asked for {option} {path}, and that is the record that is read.",
                hint="Give another name.",
            )
    for (one, path), (other, another) in itertools.combinations(given.items(), 2):
        if is_same_file(path, another):
            raise InputError(
                f"Asked for {one} and {other} in one file, {path}.",
                hint="Give each a file of its own.",
            )


def record_behind(selection: str | None) -> Path | None:
    """The record that is read where a replay is selected; None where another board is."""
    from speckhal.discovery.opening import select  # noqa: PLC0415 - --help must stay light
    from speckhal.runs.replay.backend import ReplayBackend, source_of  # noqa: PLC0415 - as above

    backend, target = select(selection)
    return source_of(target) if isinstance(backend, ReplayBackend) else None


@attrs.frozen
class LeakOutputs:
    """Where the record goes, besides the screen."""

    npz: Path | None
    csv: Path | None
    plot: Path | None

    def check(self) -> None:
        """Refuse a place that cannot be written, before anything is measured.

        Raises:
            InputError: a file has the wrong ending, no folder to be in, or may not be written.
        """
        for option, path, endings in (
            ("--save", self.npz, (".npz",)),
            ("--csv", self.csv, (".csv",)),
            ("--plot", self.plot, (".png", ".pdf", ".svg")),
        ):
            if path is None:
                continue
            refuse_ending(option, path, endings)
            writable_place(path, "Asked to write")

    def write(self, run: Run) -> Written:
        """Write what was asked for; an output that fails does not keep the others from it.

        Nor does an interrupt, which ends the output at work. Where neither arrays nor table could
        be written, the arrays are kept elsewhere.
        """
        outputs = (
            Output(self.npz, functools.partial(_save_npz, run)),
            Output(self.csv, functools.partial(_save_csv, run)),
            Output(self.plot, functools.partial(_draw, run), is_whole=False),
        )
        return write_each(outputs, keep=functools.partial(keep_elsewhere, run))


@attrs.frozen
class Written:
    """What became of the outputs.

    Attributes:
        files: that were written.
        kept: the one of them, or elsewhere, that has what was measured; None if no file has it.
        failures: why others were not, and where to find what was measured.
        interrupt: that ended one of them, to be raised when all else is done.
    """

    files: list[Path]
    kept: Path | None
    failures: list[InputError]
    interrupt: BaseException | None


@attrs.frozen
class Output:
    """One file that a command may write.

    Attributes:
        path: where; None where it was not asked for.
        save: writes it, or raises.
        is_whole: whether nothing of what was measured is missing in it, as it is in a picture.
    """

    path: Path | None
    save: Callable[[Path], object]
    is_whole: bool = True


def write_each(
    outputs: Sequence[Output],
    *,
    keep: Callable[[], Path | None],
    what: str = "What was measured",
) -> Written:
    """Write what was asked for; an output that fails does not keep the others from it.

    Nor does an interrupt, which ends the output at work.

    Args:
        outputs: in the order in which they are written.
        keep: keeps it elsewhere, if one fails and none that is whole could be written.
        what: it is, for the message.
    """
    files: list[Path] = []
    failures: list[str] = []
    interrupt: BaseException | None = None
    kept: Path | None = None
    for output in outputs:
        if output.path is None:
            continue
        try:
            output.save(output.path)
            files.append(output.path)
            kept = kept or (output.path if output.is_whole else None)
        except BaseException as error:  # noqa: BLE001 - what draws may raise anything
            failures.append(f"Could not write {output.path}: {said_of(error)}.")
            if is_interrupt(error):
                interrupt = error
                # before what may take longer: who asks once more to stop is not kept waiting
                kept = kept or keep()
    if failures:
        kept = kept or keep()
    where = where_rescued(kept, what)
    return Written(files, kept, [InputError(said, hint=where) for said in failures], interrupt)


def said_of(error: BaseException) -> str:
    """Why an output failed, in a few words."""
    if is_interrupt(error):
        return "interrupted"
    said = error.strerror if isinstance(error, OSError) else None
    return said or cause_of(error).rstrip(".")


def keep_elsewhere(run: Run) -> Path | None:
    """Where the arrays were kept although they could not be written where they should be."""
    return rescue("leak.npz", functools.partial(_save_npz, run))


def _save_npz(run: Run, path: Path) -> None:
    from speckhal.runs.exports import to_npz  # noqa: PLC0415  # for several layers only

    records = run.records
    if len(records) == 1:
        records[0].save_npz(path)
    else:
        to_npz(run, path)


def _save_csv(run: Run, path: Path) -> None:
    from speckhal.runs.exports import to_csv  # noqa: PLC0415  # for several layers only

    records = run.records
    if len(records) == 1:
        records[0].save_csv(path)
    else:
        to_csv(run, path)


def _draw(run: Run, path: Path) -> None:
    from speckhal.runs.plotting import plot_leak  # noqa: PLC0415  # slow import

    started_at = run.provenance.started_at
    plot_leak(run.records, path, started_at=started_at, warning=run.warning)
