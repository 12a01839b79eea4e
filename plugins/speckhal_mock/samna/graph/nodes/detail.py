"""The emulated `samna.graph.nodes.detail`: how events are fitted to another size of image."""

from __future__ import annotations

from typing import NoReturn

from speckhal_mock.emulation.errors import NotEmulatedError

__all__ = ["rescaling_coefficient"]


def rescaling_coefficient(arg0: float, arg1: float, arg2: float, arg3: float, /) -> NoReturn:
    """What `DvsEventRescale` divides by to get from one width and height to another.

    Raises:
        NotEmulatedError: always. The vendor's page gives no formula, and no such filter is here.
    """
    raise NotEmulatedError(
        f"samna.graph.nodes.detail.rescaling_coefficient was asked for {arg0} x {arg1} to "
        f"{arg2} x {arg3}. It is not emulated: neither its formula nor the filter DvsEventRescale "
        f"that it is for is here."
    )
