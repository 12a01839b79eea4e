"""Programs of users, run in this process as Python itself would run them.

`program_of` finds one: a script, a module, a notebook, or what comes from standard input.
`run_as_python` runs it, shows its errors and gives its exit code; `as_main` only lets it be
`__main__`, and its errors out. `standing_as_main` and `run_file` are for a file whose module goes
on to be used.
"""

from speckhal.system.programs.main_module import (
    Program,
    as_main,
    forget_neighbours,
    main_names,
    program_is_ending,
    standing_as_main,
)
from speckhal.system.programs.outcome import run_as_python
from speckhal.system.programs.script import program_of, run_file

__all__ = [
    "Program",
    "as_main",
    "forget_neighbours",
    "main_names",
    "program_is_ending",
    "program_of",
    "run_as_python",
    "run_file",
    "standing_as_main",
]
