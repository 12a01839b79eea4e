"""Why there is no plugin of a name: missing, disabled, or offered twice; or none for a board."""

from __future__ import annotations

import difflib
import os

from speckhal.contract.errors import (
    BackendAmbiguous,
    BackendDisabled,
    BackendNotFound,
    CapabilityUnsupported,
)
from speckhal.discovery.entry_points import (
    BACKENDS,
    DISABLE_VARIABLE,
    PLUGINS,
    THIS_PROCESS,
    Offer,
    installed,
)
from speckhal.discovery.selection import as_device
from speckhal.discovery.stale_install import stale_install


def unavailable(name: str, names: list[str]) -> BackendNotFound | BackendDisabled:
    """Why no backend of that name is offered; names the nearest."""
    found = [offer for offer in installed(BACKENDS) if offer.name == name]
    if found:
        return disabled(found, names, "backend")
    stale = stale_install()
    if stale is not None and name in stale.names:
        return BackendNotFound(
            f"No installed distribution offers a backend named {name!r}. {stale.said}",
            hint=stale.hint,
        )
    known = {known.lower(): known for known in names}
    nearest = difflib.get_close_matches(name.lower(), known, n=1)
    hint = as_device(name) or "Choose one of these, or install the distribution that offers it."
    if nearest:
        hint = f"Did you mean {known[nearest[0]]!r}?"
    return BackendNotFound(
        f"No installed distribution offers a backend named {name!r}. "
        f"Installed backends: {', '.join(sorted(known.values())) or 'none'}.",
        hint=hint,
    )


def disabled(offers: list[Offer], names: list[str], noun: str) -> BackendDisabled:
    """What to raise where every plugin of a name is disabled."""
    value = os.environ.get(DISABLE_VARIABLE, "")
    titles = " and ".join(offer.title for offer in offers)
    return BackendDisabled(
        f"{titles} is installed, and the environment variable {DISABLE_VARIABLE}={value} "
        f"disables it.",
        hint=f"Take it out of {DISABLE_VARIABLE}, or choose another {noun}: "
        f"{', '.join(sorted(set(names))) or 'none is left'}.",
    )


def ambiguous(name: str, found: list[Offer]) -> BackendAmbiguous:
    """What to raise where several distributions offer the name."""
    owners = " and ".join(f"{offer.owner} ({offer.value})" for offer in found)
    by_hand = any(offer.distribution == THIS_PROCESS for offer in found)
    return BackendAmbiguous(
        f"Backend {name!r} is offered by {owners}; speckhal does not choose between them.",
        hint="Register the one of this process under another name."
        if by_hand
        else "Uninstall all but one of these distributions.",
    )


def unmeasured(own: Offer) -> CapabilityUnsupported:
    """What to raise where no plugin measures the boards of a backend."""
    idle = [offer for offer in installed(PLUGINS) if offer.is_disabled]
    return CapabilityUnsupported(
        f"{own.title} does not measure boards, and no other plugin measures its boards.",
        hint=f"{' and '.join(offer.title for offer in idle)} was not asked: the environment "
        f"variable {DISABLE_VARIABLE} disables it. Take it out there."
        if idle
        else "Choose a backend that does, such as 'mock' to try it.",
    )
