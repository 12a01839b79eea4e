"""What the installed distributions offer, read from their entry points without importing any.

`SPECKHAL_DISABLE_PLUGINS` takes plugins out of the offer: names of entry points or of
distributions, separated by commas; `*` stands for all that do not come with speckhal itself.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import time
from importlib.metadata import MetadataPathFinder, distributions
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from importlib.metadata import Distribution

BACKENDS = "speckhal.backends"
"""Entry-point group of the plugins that offer a backend."""

PLUGINS = "speckhal.plugins"
"""Entry-point group of the plugins that offer none: exporters, and what measures boards."""

_GROUPS: Final = frozenset({BACKENDS, PLUGINS})

THIS_DISTRIBUTION: Final = "speckhal"
"""Name of the distribution that this is."""

THIS_PROCESS = "this process"
"""Stands where an installed plugin has its distribution, if a plugin was registered by hand."""

DISABLE_VARIABLE: Final = "SPECKHAL_DISABLE_PLUGINS"
"""Environment variable that holds the names of plugins, or of distributions, to leave alone."""

ALL_OTHERS: Final = "*"
"""Stands in that variable for every plugin that does not come with speckhal itself."""

_TORCH_LOOKS: Final = "TORCH_DEVICE_BACKEND_AUTOLOAD"
"""Environment variable that keeps torch from looking at all entry points on import."""

_JUST_NS: Final = 2 * 10**9
"""File systems give changes that are further apart different times."""

_NAMELESS: Final = "an unknown distribution"


@attrs.frozen(order=True)
class Offer:
    """A plugin as its entry point describes it. Nothing of it is imported.

    Attributes:
        name: what users type.
        distribution: the distribution that it was installed with.
        version: of that distribution; empty where there is none.
        value: module and object that the entry point names, such as "speckhal_mock:backend".
        group: the entry point's group.
    """

    name: str
    distribution: str
    version: str
    value: str
    group: str = BACKENDS

    @property
    def owner(self) -> str:
        """The distribution and its version."""
        return f"{self.distribution} {self.version}".rstrip()

    @property
    def title(self) -> str:
        """What it is, whose it is: the subject of every sentence about it."""
        noun = "Backend" if self.group == BACKENDS else "Plugin"
        return f"{noun} {self.name!r} of {self.owner}"

    @property
    def names(self) -> frozenset[str]:
        """What `SPECKHAL_DISABLE_PLUGINS` may call it, as `_normalised` writes names."""
        by_star = {ALL_OTHERS} if _normalised(self.distribution) != THIS_DISTRIBUTION else set()
        return frozenset({_normalised(self.name), _normalised(self.distribution)} | by_star)

    @property
    def is_disabled(self) -> bool:
        """Whether `SPECKHAL_DISABLE_PLUGINS` names it."""
        return not self.names.isdisjoint(disabled_names())


@attrs.frozen
class Unreadable:
    """A distribution whose entry points cannot be read, so that nobody knows what it offers."""

    distribution: str
    reason: str


@attrs.frozen
class _Described:
    """What the files of a distribution say of it.

    Attributes:
        name: as `_normalised` writes it; empty if nothing says it.
        offers: its plugins.
        problem: why its entry points cannot be read; empty if they can.
    """

    name: str
    offers: tuple[Offer, ...] = ()
    problem: str = ""


_Stamp = tuple[tuple[int, int, int, int], ...]
_read: Final[dict[str, tuple[_Stamp, _Described]]] = {}
"""By folder, the state in which a distribution's files were when they were read, and what of."""


def installed(group: str) -> list[Offer]:
    """What is offered in that group now, by name, disabled or not.

    A distribution that `sys.path` shows twice, such as an editable install and a copy that it
    shadows, counts once: as the one that Python imports.
    """
    found: set[Offer] = set()
    seen = set()
    for described in map(_describe, distributions()):
        if described.name not in seen:
            found.update(offer for offer in described.offers if offer.group == group)
        if described.name:
            seen.add(described.name)
    return sorted(found)


