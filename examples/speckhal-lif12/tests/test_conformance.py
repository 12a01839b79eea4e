"""speckhal's conformance suite, run on this plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from speckhal.conformance import DeviceConformance, StaticConformance

import speckhal_lif12

if TYPE_CHECKING:
    from speckhal import Backend


class TestDescription(StaticConformance):
    """What can be known of the real boards' backend without a board."""

    @pytest.fixture
    def speckhal_backend(self) -> Backend:
        return speckhal_lif12.backend


class TestEmulatedBoard(DeviceConformance):
    """Everything, on an emulated board."""

    @pytest.fixture
    def speckhal_backend(self) -> Backend:
        return speckhal_lif12.emulated
