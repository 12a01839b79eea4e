"""Does once what each command of speckhal takes long to, for those that are forked from this one.

sinabs' back end wants a `samna` at module level, and gets the emulation. Afterwards the process
looks as one that has never imported `samna`.
"""

from __future__ import annotations

import importlib
import sys

from speckhal.discovery.entry_points import BACKENDS, installed
from speckhal_mock.samna_install.install import replace_samna

before, finders = frozenset(sys.modules), list(sys.meta_path)
replace_samna()
importlib.import_module("sinabs.backend.dynapcnn")
for name in sys.modules.keys() - before:
    if name.partition(".")[0] in {"samna", "samnagui"}:
        del sys.modules[name]
sys.meta_path[:] = finders

installed(BACKENDS)  # which remembers what the files of all distributions say
