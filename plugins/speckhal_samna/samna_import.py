"""Which `samna` this environment has, found out without importing it.

The `samna` on PyPI is not samna. It is a bootstrap that, when imported, reinstalls itself with
pip from another index and raises `CalledProcessError` where that fails. It carries the marker
`PYPI_SAMNA`, by which it is recognised here.
"""

from __future__ import annotations

import enum
import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import attrs

from speckhal.contract.errors import VendorUnavailable
from speckhal.system.interrupts import let_interrupts_pass

if TYPE_CHECKING:
    from types import ModuleType

    from speckhal_samna.bindings import Vendor

BOOTSTRAP_MARKER = "PYPI_SAMNA"
EMULATION_MARKER = "_speckhal_emulated"


class SamnaPresence(enum.Enum):
    """What `import samna` would give."""

    REAL = "the vendor's samna"
    EMULATED = "speckhal's emulated samna"
    BOOTSTRAP = "the bootstrap from PyPI, which is not samna"
    ABSENT = "nothing"


def samna_presence() -> SamnaPresence:
    """What `import samna` would give, without importing it."""
    loaded = sys.modules.get("samna")
    if loaded is not None and not _is_only_a_folder(loaded):
        emulated = getattr(loaded, EMULATION_MARKER, False)
        return SamnaPresence.EMULATED if emulated else SamnaPresence.REAL
    found = importlib.util.find_spec("samna")
    if found is None or found.origin is None:
        return SamnaPresence.ABSENT
    source = Path(found.origin)
    if source.suffix == ".py" and _is_bootstrap(source):
        return SamnaPresence.BOOTSTRAP
    return SamnaPresence.REAL


def folder_in_the_way() -> str | None:
    """A sentence on a mere folder that `import samna` finds for want of samna, if it does.

    Python takes any folder of the right name for a package, if there is no real one.
    """
    if samna_presence() is not SamnaPresence.ABSENT:
        return None
    found = importlib.util.find_spec("samna")
    if found is None or not found.submodule_search_locations:
        return None
    folders = " and ".join(map(str, found.submodule_search_locations))
    return f"A folder named samna, which is not it, is in the way: {folders}."


def _is_only_a_folder(loaded: ModuleType) -> bool:
    spec = getattr(loaded, "__spec__", None)
    return spec is not None and spec.origin is None


def _is_bootstrap(source: Path) -> bool:
    return any(
        line.startswith(BOOTSTRAP_MARKER)
        for line in source.read_text(encoding="utf-8", errors="replace").splitlines()
    )


@attrs.define
class _Attempts:
    """What came of importing the vendor's samna in this process."""

    failure: str | None = None


_ATTEMPTS: Final = _Attempts()


def import_failure() -> str | None:
    """How importing the vendor's samna failed the last time that this process tried, if it did.

    No sentence yet: what follows from it is to be added, or a full stop.
    """
    return _ATTEMPTS.failure


_REINSTALL = "Reinstall samna, and what it needs, as SynSense's documentation says."
_TRY_THE_MOCK = "To work without a board, select the backend 'mock'."

_WHY_NOT = {
    SamnaPresence.ABSENT: (
        "samna, the vendor's SDK, is not installed, and real boards need it.",
        f"Install samna as SynSense's documentation says. {_TRY_THE_MOCK}",
    ),
    SamnaPresence.BOOTSTRAP: (
        "What is installed as samna is only the bootstrap from PyPI, and real boards need the SDK.",
        (
            "Run 'python -c \"import samna\"' once with a network: it replaces itself by the SDK. "
            f"{_TRY_THE_MOCK}"
        ),
    ),
    SamnaPresence.EMULATED: (
        "This process uses speckhal's emulated samna, so it cannot talk to real boards.",
        "Open real boards in a process that has opened no mock, with the vendor's samna installed.",
    ),
}


def load_real_samna() -> Vendor:
    """The vendor's own SDK.

    Raises:
        VendorUnavailable: it is absent, only the bootstrap is there, it is emulated, or its
            import fails.
    """
    presence = samna_presence()
    if presence is SamnaPresence.EMULATED and _ATTEMPTS.failure is not None:
        raise VendorUnavailable(
            f"{_ATTEMPTS.failure}; this process uses speckhal's emulated samna in its place, which "
            "knows no real boards.",
            hint=f"{_REINSTALL} Then open real boards in a new process.",
        )
    if presence is not SamnaPresence.REAL:
        message, hint = _WHY_NOT[presence]
        folder = folder_in_the_way()
        if folder is not None:
            message, hint = f"{message} {folder}", f"Rename that folder or remove it. {hint}"
        raise VendorUnavailable(message, hint=hint)
    handled = sys.exc_info()[1]
    try:
        samna = importlib.import_module("samna")
    except BaseException as error:  # extensions raise what they like, and bootstraps exit
        let_interrupts_pass(error, handled)
        failure = f"samna is installed, and importing it failed: {type(error).__name__}: {error}"
        _ATTEMPTS.failure = failure
        raise VendorUnavailable(failure, hint=f"{_REINSTALL} {_TRY_THE_MOCK}") from error
    _ATTEMPTS.failure = None
    return cast("Vendor", samna)
