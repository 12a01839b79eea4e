"""The subcommands of `speckhal`: a module for each, with a click command named `command`.

A new one is a module here and a line in `COMMANDS`.
"""

from typing import Final

COMMANDS: Final = {
    "list": ("list_backends", "List the installed backends."),
    "info": ("info", "Show what a backend can open, and the facts of its chip."),
    "plan": ("plan", "Find the biases and the clock rate for a leak that is wanted."),
    "leak": ("leak", "Watch neurons leak, and compare with what was deployed."),
    "run": ("run", "Play events into a network, and show what its layers send."),
    "show": ("show", "Show what is known of a run that was kept."),
    "export": ("export", "Write a run that was kept as csv, npz or netCDF."),
    "verify": ("verify", "Say what a record shows of the board, point by point."),
    "compare": ("compare", "Compare two boards that are driven alike, or records."),
    "report": ("report", "Write a record as one page of HTML."),
    "sweep": ("sweep", "Watch neurons leak at many settings, into one table."),
    "emulate": ("emulate", "Run a samna or sinabs script on emulated boards."),
    "characterise": ("characterise", "Measure what nobody has published of a board."),
    "conformance": ("conformance", "Put a backend to the test: is it what it says?"),
    "doctor": ("doctor", "Check the installation and the boards, and say what to do."),
    "new-plugin": ("new_plugin", "Write a plugin for another chip."),
}
"""Module and first line of help of each subcommand, in the order that `--help` shows."""
