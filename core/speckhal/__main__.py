"""`python -m speckhal`, the same as the command `speckhal`."""

from __future__ import annotations

from speckhal.cli import main

if __name__ == "__main__":
    main(prog_name="speckhal")
