"""Python code that runs as a whole: a script, standard input, or a module."""

from __future__ import annotations

import importlib
import os
import re
import runpy
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.errors import InputError
from speckhal.system.paths import unusable

if TYPE_CHECKING:
    from types import CodeType

_COOKIE = re.compile(rb"[ \t\f]*#.*coding[:=]")
"""A line that names the encoding of the file."""


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


@attrs.frozen
class Script:
    """A file with Python code.

    Attributes:
        path: as the user gave it.
    """

    path: Path
    working_folder: None = None

    @property
    def argv0(self) -> str:
        """First of `sys.argv`: the path as it was given."""
        return str(self.path)

    @property
    def folder(self) -> str:
        """First of `sys.path`: where the file really is."""
        return str(self.path.resolve().parent)

    def run(self, names: dict[str, Any]) -> None:
        """Run it with these globals.

        Raises:
            InputError: it cannot be read.
            SyntaxError: it is not Python.
        """
        run_file(self.path, names)


@attrs.frozen
class FromStandardInput:
    """Python code that comes from standard input, as after `python -`."""

    argv0: str = "-"
    folder: str = ""
    working_folder: None = None

    def run(self, names: dict[str, Any]) -> None:
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


@attrs.frozen
class Module:
    """A module or package that Python finds by its name, as after `python -m`."""

    name: str
    working_folder: None = None

    @property
    def argv0(self) -> str:
        """What `sys.argv` begins with until the module is found."""
        return "-m"

    @property
    def folder(self) -> str:
        """First of `sys.path`: the working directory, or what Python has where that is gone."""
        try:
            return str(Path.cwd())
        except FileNotFoundError:
            return ""

    def run(self, names: dict[str, Any]) -> None:
        """Find it, importing the packages that it is in, and run it with these globals.

        Raises:
            InputError: there is no such module, or it is a package without `__main__`.
        """
        importlib.invalidate_caches()
        try:
            # what `pdb -m` and `trace -m` use too: `run_module` would make a `__main__` of its own
            _, spec, code = runpy._get_module_details(self.name, runpy._Error)  # type: ignore[attr-defined]  # noqa: SLF001 - Python has no public way
        except runpy._Error as error:  # type: ignore[attr-defined]  # noqa: SLF001 - Python has no public way
            raise InputError(
                f"Asked to run the module {self.name!r}: {error}.",
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
    """The code, with the encoding that the source names.

    Raises:
        SyntaxError: it is not Python.
    """
    try:
        return compile(source, filename, "exec", dont_inherit=True)
    except SyntaxError:
        _check_encoding(source, filename)
        raise
    except ValueError as error:  # null bytes, up to Python 3.11
        raise SyntaxError(str(error)) from None


def _check_encoding(source: bytes, filename: str) -> None:
    """Say of a file in an encoding that it does not name what Python says of such files.

    Raises:
        SyntaxError: it is one.
    """
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
