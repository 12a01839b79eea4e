"""Health checks of everything between a script and a board that speaks samna.

What all chips need is checked once for all of them; boards are looked for chip by chip.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import attrs
from packaging.version import InvalidVersion, Version

from speckhal.contract.errors import VendorUnavailable
from speckhal.contract.health import Finding, HealthCheck
from speckhal_samna.doctor.host import KNOWN_SAMNA, SUPPORTED_SAMNA, host_findings, this_host
from speckhal_samna.doctor.plugged_in import board_findings
from speckhal_samna.doctor.usb import port_findings, rule_findings, this_usb
from speckhal_samna.samna_import import (
    SamnaPresence,
    folder_in_the_way,
    import_failure,
    load_real_samna,
    samna_presence,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from speckhal_samna.chip import SamnaChip

_WANTED = f"SynSense's own samna, version {SUPPORTED_SAMNA.value}."

_IMPORTABLE = "samna can be imported."

_INSTEAD_OF_SAMNA = {
    SamnaPresence.ABSENT: (
        "samna, the vendor's SDK, is not installed.",
        'pip install samna, then with a network: python -c "import samna"',
    ),
    SamnaPresence.BOOTSTRAP: (
        "What is installed as samna is only the bootstrap from PyPI.",
        'python -c "import samna" (with a network: it replaces itself by the SDK)',
    ),
    SamnaPresence.EMULATED: (
        "This process uses speckhal's emulated samna, which knows no real boards.",
        "speckhal doctor, in a process that emulates nothing",
    ),
}


def health_checks(chip: SamnaChip) -> list[HealthCheck]:
    """The checks of the backend for that chip; all but the last are the same for every chip."""
    return [
        HealthCheck("platform", _check_host),
        HealthCheck("usb", _check_ports),
        HealthCheck("udev rules", _check_rules),
        HealthCheck("samna", samna_findings),
        HealthCheck("boards", _BoardCheck(chip)),
    ]


def samna_findings() -> Iterator[Finding]:
    """Whether samna is the vendor's, of a version that the driver knows, and can be imported.

    Only the vendor's is imported, and after its version is known.
    """
    presence = samna_presence()
    failure = import_failure()
    if presence is SamnaPresence.EMULATED and failure is not None:
        yield Finding.problem(
            f"{failure}; this process uses speckhal's emulated samna in its place.",
            should=_IMPORTABLE,
            do="Reinstall samna, and what it needs.",
        )
        return
    if presence is not SamnaPresence.REAL:
        is_, do = _INSTEAD_OF_SAMNA[presence]
        folder = folder_in_the_way()
        if folder is not None:
            is_, do = f"{is_} {folder}", f"Rename that folder or remove it, then: {do}"
        yield Finding.lacking(is_, should=_WANTED, do=do)
        return
    version = _samna_version()
    if not _is_supported(version):
        yield Finding.problem(
            f"samna {version} is installed.",
            should=_WANTED,
            do='pip install --upgrade samna, then with a network: python -c "import samna"',
        )
        return
    try:
        load_real_samna()
    except VendorUnavailable as error:
        yield Finding.problem(
            error.message, should=_IMPORTABLE, do=error.hint or "Reinstall samna."
        )
        return
    if version is not None and KNOWN_SAMNA.value.contains(version, prereleases=True):
        yield Finding.ok(f"the vendor's samna {version}")
    else:
        yield Finding.warning(
            f"samna {version or 'of an unknown version'} is installed, which speckhal does not "
            "know.",
            should=f"samna {SUPPORTED_SAMNA.value},{KNOWN_SAMNA.value}.",
            do="Look for a newer speckhal: pip install --upgrade speckhal",
        )


def _samna_version() -> Version | None:
    """Version of the installed samna, by its metadata; None if that does not say."""
    try:
        return Version(metadata.version("samna"))
    except (metadata.PackageNotFoundError, InvalidVersion):
        return None


def _is_supported(version: Version | None) -> bool:
    """Whether the driver can be tried on that version; on an unknown one it can."""
    return version is None or SUPPORTED_SAMNA.value.contains(version, prereleases=True)


def _check_host() -> Iterable[Finding]:
    return host_findings(this_host())


def _check_ports() -> Iterable[Finding]:
    usb = this_usb()
    return () if usb is None else port_findings(usb)


def _check_rules() -> Iterable[Finding]:
    usb = this_usb()
    return () if usb is None else rule_findings(usb)


@attrs.frozen
class _BoardCheck:
    """Looks for boards with one chip; equal for all backends of that chip."""

    chip: SamnaChip

    def __call__(self) -> Iterable[Finding]:
        if samna_presence() is not SamnaPresence.REAL or not _is_supported(_samna_version()):
            return ()  # a finding of the check of samna, as the next
        try:
            samna = load_real_samna()
        except VendorUnavailable:
            return ()
        return board_findings(samna, self.chip, this_usb())
