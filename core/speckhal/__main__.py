"""`python -m speckhal`, the same as the command `speckhal`: nothing is imported from the folder."""

from __future__ import annotations

import os
import sys


def _forget_the_working_directory() -> None:
    """Take off `sys.path` what `python -m` puts first, and the command `speckhal` does not have.

    A file that is called as a module of Python's or of a plugin would be run in its place.
    """
    try:
        here = os.getcwd()  # noqa: PTH109 - pathlib is not imported yet, and might be found here
    except OSError:  # it is gone, and nothing can be imported from there
        return
    if sys.path and sys.path[0] in {"", here}:
        del sys.path[0]


if __name__ == "__main__":
    _forget_the_working_directory()
    from speckhal.cli import main

    main(prog_name="speckhal")
