"""Imports sinabs' back end, and leaves the process as one that has never imported `samna`.

The back end wants a `samna` at module level, and gets the emulation. It takes long to import, and a
process that is forked after this one need not, whatever it then finds under the name `samna`.
"""

from __future__ import annotations

import importlib
import sys

from speckhal_mock.samna_install.install import replace_samna

before, finders = frozenset(sys.modules), list(sys.meta_path)
replace_samna()
importlib.import_module("sinabs.backend.dynapcnn")
for name in sys.modules.keys() - before:
    if name.partition(".")[0] in {"samna", "samnagui"}:
        del sys.modules[name]
sys.meta_path[:] = finders
