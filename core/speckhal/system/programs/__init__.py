"""Programs of users, run in this process as Python itself would run them.

`program_of` finds one: a script, a module, a notebook, or what comes from standard input.
`run_as_python` runs it, shows its errors and gives its exit code; `as_main` only lets it be
`__main__`, and its errors out.
"""

from speckhal.system.programs.choice import program_of
from speckhal.system.programs.main_module import Program, as_main, main_names, program_is_ending
from speckhal.system.programs.outcome import run_as_python

__all__ = ["Program", "as_main", "main_names", "program_is_ending", "program_of", "run_as_python"]
