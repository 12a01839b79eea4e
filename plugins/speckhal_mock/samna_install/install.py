"""Puts the emulated `samna` where `import samna` finds it.

sinabs' back end imports samna at module level, so it needs something under that name. Where the
vendor's own SDK is installed and can be imported it gets that, and nothing is shadowed: the
emulated boards read the vendor's configuration objects as well as their own.
"""

from __future__ import annotations

import importlib
import sys

from speckhal.contract.errors import VendorUnavailable
from speckhal_mock.samna_install.vendor_modules import FINDER, emulated_samna
from speckhal_samna.samna_import import SamnaPresence, load_real_samna, samna_presence


def provide_samna() -> None:
    """Make `import samna` give the vendor's where that works, and else the emulation.

    The vendor's is imported to find out, and never the bootstrap.
    """
    presence = samna_presence()
    if presence is SamnaPresence.REAL:
        try:
            load_real_samna()
        except VendorUnavailable:  # `speckhal doctor` says why
            _install()
    elif presence is not SamnaPresence.EMULATED:
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
    sys.modules.setdefault("samnagui", importlib.import_module("speckhal_mock.samnagui"))
    emulated = {module.__name__: module for module in emulated_samna().family()}
    sys.modules.update(emulated)
    # what an import of the vendor's left behind that failed half-way is not emulated
    for name in [name for name in sys.modules if name.startswith("samna.")]:
        if name not in emulated:
            del sys.modules[name]
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)
