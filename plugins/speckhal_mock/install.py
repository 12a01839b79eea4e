"""Puts the emulated `samna` where `import samna` finds it.

sinabs' back end imports samna at module level, so it needs something under that name. Where the
vendor's own SDK is installed it gets that, and nothing is shadowed: the emulated boards read the
vendor's configuration objects as well as their own.
"""

from __future__ import annotations

import importlib
import sys

from speckhal.errors import VendorUnavailable
from speckhal_samna.vendor import SamnaPresence, samna_presence

_EMULATED = "speckhal_mock.samna"
_VENDOR_MODULES = (
    "device",
    "graph",
    "iris",
    "speck2e",
    "speck2e.configuration",
    "speck2e.event",
    "speck2eTestBoard",
    "speck2f",
    "speck2f.configuration",
    "speck2f.event",
    "speck2fBoards",
)


def provide_samna() -> None:
    """Make `import samna` give the vendor's where that is installed, and else the emulation."""
    if samna_presence() in {SamnaPresence.ABSENT, SamnaPresence.BOOTSTRAP}:
        _install()


def replace_samna() -> None:
    """Make `import samna` give the emulation in this process, whatever is installed.

    Raises:
        VendorUnavailable: the vendor's samna was imported already.
    """
    if "samna" in sys.modules and samna_presence() is SamnaPresence.REAL:
        raise VendorUnavailable(
            "Asked to put the emulated samna in place, and the vendor's is imported already.",
            hint="Start a new process, and let speckhal run the script from its beginning.",
        )
    _install()


def _install() -> None:
    modules = {name: importlib.import_module(f"{_EMULATED}.{name}") for name in _VENDOR_MODULES}
    sys.modules["samna"] = importlib.import_module(_EMULATED)
    sys.modules.setdefault("samnagui", importlib.import_module("speckhal_mock.samnagui"))
    for name, module in modules.items():
        sys.modules[f"samna.{name}"] = module
