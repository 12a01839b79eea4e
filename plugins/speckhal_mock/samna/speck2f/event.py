"""The emulated `samna.speck2f.event`."""

from __future__ import annotations

from speckhal_mock.sdk.speck2f_events import *  # noqa: F403  # all its names are the vendor's
