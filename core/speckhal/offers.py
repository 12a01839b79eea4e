"""What the installed distributions offer, read from their entry points without importing any."""

from __future__ import annotations

import importlib
from importlib.metadata import MetadataPathFinder, entry_points
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BACKENDS = "speckhal.backends"
"""Entry-point group of the plugins that offer a backend."""

PLUGINS = "speckhal.plugins"
"""Entry-point group of the plugins that offer none, such as exporters."""

THIS_PROCESS = "this process"
"""Stands where an installed plugin has its distribution, if a plugin was registered by hand."""


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


def installed(group: str) -> list[Offer]:
    """What is offered in that group now, by name.

    A distribution that `sys.path` shows twice, such as an editable install and a copy that it
    shadows, counts once: as the one that Python imports.
    """
    found = set()
    for entry_point in entry_points(group=group):
        distribution, version = _owner(entry_point)
        found.add(Offer(entry_point.name, distribution, version, entry_point.value, group))
    return sorted(found)


def forget_what_was_seen() -> None:
    """Look at the disk again, for what was installed since this process looked last."""
    importlib.invalidate_caches()
    # which forgets the distributions too only from Python 3.12 on
    MetadataPathFinder().invalidate_caches()


def _owner(entry_point: EntryPoint) -> tuple[str, str]:
    """Name and version of the distribution that the entry point came with."""
    metadata = None if entry_point.dist is None else entry_point.dist.metadata
    if metadata is None or "Name" not in metadata or "Version" not in metadata:
        # what an interrupted installation or removal leaves behind
        return "an unknown distribution", ""
    return metadata["Name"], metadata["Version"]
