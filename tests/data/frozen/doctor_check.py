"""A doctor check as the pages of speckhal 0.1.0 showed how to write one. Frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.health import Finding, HealthCheck
from speckhal.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator


class Disk:
    """Checks that there is room for recordings."""

    @hookimpl
    def speckhal_health_checks(self) -> list[HealthCheck]:
        return [HealthCheck("room", self.findings)]

    def findings(self) -> Iterator[Finding]:
        yield Finding.warning("3 MB are free.", should="100 MB.", do="Remove old recordings.")
