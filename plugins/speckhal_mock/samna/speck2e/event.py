"""The emulated `samna.speck2e.event`."""

from __future__ import annotations

from speckhal_mock.sdk.speck2e_events import *  # noqa: F403  # all its names are the vendor's
