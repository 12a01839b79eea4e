"""A case: one claim about a backend, and how to put it to the test."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import attrs

from speckhal.conformance.expectations import Violation

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.capabilities import Capability

__all__ = ["Case", "Half", "Violation", "case"]  # Violation had its place here before


class Half(enum.Enum):
    """What a case needs to be run."""

    STATIC = "static"
    """The backend alone: no board is opened."""

    LIVE = "live"
    """A board, real or emulated."""


@attrs.frozen(eq=False)
class Case:
    """One claim that a backend must keep.

    Attributes:
        name: for selecting it and for reports, such as "a-tick-adds-the-bias".
        claim: what must be true, as a sentence.
        check: puts it to the test; raises Violation.
        half: what it needs to be run.
        needs: capabilities that the claim is about. Where a backend does not declare them all, the
            case uses `speckhal.OpenDevice`, which must refuse it. Empty for what every backend
            must keep.
        emulated_only: whether it takes timing that no computer keeps to, so that it is left out
            on hardware, which the report counts.
        deployments: how many networks it deploys, which is what takes most time on hardware.
        waits_s: for how long it sleeps besides.
        opened: whether it uses `speckhal.OpenDevice`, as users hold it, to see what is refused
            before a board is asked. Else it uses the device that the plugin opens.
    """

    name: str
    claim: str
    check: Callable[[SuiteBench], None]
    half: Half = Half.LIVE
    needs: frozenset[Capability] = frozenset()
    emulated_only: bool = False
    deployments: int = 1
    waits_s: float = 0.0
    opened: bool = False

    @property
    def topic(self) -> str:
        """What it is about, such as "leak"."""
        return self.check.__module__.rpartition(".")[2]


def case(
    claim: str,
    *needs: Capability,
    half: Half = Half.LIVE,
    emulated_only: bool = False,
    deployments: int = 1,
    waits_s: float = 0.0,
    opened: bool = False,
) -> Callable[[Callable[[SuiteBench], None]], Case]:
    """Make a case of a function, whose name becomes the case's; arguments as for `Case`."""

    def of(check: Callable[[SuiteBench], None]) -> Case:
        return Case(
            name=check.__name__.replace("_", "-"),
            claim=claim,
            check=check,
            half=half,
            needs=frozenset(needs),
            emulated_only=emulated_only,
            deployments=deployments,
            waits_s=waits_s,
            opened=opened,
        )

    return of
