"""A path on the command line, as it was typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import os


class UserPath(click.Path):
    """Takes any path: `speckhal.system.paths` examines it, in sentences and without crashes.

    Click's own type asks the system about a path in ways that fail for some.
    """

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> Path:
        """The text as a path; whether it can be used is asked later."""
        return Path(value)
