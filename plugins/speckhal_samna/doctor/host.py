"""Where samna runs, as facts, and whether this is such a place."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import attrs
from packaging.specifiers import SpecifierSet

from speckhal.contract.facts import Certainty, Fact
from speckhal.contract.health import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALLATION = "samna 0.48.5 documentation, installation page"
CHANGE_LOG = "samna change log"

SUPPORTED_PYTHON = Fact(SpecifierSet(">=3.9,<3.14"), source=INSTALLATION)
SUPPORTED_GLIBC = Fact(SpecifierSet(">=2.28"), source=INSTALLATION)
SUPPORTED_MACOS = Fact(SpecifierSet(">=13.3"), source=INSTALLATION)
SUPPORTED_LINUX_MACHINES = Fact(
    ("x86_64", "aarch64"),
    source=f"{INSTALLATION}; aarch64 since 0.46.0 ({CHANGE_LOG})",
)
WSL_SINCE = Fact(
    "0.48.0", source=f"{INSTALLATION}, which calls it experimental, as does the {CHANGE_LOG}"
)

SUPPORTED_SAMNA = Fact(
    SpecifierSet(">=0.46"),
    source=f"{CHANGE_LOG}: 0.46.0 removed the older boards, 0.46.1 checks firmware on opening; "
    "no earlier version was looked at",
    certainty=Certainty.INFERRED,
)
KNOWN_SAMNA = Fact(
    SpecifierSet("<0.49"),
    source="samna 0.48.5 reference, which the driver follows; sinabs 3.1.3 is tested with 0.48.6",
    certainty=Certainty.READ,
)


@attrs.frozen
class Host:
    """The system that samna would run on, as Python's `platform` names things.

    Attributes:
        system: "Linux", "Darwin" or "Windows".
        release: of the kernel; under WSL it names Microsoft.
        machine: the processor, such as "x86_64".
        python: version of Python.
        libc: name and version of the C library; empty where it is not known.
        macos: version of macOS; empty elsewhere.
    """

    system: str
    release: str
    machine: str
    python: str
    libc: tuple[str, str] = ("", "")
    macos: str = ""

    def __str__(self) -> str:
        place = {
            "Linux": f"Linux on {self.machine}, {' '.join(self.libc)}".rstrip(", "),
            "Darwin": f"macOS {self.macos}",
        }
        return f"{place.get(self.system, self.system)}, Python {self.python}"


def this_host() -> Host:
    """The system that this process runs on."""
    return Host(
        system=platform.system(),
        release=platform.release(),
        machine=platform.machine(),
        python=platform.python_version(),
        libc=platform.libc_ver(),
        macos=platform.mac_ver()[0],
    )


def host_findings(host: Host) -> Iterator[Finding]:
    """What keeps samna from running there; one finding that it runs, if nothing does.

    samna is not needed by those who have no board, so each finding is one of something lacking.
    """
    misfits = list(_misfits(host))
    for what, should, do in misfits:
        yield Finding.lacking(f"{what}, for which there is no samna.", should=should, do=do)
    if host.system == "Linux" and "microsoft" in host.release.lower():
        yield Finding.warning(
            f"WSL, on which samna is experimental, and only from {WSL_SINCE.value} on.",
            should="Linux or macOS.",
            do="Pass the board's USB port through to WSL, or use another computer.",
        )
    elif not misfits:
        yield Finding.ok(str(host))


def _misfits(host: Host) -> Iterator[tuple[str, str, str]]:
    """What is there and without a samna, what should be there, and what to do."""
    if host.system == "Darwin":
        if not SUPPORTED_MACOS.value.contains(host.macos):
            yield (
                f"macOS {host.macos}",
                f"macOS {SUPPORTED_MACOS.value}.",
                "Upgrade macOS, or use another computer for real boards.",
            )
    elif host.system != "Linux":
        yield (
            host.system,
            "Linux or macOS.",
            "Use another computer for real boards, or WSL, which is experimental.",
        )
    else:
        name, version = host.libc
        if name != "glibc" or not SUPPORTED_GLIBC.value.contains(version):
            yield (
                f"{name} {version}" if version else "A C library other than glibc",
                f"glibc {SUPPORTED_GLIBC.value}.",
                "Use a newer Linux distribution, or one with glibc, for real boards.",
            )
        if host.machine not in SUPPORTED_LINUX_MACHINES.value:
            yield (
                f"A processor of type {host.machine}",
                f"{' or '.join(SUPPORTED_LINUX_MACHINES.value)}.",
                "Use another computer for real boards.",
            )
    if not SUPPORTED_PYTHON.value.contains(host.python, prereleases=True):
        yield (
            f"Python {host.python}",
            f"Python {SUPPORTED_PYTHON.value}.",
            "Make an environment of another Python: python3.13 -m venv .venv",
        )
