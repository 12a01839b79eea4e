"""The emulated `samna.ui`: what programs give to a window to show, of which nothing is shown."""

from __future__ import annotations

from speckhal_mock.sdk.ui_events import *  # noqa: F403  # all its names are the vendor's
