"""Which `samna` this environment has, found out without importing it.

The `samna` on PyPI is not samna. It is a bootstrap that, when imported, reinstalls itself with
pip from another index and raises `CalledProcessError` where that fails. It carries the marker
`PYPI_SAMNA`, which is how it is told from the real one here.
"""

from __future__ import annotations

import enum
import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from speckhal.errors import VendorUnavailable

if TYPE_CHECKING:
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
    if loaded is not None:
        emulated = getattr(loaded, EMULATION_MARKER, False)
        return SamnaPresence.EMULATED if emulated else SamnaPresence.REAL
    found = importlib.util.find_spec("samna")
    if found is None:
        return SamnaPresence.ABSENT
    source = Path(found.origin) if found.origin else None
    if source is not None and source.suffix == ".py" and _is_bootstrap(source):
        return SamnaPresence.BOOTSTRAP
    return SamnaPresence.REAL


def _is_bootstrap(source: Path) -> bool:
    return any(
        line.startswith(BOOTSTRAP_MARKER)
        for line in source.read_text(encoding="utf-8", errors="replace").splitlines()
    )


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
    if presence is not SamnaPresence.REAL:
        message, hint = _WHY_NOT[presence]
        raise VendorUnavailable(message, hint=hint)
    try:
        return cast("Vendor", importlib.import_module("samna"))
    except Exception as error:
        raise VendorUnavailable(
            f"samna is installed, and importing it failed: {type(error).__name__}: {error}",
            hint=f"Reinstall samna as SynSense's documentation says. {_TRY_THE_MOCK}",
        ) from error
