"""Whether there is a backend at all. The other cases need it done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.conformance.case import Half, case

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench


@case("The backend is installed, loads, and is for this version of speckhal.", half=Half.STATIC)
def the_backend_loads(_bench: SuiteBench) -> None:
    """A backend that is on a bench was loaded; who puts it there says why that failed."""
