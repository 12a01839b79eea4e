"""What speckhal's own source folder offers and its installation does not know yet.

pip copies the entry points of an editable installation once. A plugin that its folder got since
then is there, and nobody finds it.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Final

import attrs

from speckhal.discovery.entry_points import BACKENDS, PLUGINS, THIS_DISTRIBUTION, installed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FOLDER: Final = Path(__file__).parents[3]
"""Of pyproject.toml, where speckhal is imported from its source folder."""


@attrs.frozen
class StaleInstall:
    """An installation that is older than its source folder.

    Attributes:
        names: of backends and plugins that it lacks, or looks for in another module.
        folder: that has them.
    """

    names: tuple[str, ...]
    folder: Path

    @property
    def said(self) -> str:
        """What is true, as a sentence."""
        return (
            f"This installation does not know yet what {self.folder} has: {', '.join(self.names)}."
        )

    @property
    def hint(self) -> str:
        """What would work."""
        return f"Reinstall it: pip install -e {shlex.quote(str(self.folder))}"


def stale_install(folder: Path = _FOLDER) -> StaleInstall | None:
    """What the installation lacks; None where it is whole, or not made from a source folder.

    Args:
        folder: of the sources.
    """
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        groups = project["entry-points"] if project["name"] == THIS_DISTRIBUTION else {}
        there = {
            (group, name, value)
            for group in (BACKENDS, PLUGINS)
            for name, value in groups.get(group, {}).items()
        }
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return None  # a copy without sources, or somebody else's folder around it
    known = {
        (offer.group, offer.name, offer.value)
        for group in (BACKENDS, PLUGINS)
        for offer in installed(group)
    }
    missing = sorted({name for _, name, _ in there - known})
    return StaleInstall(tuple(missing), folder) if missing else None
