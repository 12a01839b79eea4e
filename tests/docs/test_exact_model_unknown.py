"""The page on what is exact, a model or unknown of spikes leaves out no option of them."""

from __future__ import annotations

import attrs
import pytest

from pages import PROJECT
from speckhal_mock.emulation.spike_options import SpikeOptions

PAGE = PROJECT / "docs" / "explanation" / "exact-model-unknown.md"


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(SpikeOptions)])
def test_every_option_of_spikes_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
