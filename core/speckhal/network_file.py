"""A network from a user's file: `FILE.py:NAME`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from speckhal.errors import InputError
from speckhal.paths import readable_file

if TYPE_CHECKING:
    from collections.abc import Callable

_GRAMMAR = "Write FILE.py:NAME, as in --network my_net.py:snn."


def load_network(where: str) -> object:
    """The object NAME of the Python file FILE; a function is called for it.

    Args:
        where: "FILE.py:NAME".

    Raises:
        InputError: the text has another form, the file does not exist or fails, it has no such
            name, or the function fails.
    """
    file, separator, name = where.rpartition(":")
    if not separator or not file or not name.isidentifier():
        raise InputError(f"Asked for the network {where!r}, which names no file.", hint=_GRAMMAR)
    path = Path(file)
    readable_file(path, "Asked for a network in", hint=_GRAMMAR)
    module = _run(path)
    try:
        network: object = getattr(module, name)
    except AttributeError:
        there = [known for known in vars(module) if not known.startswith("_")]
        raise InputError(
            f"Asked for the network {name!r} of {file}, and the file defines no {name!r}.",
            hint=f"It defines: {', '.join(there) or 'nothing'}.",
        ) from None
    if callable(network) and not hasattr(network, "named_modules"):
        return _call(network, where)
    return network


def _call(make: Callable[[], object], where: str) -> object:
    try:
        return make()
    except Exception as error:
        raise InputError(
            f"Asked for the network {where}, and calling the function failed: {_cause(error)}.",
            hint="It is called without arguments and must return a network.",
        ) from error


def _cause(error: Exception) -> str:
    """Kind and text of an error, without the full stop that many texts end in."""
    return f"{type(error).__name__}: {error}".rstrip(". ").removesuffix(":")


def _run(path: Path) -> object:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path} is no Python file.", hint=_GRAMMAR)
    module = importlib.util.module_from_spec(spec)
    # a network file may import its neighbours, as a script may
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(f"{path} failed while it was read: {_cause(error)}.") from error
    finally:
        sys.path.remove(str(path.resolve().parent))
    return module
