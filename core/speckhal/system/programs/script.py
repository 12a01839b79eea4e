"""Finds the program that a user means, and runs what is Python code as a whole.

That is a script, standard input, or a module.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import runpy
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speckhal.contract.errors import InputError
from speckhal.system.paths import present_folder, readable_file, unusable
from speckhal.system.programs.main_module import Program

if TYPE_CHECKING:
    from types import CodeType

STANDARD_INPUT = "-"

_COOKIE = re.compile(rb"[ \t\f]*#.*coding[:=]")
"""A line that names the encoding of the file."""


def program_of(name: str, *, as_module: bool = False) -> Program:
    """The program of that name.

    Args:
        name: path of a script or a notebook; "-" for standard input; or the name of a module.
        as_module: whether it is the name of a module, as after `python -m`.

    Raises:
        InputError: there is no such file, it cannot be read, or it is a notebook that cannot be
            run. That a module does not exist is found out when it runs.
    """
    if as_module:
        # Python, too, says "-m" until the module is found, and "" where the folder is gone
        return Program("-m", str(present_folder() or ""), functools.partial(_run_module, name))
    if name == STANDARD_INPUT:
        return Program(name, "", _run_standard_input)
    if not name:  # which as a path is the working folder
        raise InputError(
            "Asked to run '', which is no name of a file.",
            hint="Give the path of a Python script or of a notebook.",
        )
    path = Path(name)
    readable_file(path, "Asked to run", hint="Give the path of a Python script or of a notebook.")
    if path.suffix.lower() == ".ipynb":
        # only then, since what reads notebooks takes a while to import
        from speckhal.system.programs.notebook import read_notebook  # noqa: PLC0415 - see above

        return read_notebook(path)
    # the file by the path that was given, and what it imports from where it really is
    run = functools.partial(run_file, path)
    return Program(str(path), str(path.resolve().parent), run, script=path)


def run_file(path: Path, names: dict[str, Any]) -> None:
    """Run a file with Python code, with these globals; nothing is kept in `__pycache__`.

    Raises:
        InputError: it cannot be read.
        SyntaxError: it is not Python.
    """
    # Python makes the path absolute, and follows no link
    filename = str(Path(os.path.abspath(path)))  # noqa: PTH100 - as Python does
    try:
        source = path.read_bytes()
    except OSError as error:
        raise unusable(path, "Asked to run", error) from error
    code = _compiled(source, filename)
    loader = SourceFileLoader(str(names["__name__"]), filename)
    names.update(__file__=filename, __cached__=None, __loader__=loader)
    exec(code, names)  # noqa: S102 - what the user asked for


def _run_standard_input(names: dict[str, Any]) -> None:
    """Read it to its end, then run it with these globals.

    Raises:
        InputError: there is no standard input.
        SyntaxError: it is not Python.
    """
    try:
        source = sys.stdin.buffer.read()
    except (AttributeError, OSError, ValueError) as error:  # no, or a closed, standard input
        raise InputError(
            "Asked to run what comes from standard input, and that cannot be read.",
            hint="Give the path of a Python script or of a notebook.",
        ) from error
    names.update(__file__="<stdin>", __cached__=None)
    exec(_compiled(source, "<stdin>"), names)  # noqa: S102 - what the user asked for


def _run_module(name: str, names: dict[str, Any]) -> None:
    """Find it, importing the packages that it is in, and run it with these globals.

    Raises:
        InputError: there is no such module, or it is a package without `__main__`.
    """
    importlib.invalidate_caches()
    try:
        # what `pdb -m` and `trace -m` use too: `run_module` would make a `__main__` of its own
        _, spec, code = runpy._get_module_details(name, runpy._Error)  # type: ignore[attr-defined]  # noqa: SLF001 - Python has no public way
    except runpy._Error as error:  # type: ignore[attr-defined]  # noqa: SLF001 - Python has no public way
        raise InputError(
            f"Asked to run the module {name!r}: {error}.",
            hint="Give its name as in an import, or the path of a script without -m.",
        ) from error
    names.update(
        __file__=spec.origin,
        __cached__=spec.cached,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    sys.argv[0] = str(spec.origin)
    exec(code, names)  # noqa: S102 - what the user asked for


def _compiled(source: bytes, filename: str) -> CodeType:
    """The code, by the encoding that the source names; a SyntaxError if it is not Python."""
    try:
        return compile(source, filename, "exec", dont_inherit=True)
    except SyntaxError:
        _check_encoding(source, filename)
        raise
    except ValueError as error:  # null bytes, up to Python 3.11
        raise SyntaxError(str(error)) from None


def _check_encoding(source: bytes, filename: str) -> None:
    """Raise what Python says of a file in an encoding that it does not name, if this is one."""
    if any(map(_COOKIE.match, source.splitlines()[:2])):
        return
    try:
        source.decode()
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise SyntaxError(
            f"Non-UTF-8 code starting with '\\x{source[error.start]:02x}' in file {filename} on "
            f"line {line}, but no encoding declared; see "
            "https://peps.python.org/pep-0263/ for details"
        ) from None
