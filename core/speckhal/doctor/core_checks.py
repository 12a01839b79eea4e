"""The core's own health checks: what speckhal needs of the Python it runs in.

What is supported is read from speckhal's own metadata, which is where pip reads it too.
"""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from speckhal.contract.errors import BackendDisabled, BackendError, SpeckhalError
from speckhal.contract.health import Finding, HealthCheck
from speckhal.discovery.entry_points import unreadable
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.selection import FALLBACK, VARIABLE, default_selection
from speckhal.discovery.stale_install import stale_install

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from speckhal.contract.backend import Backend
    from speckhal.discovery.registry import Registry

_OURS = "speckhal"

_TRIED_ON = {"Linux": "Linux", "Darwin": "macOS"}
"""Systems that speckhal is tried on, by Python's name for them."""


def core_checks(registry: Registry) -> list[HealthCheck]:
    """The core's checks, in the order in which their answers make sense."""
    return [
        HealthCheck("python", lambda: python_findings(platform.python_version())),
        HealthCheck("system", lambda: system_findings(platform.system())),
        HealthCheck("packages", lambda: package_findings(metadata.requires(_OURS) or [])),
        HealthCheck("entry points", entry_point_findings),
        HealthCheck("default backend", lambda: default_findings(registry)),
    ]


def python_findings(version: str) -> Iterator[Finding]:
    """Whether speckhal supports that version of Python, and has been tried on it."""
    ours = metadata.metadata(_OURS)
    supported = ours["Requires-Python"]
    tried = [
        Version(classifier.rpartition(" ")[2])
        for classifier in ours.get_all("Classifier", [])
        if classifier.startswith("Programming Language :: Python :: 3.")
    ]
    oldest, newest = min(tried), max(tried)
    do = f"Make an environment of another Python: python{newest} -m venv .venv"
    if not SpecifierSet(supported).contains(version, prereleases=True):
        yield Finding.problem(f"Python {version}.", should=f"Python {supported}.", do=do)
    elif Version(version).release[:2] > newest.release:
        yield Finding.warning(
            f"Python {version}, on which nobody has tried speckhal.",
            should=f"Python {oldest} to {newest}.",
            do=do,
        )
    else:
        yield Finding.ok(f"Python {version} ({sys.executable})")


def system_findings(system: str) -> Iterator[Finding]:
    """Whether speckhal has been tried on that operating system.

    Args:
        system: as `platform.system()` names it.
    """
    if system in _TRIED_ON:
        yield Finding.ok(f"{_TRIED_ON[system]} on {platform.machine()}")
    else:
        yield Finding.warning(
            f"{system or 'An unknown system'}, on which nobody has tried speckhal.",
            should=f"{' or '.join(_TRIED_ON.values())}.",
            do="Use one of these, or expect no more than the mock to work.",
        )


def package_findings(requirements: Iterable[str]) -> Iterator[Finding]:
    """Which versions of the required packages are installed, for reports; `pip check` judges them.

    Args:
        requirements: as in a distribution's metadata, such as "sinabs<3.2,>=3.1.3".
    """
    required = map(Requirement, requirements)
    names = [
        each.name for each in required if not each.marker or each.marker.evaluate({"extra": ""})
    ]
    if names:
        yield Finding.ok(f"{', '.join(map(_with_version, names))} (do they fit? pip check)")


def _with_version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} (missing)"


def entry_point_findings() -> Iterator[Finding]:
    """Whether what every distribution offers can be read and found; silent where it can."""
    for broken in unreadable():
        yield Finding.warning(
            f"The entry points of {broken.distribution} cannot be read: {broken.reason}",
            should="A file that names what the distribution offers to others.",
            do=f"pip install --force-reinstall {broken.distribution}, or uninstall it",
        )
    stale = stale_install()
    if stale is not None:
        yield Finding.warning(
            stale.said,
            should="Everything that the folder of an editable installation has can be used.",
            do=stale.hint,
        )


def default_findings(registry: Registry) -> Iterator[Finding]:
    """Whether what scripts get by default is a backend that is installed, and a board it has."""
    try:
        selection = default_selection()
        offer, *_ = registry.offers_of(selection.backend)
        if selection.target is not None:
            backend = _usable(registry, selection.backend)
            with blamed_on(offer, "failed when it was asked for its chip"):
                if backend is not None:
                    backend.chip(selection.target)
    except BackendDisabled as error:
        yield Finding.problem(
            error.message,
            should="What scripts get by default is not disabled.",
            do=error.hint or "",
        )
    except SpeckhalError as error:
        yield Finding.problem(
            error.message,
            should=f"{VARIABLE} selects an installed backend and a board of it, or is not set.",
            do=f"unset {VARIABLE}, or choose: export {VARIABLE}={FALLBACK}",
        )
    else:
        yield Finding.ok(str(selection))


def _usable(registry: Registry, name: str) -> Backend | None:
    """The backend; None where it cannot be loaded, which is a finding of its own."""
    try:
        return registry.backend(name)
    except BackendError:
        return None
