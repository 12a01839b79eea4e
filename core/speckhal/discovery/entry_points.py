"""What the installed distributions offer, read from their entry points without importing any.

`SPECKHAL_DISABLE_PLUGINS` takes plugins out of the offer: names of entry points or of
distributions, separated by commas; `*` stands for all that do not come with speckhal itself.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
from importlib.metadata import MetadataPathFinder, distributions, entry_points
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution, EntryPoint

BACKENDS = "speckhal.backends"
"""Entry-point group of the plugins that offer a backend."""

PLUGINS = "speckhal.plugins"
"""Entry-point group of the plugins that offer none: exporters, and what measures boards."""

THIS_PROCESS = "this process"
"""Stands where an installed plugin has its distribution, if a plugin was registered by hand."""

DISABLE_VARIABLE: Final = "SPECKHAL_DISABLE_PLUGINS"
"""Environment variable that holds the names of plugins, or of distributions, to leave alone."""

ALL_OTHERS: Final = "*"
"""Stands in that variable for every plugin that does not come with speckhal itself."""

_TORCH_LOOKS: Final = "TORCH_DEVICE_BACKEND_AUTOLOAD"
"""Environment variable that keeps torch from looking at all entry points on import."""

_THIS_DISTRIBUTION: Final = "speckhal"
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
        by_star = {ALL_OTHERS} if _normalised(self.distribution) != _THIS_DISTRIBUTION else set()
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


def installed(group: str) -> list[Offer]:
    """What is offered in that group now, by name, disabled or not.

    A distribution that `sys.path` shows twice, such as an editable install and a copy that it
    shadows, counts once: as the one that Python imports.
    """
    owner_of = functools.cache(_owner)  # which reads a file, the same for all its entry points
    return sorted(
        {_offer(entry_point, *owner_of(entry_point.dist)) for entry_point in _entry_points(group)}
    )


def enabled(group: str) -> list[Offer]:
    """What is offered in that group now, by name, without what is disabled."""
    return [offer for offer in installed(group) if not offer.is_disabled]


def disabled_names() -> frozenset[str]:
    """The names in `SPECKHAL_DISABLE_PLUGINS`, in small letters and with hyphens only."""
    listed = os.environ.get(DISABLE_VARIABLE, "").split(",")
    return frozenset(_normalised(name) for name in listed if name.strip())


def unreadable() -> list[Unreadable]:
    """The distributions whose entry points cannot be read; they cost nobody else his."""
    found = []
    for distribution in distributions():
        try:
            list(distribution.entry_points)
        except Exception as error:  # noqa: BLE001, PERF203 - a file can be broken in many ways
            reason = f"{type(error).__name__}: {error}"
            found.append(Unreadable(_owner(distribution)[0], reason))
    return found


def forget_what_was_seen() -> None:
    """Look at the disk again, for what was installed since this process looked last."""
    importlib.invalidate_caches()
    # which forgets the distributions too only from Python 3.12 on
    MetadataPathFinder().invalidate_caches()


def _entry_points(group: str) -> Iterable[EntryPoint]:
    """The entry points of that group, also where one distribution's cannot be read."""
    try:
        return entry_points(group=group)
    except Exception:  # noqa: BLE001 - a file can be broken in many ways
        # importing torch would fail in the same way, as it looks for backends of its own
        os.environ.setdefault(_TORCH_LOOKS, "0")
        return list(_readable_entry_points(group))


def _readable_entry_points(group: str) -> Iterator[EntryPoint]:
    """The same, distribution by distribution, which takes longer."""
    seen: set[str] = set()
    for distribution in distributions():
        name, _ = _owner(distribution)
        if name in seen - {_NAMELESS}:
            continue
        seen.add(name)
        try:
            yield from distribution.entry_points.select(group=group)
        except Exception:  # noqa: BLE001, S112 - `unreadable` reports it
            continue


def _offer(entry_point: EntryPoint, distribution: str, version: str) -> Offer:
    return Offer(
        entry_point.name, distribution, version, entry_point.value, group=entry_point.group
    )


def _owner(distribution: Distribution | None) -> tuple[str, str]:
    """Name and version of a distribution."""
    try:
        metadata = None if distribution is None else distribution.metadata
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
