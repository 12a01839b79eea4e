"""Notebooks as programs: their code cells, one after the other, as in Jupyter."""

from __future__ import annotations

import contextlib
import linecache
import sys
import textwrap
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.errors import InputError
from speckhal.system.paths import unusable
from speckhal.system.programs.cells import Cell, cell_of
from speckhal.system.programs.jupyter import Shell, display, ipython_to_import
from speckhal.system.programs.kernel import Kernel, pictures_not_shown, results_in
from speckhal.system.programs.main_module import Program

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 72
"""Columns of a line that is quoted."""


def read_notebook(path: Path) -> Program:
    """The notebook in a file of the format 1 to 4.

    Raises:
        InputError: it cannot be read, is not a notebook, is in another language, or has no code.
    """
    # slow to import, and needed for nothing but notebooks
    from nbformat import convert, reader  # noqa: PLC0415 - slow import

    try:
        content = path.read_bytes()
    except OSError as error:
        raise unusable(path, "Asked to run", error) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of flaws that running it does not suffer from
            notebook = convert(reader.reads(content.decode("utf-8-sig")), 4)  # type: ignore[no-untyped-call]  # nbformat types none of it
        language = _language(notebook.get("metadata", {}))
        cells = [_cell(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    except Exception as error:  # whatever the library meets in a file that is not a notebook
        why = _in_a_line(error) if content.strip() else "it is empty"
        raise InputError(
            f"Asked to run {path}, and that is no notebook: {why}.",
            hint="Open it in Jupyter and save it again.",
        ) from error
    if language is not None and not language.lower().startswith(("python", "ipython")):
        raise InputError(
            f"Asked to run {path}, and that is a notebook for {language}.",
            hint="Only notebooks for Python can be run.",
        )
    if not any(cell.source.strip() for cell in cells):
        raise InputError(
            f"Asked to run {path}, and that notebook has no code.",
            hint="Give one with code cells, or the path of a script.",
        )
    folder = path.resolve().parent  # where it runs, as Jupyter has it
    run = Notebook(path, tuple(cells)).run
    return Program(str(path), str(folder), run, working_folder=folder)


@attrs.frozen
class Notebook:
    """Code cells that share their globals.

    Attributes:
        path: as the user gave it.
        cells: those with code, which are numbered from 1 as Jupyter counts what it runs.
    """

    path: Path
    cells: tuple[Cell, ...]

    def run(self, names: dict[str, Any]) -> None:
        """Run the cells with these globals, up to the first error that the notebook did not expect.

        What only IPython knows is reported on standard error first, once.
        """
        passed_over: set[str] = set()

        def report(line: str) -> None:
            if line not in passed_over:
                _say(f"Passed over, since only IPython knows it: {_quoted(line)}")
            passed_over.add(line)

        self._report_all(passed_over)
        sys.excepthook = traceback.print_exception  # which finds the lines of cells, too
        shell = Shell(names, report)
        names.update(get_ipython=lambda: shell, display=display)
        with (
            ipython_to_import(shell),
            pictures_not_shown(),
            results_in(names),
            contextlib.closing(Kernel(names, self.cells)) as kernel,
        ):
            for number, cell in enumerate(self.cells, 1):
                name = f"{self.path.name}, cell {number}"
                # without a time, so that it is not looked for on the disk
                lines = cell.source.splitlines(keepends=True)
                linecache.cache[name] = (len(cell.source), None, lines, name)
                try:
                    kernel.run(cell, name)
                except Exception as error:
                    if not cell.may_fail:
                        raise
                    _show(error, name)

    def _report_all(self, reported: set[str]) -> None:
        left_out: dict[str, int] = {}
        for number, cell in enumerate(self.cells, 1):
            for line in cell.passed_over:
                left_out.setdefault(line, number)
        if left_out:
            lines = [f"  cell {number}: {_quoted(line)}" for line, number in left_out.items()]
            _say("\n".join(["Passed over, since only IPython knows it:", *lines]))
        reported.update(left_out)


def _show(error: Exception, name: str) -> None:
    """Show an error that the notebook expects, from the cell on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != name:
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)


def _cell(cell: Any) -> Cell:
    source, tags = cell["source"], cell.get("metadata", {}).get("tags", [])
    if not isinstance(source, str):
        raise TypeError("a cell has no text")
    if "skip-execution" in tags:
        return Cell(source, "")
    return cell_of(source, may_fail="raises-exception" in tags)


def _language(metadata: Any) -> str | None:
    for place, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(place, {}).get(key)
        if isinstance(found, str):
            return found
    return None


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return textwrap.shorten(text, _LONGEST) or type(error).__name__


def _quoted(line: str) -> str:
    return textwrap.shorten(line, _LONGEST, placeholder=" ...")


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - a notebook's window is where we print