def enabled(group: str) -> list[Offer]:
    """What is offered in that group now, by name, without what is disabled."""
    return [offer for offer in installed(group) if not offer.is_disabled]


def disabled_names() -> frozenset[str]:
    """The names in `SPECKHAL_DISABLE_PLUGINS`, in small letters and with hyphens only."""
    listed = os.environ.get(DISABLE_VARIABLE, "").split(",")
    return frozenset(_normalised(name) for name in listed if name.strip())


def unreadable() -> list[Unreadable]:
    """The distributions whose entry points cannot be read; they cost nobody else his."""
    described = [(each, _describe(each).problem) for each in distributions()]
    return [Unreadable(_owner(each)[0], problem) for each, problem in described if problem]


def forget_what_was_seen() -> None:
    """Look at the disk again, for what was installed since this process looked last."""
    importlib.invalidate_caches()
    # which forgets the distributions too only from Python 3.12 on
    MetadataPathFinder().invalidate_caches()
    _read.clear()


def _describe(distribution: Distribution) -> _Described:
    """What a distribution's files say now; they are read again only if they have changed."""
    folder = getattr(distribution, "_path", None)  # not public, and there is no other way
    stamp = _stamp(folder) if isinstance(folder, Path) else ()
    before, described = _read.get(str(folder), (None, None))
    if described is None or not stamp or stamp != before:
        described = _describe_anew(distribution)
        # a file that was just written may be written again without its time being another
        if stamp and time.time_ns() - max(changed_ns for _, _, changed_ns, _ in stamp) > _JUST_NS:
            _read[str(folder)] = stamp, described
    if described.problem:
        # importing torch would fail in the same way, as it looks for backends of its own
        os.environ.setdefault(_TORCH_LOOKS, "0")
    return described


def _describe_anew(distribution: Distribution) -> _Described:
    name, _ = _owner_by_folder(distribution)
    if name == _NAMELESS:
        name, _ = _owner(distribution)
    name = "" if name == _NAMELESS else _normalised(name)
    try:
        ours = [point for point in distribution.entry_points if point.group in _GROUPS]
    except Exception as error:  # noqa: BLE001 - a file can be broken in many ways
        return _Described(name, problem=f"{type(error).__name__}: {error}")
    owner = _owner(distribution) if ours else ("", "")
    return _Described(name, tuple(Offer(p.name, *owner, p.value, p.group) for p in ours))


def _stamp(folder: Path) -> _Stamp:
    """Which files describe a distribution, in which state; empty where there is no such file."""
    stamps = []
    for file in ("entry_points.txt", "METADATA", "PKG-INFO"):
        with contextlib.suppress(OSError):
            # a Path takes ten times as long
            status = os.stat(f"{folder}/{file}")  # noqa: PTH116
            stamps.append((status.st_dev, status.st_ino, status.st_ctime_ns, status.st_size))
            if file == "METADATA" and status.st_size:
                break  # so nobody reads the other one
    return tuple(stamps)


def _owner(distribution: Distribution | None) -> tuple[str, str]:
    """Name and version of a distribution."""
    try:
        metadata = None if distribution is None else distribution.metadata
    except FileNotFoundError:  # that of importlib_metadata, which dask imports and Python asks then
        return _NAMELESS, ""
    except Exception:  # noqa: BLE001 - a file can be broken in many ways
        return _owner_by_folder(distribution)
    if metadata is None or "Name" not in metadata or "Version" not in metadata:
        # what an interrupted installation or removal leaves behind
        return _NAMELESS, ""
    return metadata["Name"], metadata["Version"]


def _owner_by_folder(distribution: Distribution | None) -> tuple[str, str]:
    """Name and version of a distribution, from the name of the folder that describes it."""
    folder = getattr(distribution, "_path", None)  # not public, and there is no other way
    name, _, version = getattr(folder, "stem", "").partition("-")
    return (name.replace("_", "-"), version) if name else (_NAMELESS, "")


def _normalised(name: str) -> str:
    """A name as PyPI compares names: small letters, and one hyphen for any of `-`, `_`, `.`."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
