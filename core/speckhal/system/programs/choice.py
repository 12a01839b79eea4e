"""Which kind of program a user means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from speckhal.system.paths import readable_file
from speckhal.system.programs.script import FromStandardInput, Module, Script

if TYPE_CHECKING:
    from speckhal.system.programs.main_module import Program

STANDARD_INPUT = "-"


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
        return Module(name)
    if name == STANDARD_INPUT:
        return FromStandardInput()
    path = Path(name)
    readable_file(path, "Asked to run", hint="Give the path of a Python script or of a notebook.")
    if path.suffix.lower() == ".ipynb":
        # only then, since what reads notebooks takes a while to import
        from speckhal.system.programs.notebook import read_notebook  # noqa: PLC0415 - see above

        return read_notebook(path)
    return Script(path)
