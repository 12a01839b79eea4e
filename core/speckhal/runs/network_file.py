"""A network from a user's file: `FILE.py:NAME`. The file is run as Python runs a script."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shlex
import sys
import traceback
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError, SpeckhalError
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import ctrl_c_recognised, is_interrupt, raised_by_handler
from speckhal.system.paths import readable_file
from speckhal.system.programs import forget_neighbours, run_file, standing_as_main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

_GRAMMAR: Final = "Write FILE.py:NAME, as in --network my_net.py:snn."
_SEE_WHERE: Final = "See where it failed, with: speckhal --traceback COMMAND"
_NO_EXIT: Final = 'What is to happen only in a script belongs below if __name__ == "__main__".'
_WEIGHTS: Final = {".pt", ".pth", ".ckpt", ".safetensors"}
_NUMBERS: Final = itertools.count(1)
_MISSING: Final = object()  # stands for what a file does not define


def load_network(where: str) -> object:
    """The object NAME of the Python file FILE; a function is called for it.

    The file is not the module `__main__`, and what it is called hides no other module. Its folder
    stays on Python's path, behind all else, since networks may import neighbours when they are
    used. The working directory, `sys.argv` and the standard streams are afterwards what they were.

    Args:
        where: "FILE.py:NAME"; NAME may have dots.

    Raises:
        InputError: the text has another form, the file does not exist or fails, it has no such
            name or a class of that name, or the function fails. An exit and an interrupt that
            the file raises by itself are such failures; those of signals pass.
    """
    file, separator, name = where.rpartition(":")
    if not separator or not file or not all(part.isidentifier() for part in name.split(".")):
        raise _other_form(where)
    path = Path(file)
    readable_file(path, "Asked for a network in", hint=_GRAMMAR)
    if path.suffix.lower() in _WEIGHTS:
        raise _weights_alone(path)
    # of a name that no other module has, so that the file may be called as it likes
    module = ModuleType(f"{__name__}_{next(_NUMBERS)}")
    # where pickle, dataclasses and type hints look for it, now and later
    sys.modules[module.__name__] = module
    _NEIGHBOURS.make_room(Path(os.path.realpath(path)).parent)
    # pickles refer to classes of scripts as those of `__main__`, so the module stands for that, too
    with standing_as_main(module, [str(path)]), _no_bytecode():
        with _blamed_on_user(f"{path} failed while it was read"):
            run_file(path, vars(module))
        return _named(name, module, where)


def _other_form(where: str) -> InputError:
    """The refusal of what is not FILE.py:NAME."""
    if Path(where).suffix.lower() in _WEIGHTS:
        return _weights_alone(Path(where))
    asked = f"Asked for the network {where!r}, which names"
    before, _, name = where.rpartition(":")
    for file in filter(None, (where, before)):
        with contextlib.suppress(OSError, ValueError):  # of paths that cannot be
            if Path(file).is_file():
                named = f"{name!r} is no name" if name and file == before else ":NAME is missing"
                return InputError(
                    f"{asked} a file and no network in it: {named}.",
                    hint=f"Write FILE.py:NAME, as in --network {shlex.quote(f'{file}:snn')}.",
                )
    return InputError(f"{asked} no file.", hint=_GRAMMAR)


def _weights_alone(file: Path) -> InputError:
    return InputError(
        f"Asked for the network {file}, and by its name that file holds weights alone.",
        hint=f"Give what makes the network as well: --network FILE.py:NAME --weights "
        f"{shlex.quote(str(file))}",
    )


def _named(name: str, module: ModuleType, where: str) -> object:
    asked = f"Asked for the network {where}, and"
    with _blamed_on_user(f"{asked} looking for it failed"):
        found: object = _MISSING
        with contextlib.suppress(AttributeError):
            found = functools.reduce(getattr, name.split("."), module)
        is_network = hasattr(found, "named_modules")
    if found is _MISSING:
        there = [
            known
            for known, value in vars(module).items()
            if not known.startswith("_") and not _is_imported(value, module)
        ]
        raise InputError(
            f"{asked} the file defines no {name!r}.",
            hint=f"It defines: {', '.join(there) or 'nothing'}.",
        )
    if is_network and isinstance(found, type):
        raise InputError(
            f"{asked} {name} is a class of networks, not a network.",
            hint=f"Let the file make one, as in net = {name}(), and ask for net.",
        )
    if is_network or not callable(found):
        return found
    with _blamed_on_user(
        f"{asked} calling the function failed",
        "It is called without arguments and must return a network.",
    ):
        return found()


def _is_imported(value: object, module: ModuleType) -> bool:
    """Whether a name of a file stands for what the file has from elsewhere, and is no network."""
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        return value.__module__ != module.__name__
    return isinstance(value, ModuleType) or type(value).__module__ == "__future__"


class _Neighbours:
    """Lets one file at a time import what lies beside it."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._before: frozenset[str] = frozenset()

    def make_room(self, folder: Path) -> None:
        """Let modules be found in the folder, and none of the folder before it."""
        if self._folder is not None:
            with contextlib.suppress(ValueError):  # the file may have changed the path
                sys.path.remove(str(self._folder))
            forget_neighbours(self._folder, self._before)
        self._folder, self._before = folder, frozenset(sys.modules)
        # at the end, so that no file hides a module that speckhal or a library imports later
        sys.path.append(str(folder))


_NEIGHBOURS: Final = _Neighbours()


@contextlib.contextmanager
def _no_bytecode() -> Iterator[None]:
    """In the body, keep none of what is imported: Python knows its copies apart by seconds only.

    A neighbour that is edited within the second in which it was read would be the old one again.
    """
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


@contextlib.contextmanager
def _blamed_on_user(failure: str, hint: str | None = None) -> Iterator[None]:
    """Turn whatever the user's code raises into a sentence, but for what a signal raised."""
    with ctrl_c_recognised():
        try:
            yield
        except BaseException as error:
            if raised_by_handler(error):
                raise
            other = _NO_EXIT if isinstance(error, SystemExit) else _SEE_WHERE
            _refuse(error, failure, hint or other)


@contextlib.contextmanager
def blamed_on_file(where: str) -> Iterator[None]:
    """Turn what the file's own code raises in the body into a sentence, as where it is run.

    speckhal's own errors pass, and so does what comes from elsewhere.

    Args:
        where: of `load_network`.
    """
    folder = Path(os.path.realpath(where.rpartition(":")[0])).parent
    with ctrl_c_recognised():
        try:
            yield
        except SpeckhalError:
            raise
        except BaseException as error:
            frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
            files = {os.path.realpath(frame.f_code.co_filename) for frame in frames}
            is_of_file = any(Path(file).parent == folder for file in files)
            if raised_by_handler(error) or not is_of_file:
                raise
            _refuse(error, f"{where} failed while it was deployed")


def _refuse(error: BaseException, failure: str, hint: str | None = None) -> NoReturn:
    """Say what failed. An interrupt that the file raised by itself is not shown as the cause."""
    said = cause_of(error).rstrip(". ")
    refusal = InputError(f"{failure}: {said}.", hint=hint)
    try:
        raise refusal from error
    finally:
        if is_interrupt(error):
            refusal.__cause__ = refusal.__context__ = None
