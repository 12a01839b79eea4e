"""The emulated `samna.speck2f.event`."""

from __future__ import annotations

from typing import TYPE_CHECKING as _TYPE_CHECKING

from speckhal_mock.sdk.chip_events import SPECK2F as _SPECK2F

if _TYPE_CHECKING:  # made at run time, they are what the vendor's stubs say
    from samna.speck2f.event import *  # noqa: F403  # all its names are the vendor's
else:
    globals().update(_SPECK2F.names)
